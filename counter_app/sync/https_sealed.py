"""Sealed papers by HTTPS: requests on the line to a hall, and the one that a hall itself makes to the province."""

from typing import Any

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.sync.https_line import HttpsLine
from counter_app.sync.papers import CHUNK_BYTES, HELD, PaperName
from counter_app.sync.sealed_papers import SealedAsked, SealedName, SealedPart, SealedWanted

_encode = msgspec.msgpack.Encoder().encode


class HttpsSealed:
    """A `SealedLine` over a line that is open; every call raises as `HttpsLine.request`."""

    def __init__(self, line: HttpsLine) -> None:
        self._line = line

    def list_kept(self, asked: SealedAsked) -> list[int]:
        """Return `HELD` for each paper that is there whole from this desk, 0 for the others."""
        kept: list[int] = self._ask("/papers/sealed", asked, list[int])
        if len(kept) != len(asked.papers) or not set(kept) <= {HELD, 0}:
            raise EnvironmentFailure("sync.line_refused", reason="papers")
        return kept

    def put_part(self, part: SealedPart) -> int:
        """Carry the next part and return how much is there then."""
        kept: int = self._ask("/paper/sealed", part, int)
        if not HELD <= kept <= part.name.size_bytes:
            raise EnvironmentFailure("sync.line_refused", reason="paper")
        return kept

    def list_copies(self, paper: PaperName) -> list[SealedName]:
        """Return the sealed files of a paper."""
        copies: list[SealedName] = self._ask("/paper/copies", paper, list[SealedName])
        return [one for one in copies if one.paper == paper]

    def read_part(self, wanted: SealedWanted) -> bytes:
        """Return the next bytes of a sealed file."""
        data = self._line.request("POST", "/paper/sealed/part", _encode(wanted)).data
        if len(data) > CHUNK_BYTES:
            raise EnvironmentFailure("sync.line_refused", reason="paper")
        return data

    def _ask(self, path: str, asked: object, kind: Any) -> Any:
        answer = self._line.request("POST", path, _encode(asked)).data
        try:
            return msgspec.msgpack.decode(answer, type=kind)
        except msgspec.MsgspecError as exc:
            raise EnvironmentFailure("sync.line_refused", reason="answer") from exc
