"""A bundle that a desk passes on over its own line for another one, and the answer that it takes back.

The carrier can read neither. It is told how much was new, for somebody stands there with the stick.
"""

from typing import Annotated, Protocol

import msgspec

from counter_app.sync.papers import CHUNK_BYTES

#: Larger bundles are carried to the province.
MOST_RELAYED_BYTES = 2 * 1024 * 1024 * 1024

_Sha256 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Size = Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]


class RelayPart(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes of a bundle from `offset` on; without any it asks where to go on."""

    sha256: _Sha256
    size_bytes: _Size
    offset: _Size = 0
    data: Annotated[bytes, msgspec.Meta(max_length=CHUNK_BYTES)] = b""


class BundleAtProvince(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle brought the province that was not there: zero and False throughout for one that was taken before.

    `waiting` and `forks` are batches of the giver that wait for earlier ones, or are kept aside, now.
    """

    desk: str
    giver: str
    unit: str
    entries: int
    papers: int
    waiting: int
    forks: int
    refused: int
    is_admitted: bool


class RelayTaken(msgspec.Struct, frozen=True, kw_only=True):
    """From which offset it goes on, and the report once the province has taken all of it.

    All of it there and no report: the province is still at it; ask again.
    """

    kept: _Size
    report: BundleAtProvince | None = None


class RelayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The bundle that answers the one that was passed on; of no size while it is still being made."""

    sha256: _Sha256 = bytes(32)
    size_bytes: _Size = 0


class AnswerPart(msgspec.Struct, frozen=True, kw_only=True):
    """From where on bytes of the answer are wanted."""

    answer: RelayAnswer
    offset: _Size


class RelayLine(Protocol):
    """A province that takes bundles. Calls block; failures are those of `counter_app.sync.ports.Line`."""

    def put(self, part: RelayPart) -> RelayTaken:
        """Carry the next part and return where it goes on."""
        ...

    def find_answer(self, sha256: bytes) -> RelayAnswer:
        """Return the answer to the bundle of this content, which this desk passed on last."""
        ...

    def read_answer(self, part: AnswerPart) -> bytes:
        """Return the next bytes of the answer."""
        ...
