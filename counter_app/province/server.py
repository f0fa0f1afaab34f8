"""What desks and halls may ask the province. How it is asked: `counter_app.sync.https_service`."""

import logging

from counter_app.core.errors import UserError
from counter_app.province.logs import FACTS
from counter_app.province.metrics import Traffic
from counter_app.province.service import Province
from counter_app.sync.https_service import HttpsService, Query, Routes

_log = logging.getLogger(__name__)


def _take(province: Province, desk: str, _query: Query, body: bytes) -> bytes:
    return province.take(desk, body)


def _feed(province: Province, desk: str, query: Query, _body: bytes) -> bytes:
    after = query.get("after", "0")
    try:
        mark = bytes.fromhex(query.get("mark", ""))
    except ValueError as exc:
        raise UserError("province.bad_request") from exc
    return province.read_feed(desk, after=int(after) if after.isdecimal() else 0, mark=mark, own="own" in query)


def _report(province: Province, desk: str, _query: Query, body: bytes) -> bytes:
    province.note_report(desk, body)
    return b""


_ROUTES: Routes = {
    ("POST", "/journal"): _take,
    ("GET", "/chains"): lambda province, desk, _query, _body: province.list_chains(desk),
    ("GET", "/feed"): _feed,
    ("GET", "/receipt"): lambda province, asker, _query, _body: province.read_receipt(asker),
    ("POST", "/report"): _report,
    ("POST", "/roster"): lambda province, asker, _query, body: province.take_roster(asker, body),
    ("POST", "/renew"): lambda province, asker, _query, body: province.renew(asker, body),
    ("POST", "/epoch"): lambda province, desk, _query, body: province.grant_epoch(desk, body),
    ("POST", "/papers"): lambda province, desk, _query, body: province.list_kept_papers(desk, body),
    ("POST", "/paper"): lambda province, desk, _query, body: province.take_paper_part(desk, body),
    ("POST", "/paper/part"): lambda province, desk, _query, body: province.read_paper_part(desk, body),
    ("POST", "/paper/sealed"): lambda province, asker, _query, body: province.take_sealed_part(asker, body),
    ("POST", "/update"): lambda province, desk, _query, body: province.find_update(desk, body),
    ("POST", "/update/part"): lambda province, desk, _query, body: province.read_update_part(desk, body),
    ("POST", "/bundle"): lambda province, desk, _query, body: province.relay.take_part(province, desk, body),
    ("POST", "/bundle/answer"): lambda province, desk, _query, body: province.relay.find_answer(province, desk, body),
    ("POST", "/bundle/answer/part"): lambda province, desk, _query, body: province.relay.read_answer(
        province, desk, body
    ),
    # What anybody may ask; each proves itself in what it says.
    ("GET", "/authority"): lambda province, _desk, _query, _body: province.authority.pem,
    ("GET", "/enrolment"): lambda province, _desk, query, _body: province.show_enrolment(query.get("code", "")),
    ("POST", "/claim"): lambda province, _desk, _query, body: province.claim(body),
}


class Server(HttpsService):
    """The province's listening service."""

    def __init__(self, address: tuple[str, int], province: Province) -> None:
        """Listen.

        Raises:
            EnvironmentFailure: ``province.cannot_listen``.
        """
        self.traffic = Traffic(lambda: self.callers.dropped)
        super().__init__(address, province, routes=_ROUTES, context=province.authority.server_context())

    def note(self, route: str, status: int, seconds: float) -> None:
        """Count a request, and log it without saying who asked for what."""
        self.traffic.note(route, status, seconds)
        _log.info("request", extra={FACTS: {"route": route, "status": status, "ms": round(seconds * 1000)}})

    @property
    def province(self) -> Province:
        """Who answers; another one from the next request on when it is set."""
        found: Province = self.answering
        return found

    @province.setter
    def province(self, province: Province) -> None:
        self.answering = province
