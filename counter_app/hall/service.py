"""What desks may ask a hall: the province's own questions, answered from what the hall keeps. Safe from any thread."""

from collections.abc import Callable
from typing import Any

import msgspec

from counter_app.core.errors import AppError, UserError
from counter_app.hall.keeping import Keeping
from counter_app.sync.https_service import Query, Routes
from counter_app.sync.papers import PaperName
from counter_app.sync.sealed_papers import SealedAsked, SealedPart, SealedWanted
from counter_app.sync.updates import UpdateAtHall

#: No question waits longer for news: a desk that has gone is noticed, and proxies do not cut.
MOST_WAIT_S = 25
_encode = msgspec.msgpack.Encoder().encode


class Hall:
    """Answers desks of its unit; `on_push` is told when one of them brought something."""

    def __init__(self, keeping: Keeping, *, on_push: Callable[[], None]) -> None:
        self._keeping, self._on_push = keeping, on_push

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
        items = self._keeping.feed.read(after=after, mark=mark, reader=asker, own="own" in query, wait_s=wait_s)
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

    def list_kept_papers(self, asker: str, data: bytes) -> bytes:
        """Return which of the asker's own papers are here.

        Raises:
            UserError: ``province.bad_request``, ``province.not_admitted``, ``province.desk_revoked``.
        """
        self._admit(asker)
        return _encode(self._keeping.papers.list_kept(asker, _read(data, SealedAsked)))

    def take_paper_part(self, asker: str, data: bytes) -> bytes:
        """Take some bytes of a paper of the asker's own; returns where it goes on.

        Raises:
            AppError: as `list_kept_papers`, and `counter_app.hall.paper_shelf.PaperShelf.take_part`.
        """
        self._admit(asker)
        return _encode(self._keeping.papers.take_part(asker, _read(data, SealedPart)))

    def list_copies(self, asker: str, data: bytes) -> bytes:
        """Return the sealed files of a paper that are here; any desk of the unit may have them.

        Raises:
            UserError: as `list_kept_papers`.
        """
        self._admit(asker)
        return _encode(self._keeping.papers.list_copies(asker, _read(data, PaperName)))

    def read_paper_part(self, asker: str, data: bytes) -> bytes:
        """Return some bytes of a sealed file.

        Raises:
            UserError: as `list_kept_papers`; ``province.unknown_paper``.
        """
        self._admit(asker)
        return self._keeping.papers.read_part(_read(data, SealedWanted))

    def read_update_part(self, asker: str, data: bytes) -> bytes:
        """Return some bytes of an update pack, none while it is not here; it is fetched then.

        Raises:
            UserError: as `list_kept_papers`.
        """
        self._admit(asker)
        return self._keeping.updates.read_part(_read(data, UpdateAtHall))

    def _admit(self, asker: str) -> None:
        """Let a desk ask that is on the unit's roster and not revoked."""
        try:
            self._keeping.read_roster().get_valid(asker)
        except AppError as exc:
            code = "province.desk_revoked" if exc.code == "sync.revoked_desk" else "province.not_admitted"
            raise UserError(code, desk=asker[:40]) from exc


ROUTES: Routes = {
    ("POST", "/journal"): lambda hall, asker, _query, body: hall.take(asker, body),
    ("GET", "/chains"): lambda hall, asker, _query, _body: hall.list_chains(asker),
    ("GET", "/feed"): lambda hall, asker, query, _body: hall.read_feed(asker, query),
    ("POST", "/roster"): lambda hall, asker, _query, body: hall.take_roster(asker, body),
    ("POST", "/papers/sealed"): lambda hall, asker, _query, body: hall.list_kept_papers(asker, body),
    ("POST", "/paper/sealed"): lambda hall, asker, _query, body: hall.take_paper_part(asker, body),
    ("POST", "/paper/copies"): lambda hall, asker, _query, body: hall.list_copies(asker, body),
    ("POST", "/paper/sealed/part"): lambda hall, asker, _query, body: hall.read_paper_part(asker, body),
    ("POST", "/update/part"): lambda hall, asker, _query, body: hall.read_update_part(asker, body),
}


def _read(data: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError("province.bad_request") from exc


def _number(query: Query, name: str) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
