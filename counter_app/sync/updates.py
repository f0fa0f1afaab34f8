"""Update packs on the line: the province offers one to some of its desks, which fetch it in chunks behind all else.

A pack proves itself by its maker's signature; the SHA-256 here only tells which file it is and that it came whole.
"""

from typing import Annotated, Protocol

import msgspec

from counter_app.update.pack import MOST_PACK_BYTES

_Sha256 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class UpdateAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk runs, and on what kind of machine."""

    version: Annotated[str, msgspec.Meta(max_length=40)]
    platform: Annotated[str, msgspec.Meta(max_length=40)]


class UpdateOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that is meant for the desk that asked; an empty version says that there is none."""

    version: Annotated[str, msgspec.Meta(max_length=40)] = ""
    sha256: _Sha256 = bytes(32)
    size_bytes: Annotated[int, msgspec.Meta(ge=0, le=MOST_PACK_BYTES)] = 0


class UpdatePart(msgspec.Struct, frozen=True, kw_only=True):
    """From where on bytes of a pack are wanted."""

    sha256: _Sha256
    offset: Annotated[int, msgspec.Meta(ge=0, le=MOST_PACK_BYTES)]


class UpdateAtHall(msgspec.Struct, frozen=True, kw_only=True):
    """From where on bytes of a pack are wanted of a hall, which fetches it where it has not got it yet."""

    sha256: _Sha256
    size_bytes: Annotated[int, msgspec.Meta(ge=1, le=MOST_PACK_BYTES)]
    offset: Annotated[int, msgspec.Meta(ge=0, le=MOST_PACK_BYTES)]


class UpdateLine(Protocol):
    """A province that may have an update. Calls block; failures are those of `counter_app.sync.ports.Line`."""

    def find_offer(self, asked: UpdateAsked) -> UpdateOffer:
        """Return what is offered to this desk now."""
        ...

    def read_part(self, part: UpdatePart) -> bytes:
        """Return the next bytes of a pack, none at its end."""
        ...
