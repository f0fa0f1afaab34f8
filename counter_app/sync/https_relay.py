"""Bundles of other desks by HTTPS: three requests on the line to the province."""

from typing import TypeVar

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.sync.https_line import HttpsLine
from counter_app.sync.papers import CHUNK_BYTES
from counter_app.sync.relaying import AnswerPart, RelayAnswer, RelayPart, RelayTaken

_encode = msgspec.msgpack.Encoder().encode
_Kind = TypeVar("_Kind")


class HttpsRelay:
    """A `RelayLine` over a line that is open.

    Raises:
        EnvironmentFailure: every method, as `HttpsLine.request`.
    """

    def __init__(self, line: HttpsLine) -> None:
        self._line = line

    def put(self, part: RelayPart) -> RelayTaken:
        """Carry the next part and return where it goes on."""
        return _decode(self._line.request("POST", "/bundle", _encode(part)).data, RelayTaken)

    def find_answer(self, sha256: bytes) -> RelayAnswer:
        """Return the answer to the bundle of this content, which this desk passed on last."""
        return _decode(self._line.request("POST", "/bundle/answer", _encode(sha256)).data, RelayAnswer)

    def read_answer(self, part: AnswerPart) -> bytes:
        """Return the next bytes of the answer."""
        data = self._line.request("POST", "/bundle/answer/part", _encode(part)).data
        if len(data) > CHUNK_BYTES:
            raise EnvironmentFailure("sync.line_refused", reason="bundle")
        return data


def _decode(data: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except msgspec.MsgspecError as exc:
        raise EnvironmentFailure("sync.line_refused", reason="answer") from exc
