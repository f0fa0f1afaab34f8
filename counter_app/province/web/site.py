"""Which page answers what; knows no sockets."""

import logging
from functools import cache
from importlib.resources import files

from counter_app.core.errors import AppError
from counter_app.core.networks import network_of
from counter_app.province.limits import FAILED, Limits
from counter_app.province.metrics import CONTENT_TYPE, Traffic, read_metrics
from counter_app.province.officers import is_token
from counter_app.province.service import Province
from counter_app.province.web.asking import Answered, Asked
from counter_app.province.web.fleet_page import FleetPage
from counter_app.province.web.frame import message
from counter_app.province.web.look_up import LookUp

_log = logging.getLogger(__name__)
_PLAIN = "text/plain; charset=utf-8"
_UNAUTHORISED, _NOT_FOUND, _UNAVAILABLE, _FAILED = 401, 404, 503, 500
_SLIP_PATHS = ("/s/", "/S/")


class Site:
    """Every page. Safe from any thread."""

    def __init__(self, province: Province, traffic: Traffic) -> None:
        limits = Limits(province.authority.signer.sign(b"counter-app web limits 1\x00"))
        self._province, self._traffic, self._limits = province, traffic, limits
        self._look_up = LookUp(province, limits)
        fleet = FleetPage(province, limits)
        self._pages = {
            ("GET", "/"): self._look_up.show_form,
            ("POST", "/"): self._look_up.by_form,
            ("GET", "/fleet"): fleet.show,
            ("POST", "/fleet/sign-in"): fleet.sign_in,
            ("POST", "/fleet/sign-out"): fleet.sign_out,
            ("GET", "/style.css"): _style,
            ("GET", "/robots.txt"): _robots,
            ("GET", "/healthz"): self._health,
            ("GET", "/metrics"): self._metrics,
        }

    def answer(self, asked: Asked) -> Answered:
        """Return what is shown; never raises."""
        try:
            return self._route(asked)
        except AppError as error:
            _log.warning("a page was not shown: %s", error.code)
            return message(asked, "failed", "web.busy", status=_UNAVAILABLE)
        except Exception as exc:  # noqa: BLE001 - one bad request must not end the service; its text may name people
            _log.error("a page failed: %s", type(exc).__name__)
            return message(asked, "failed", "web.busy", status=_FAILED)

    def _route(self, asked: Asked) -> Answered:
        if asked.method == "GET" and asked.path.startswith(_SLIP_PATHS):
            return self._look_up.by_slip(asked, asked.path[len("/s/") :])
        found = self._pages.get((asked.method, asked.path))
        return found(asked) if found is not None else message(asked, "unknown", "web.bad_request", status=_NOT_FOUND)

    def _health(self, _asked: Asked) -> Answered:
        """Whether this process and its database answer; nothing else is said to strangers."""
        try:
            with self._province.database.transaction() as connection:
                connection.execute("SELECT 1")
        except AppError:
            return Answered(route="health", status=_UNAVAILABLE, body=b"database\n", content_type=_PLAIN)
        return Answered(route="health", body=b"ok\n", content_type=_PLAIN)

    def _are_papers_up(self) -> bool:
        try:
            self._province.papers.check()
        except AppError:
            return False
        return True

    def _metrics(self, asked: Asked) -> Answered:
        now, who = self._province.clock.now(), network_of(asked.address)
        with self._province.database.transaction() as connection:
            if not is_token(connection, asked.bearer):
                self._limits.take(connection, FAILED, who, now=now)
                headers = {"WWW-Authenticate": "Bearer"}
                return Answered(route="metrics", status=_UNAUTHORISED, content_type=_PLAIN, headers=headers)
        papers_up = self._are_papers_up()  # a store that is slow holds no connection
        with self._province.database.transaction() as connection:
            text = read_metrics(connection, self._traffic, now=now, papers_up=papers_up)
        return Answered(route="metrics", body=text.encode(), content_type=CONTENT_TYPE)


@cache
def _style_sheet() -> bytes:
    return files(__package__).joinpath("style.css").read_bytes()


def _style(_asked: Asked) -> Answered:
    return Answered(route="style", body=_style_sheet(), content_type="text/css; charset=utf-8")


def _robots(_asked: Asked) -> Answered:
    return Answered(route="robots", body=b"User-agent: *\nDisallow: /\n", content_type=_PLAIN)
