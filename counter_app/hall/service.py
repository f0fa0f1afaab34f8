"""What desks may ask a hall: the province's own questions, answered from what the hall keeps. Safe from any thread."""

from collections.abc import Callable

import msgspec

from counter_app.core.clock import Clock
from counter_app.core.errors import AppError, UserError
from counter_app.hall.keeping import Keeping
from counter_app.sync.https_service import Query, Routes

#: No question waits longer for news: a desk that has gone is noticed, and proxies do not cut.
MOST_WAIT_S = 25
_encode = msgspec.msgpack.Encoder().encode


class Hall:
    """Answers desks of its unit; `on_push` is told when one of them brought something."""

    def __init__(self, keeping: Keeping, clock: Clock, *, on_push: Callable[[], None]) -> None:
        self._keeping, self._clock, self._on_push = keeping, clock, on_push

    def take(self, asker: str, data: bytes) -> bytes:
        """Take a desk's own batch; returns an acknowledgement, empty while it waits for its predecessors.

        Raises:
            AppError: as `counter_app.hall.keeping.Keeping.take`; ``province.not_admitted``, ``province.desk_revoked``.
        """
        self._admit(asker)
        answer = self._keeping.take(data, asker=asker)
        self._on_push()
        return _encode(answer) if answer is not None else b""

    def list_chains(self, asker: str) -> bytes:
        """Return how far the asker's own chains are here.

        Raises:
            UserError: ``province.not_admitted``, ``province.desk_revoked``.
        """
        self._admit(asker)
        return _encode(self._keeping.list_chains(asker))

    def read_feed(self, asker: str, query: Query) -> bytes:
        """Return a page of what is here; waits for it as long as it is asked to.

        Raises:
            UserError: ``province.not_admitted``, ``province.desk_revoked``, ``province.feed_set_back``.
        """
        self._admit(asker)
        after, wait_s = min(_number(query, "after"), 2**62), min(_number(query, "wait"), MOST_WAIT_S)
        try:
            mark = bytes.fromhex(query.get("mark", ""))
        except ValueError as exc:
            raise UserError("province.bad_request") from exc
        items = self._keeping.read_feed(after=after, mark=mark, reader=asker, own="own" in query, wait_s=wait_s)
        return _encode(items)

    def take_roster(self, asker: str, data: bytes) -> bytes:
        """Take a newer roster, from whoever has a certificate of the province: the roster proves itself.

        Raises:
            UserError: ``province.not_admitted``, ``sync.bad_roster``.
        """
        if not asker:
            raise UserError("province.not_admitted", desk="")
        self._keeping.take_roster(data)
        return b""

    def _admit(self, asker: str) -> None:
        """Let a desk ask that is on the unit's roster and not revoked."""
        try:
            self._keeping.read_roster().get_valid(asker, self._clock.now())
        except AppError as exc:
            code = "province.desk_revoked" if exc.code == "sync.revoked_desk" else "province.not_admitted"
            raise UserError(code, desk=asker[:40]) from exc


ROUTES: Routes = {
    ("POST", "/journal"): lambda hall, asker, _query, body: hall.take(asker, body),
    ("GET", "/chains"): lambda hall, asker, _query, _body: hall.list_chains(asker),
    ("GET", "/feed"): lambda hall, asker, query, _body: hall.read_feed(asker, query),
    ("POST", "/roster"): lambda hall, asker, _query, body: hall.take_roster(asker, body),
}


def _number(query: Query, name: str) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
