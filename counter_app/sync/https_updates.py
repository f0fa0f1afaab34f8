"""Update packs by HTTPS: two requests on the line to the province, and one on the line to a hall."""

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.sync.https_line import HttpsLine
from counter_app.sync.papers import CHUNK_BYTES
from counter_app.sync.updates import UpdateAsked, UpdateAtHall, UpdateOffer, UpdatePart

_encode = msgspec.msgpack.Encoder().encode


class HttpsUpdates:
    """An `UpdateLine` over a line that is open."""

    def __init__(self, line: HttpsLine) -> None:
        self._line = line

    def find_offer(self, asked: UpdateAsked) -> UpdateOffer:
        """Return what is offered to this desk now.

        Raises:
            EnvironmentFailure: as `HttpsLine.request`; ``sync.line_refused`` also of a province that knows no updates.
        """
        answer = self._line.request("POST", "/update", _encode(asked))
        try:
            return msgspec.msgpack.decode(answer.data, type=UpdateOffer)
        except msgspec.MsgspecError as exc:
            raise EnvironmentFailure("sync.line_refused", reason="answer") from exc

    def read_part(self, part: UpdatePart) -> bytes:
        """Return the next bytes of a pack.

        Raises:
            EnvironmentFailure: as `HttpsLine.request`.
        """
        return _read_chunk(self._line, part)


def read_at_hall(line: HttpsLine, offer: UpdateOffer, offset: int) -> bytes:
    """Return the next bytes of a pack that a hall has, none while it fetches the pack.

    Raises:
        EnvironmentFailure: as `HttpsLine.request`.
    """
    return _read_chunk(line, UpdateAtHall(sha256=offer.sha256, size_bytes=offer.size_bytes, offset=offset))


def _read_chunk(line: HttpsLine, wanted: UpdatePart | UpdateAtHall) -> bytes:
    data = line.request("POST", "/update/part", _encode(wanted)).data
    if len(data) > CHUNK_BYTES:
        raise EnvironmentFailure("sync.line_refused", reason="update")
    return data
