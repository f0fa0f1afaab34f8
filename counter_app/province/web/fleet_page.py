"""The fleet page: every desk with what it said of itself, for IT officers who are signed in."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from counter_app.core.clock import to_local
from counter_app.core.networks import network_of
from counter_app.province.fleet import Worry, worries_of
from counter_app.province.limits import FAILED, Limits
from counter_app.province.officers import find_officer, sign_in, sign_out
from counter_app.province.service import Province
from counter_app.province.showing import FleetDesk
from counter_app.province.web.asking import Answered, Asked
from counter_app.province.web.elements import Child, element
from counter_app.province.web.frame import address, field, message, page

COOKIE = "__Host-officer"
_SEE_OTHER, _FORBIDDEN, _TOO_OFTEN = 303, 403, 429
_GIGABYTE = 1_000_000_000


class FleetPage:
    """Safe from any thread."""

    def __init__(self, province: Province, limits: Limits) -> None:
        self._province = province
        self._limits = limits

    def show(self, asked: Asked) -> Answered:
        """Return the fleet, or the sign-in for whoever is not signed in."""
        now = self._province.clock.now()
        with self._province.database.transaction() as connection:
            officer = find_officer(connection, asked.session, now=now)
        if officer is None:
            return _sign_in_form(asked)
        rows = [_row_of(desk, now) for desk in self._province.list_fleet()]
        sort, is_reversed = asked.query.get("sort", "state"), "reverse" in asked.query
        column = _COLUMNS.get(sort, _COLUMNS["state"])
        rows.sort(key=lambda row: (row.desk.unit, row.desk.name, row.desk.id))
        rows.sort(key=column.order, reverse=is_reversed)
        said = asked.words("web.fleet.as_of", moment=f"{to_local(now):%H:%M %d/%m/%Y}")
        content = [
            element("p", said, " ", asked.words("web.fleet.caption"), class_="hint"),
            _sums(asked, rows),
            _table(asked, rows, sort=sort, is_reversed=is_reversed, now=now),
        ]
        here = f"/fleet?sort={sort}" if sort in _COLUMNS and sort != "state" else "/fleet"
        title, navigation = asked.words("web.fleet.title"), _sign_out_form(asked, officer)
        return page(asked, "fleet", title, *content, here=here, navigation=navigation)

    def sign_in(self, asked: Asked) -> Answered:
        """Begin a session with a token."""
        now, who = self._province.clock.now(), network_of(asked.address)
        with self._province.database.transaction() as connection:
            allowed = self._limits.take(connection, FAILED, who, now=now)
            secret = sign_in(connection, asked.form.get("token", "")[:100], now=now) if allowed else None
            if secret is not None:
                self._limits.give_back(connection, FAILED, who, now=now)
        if not allowed:
            return message(asked, "sign_in", "web.too_often", status=_TOO_OFTEN, minutes=FAILED.period_s // 60)
        return _go_to_fleet(asked, secret) if secret is not None else _sign_in_form(asked, is_wrong=True)

    def sign_out(self, asked: Asked) -> Answered:
        """End the session."""
        with self._province.database.transaction() as connection:
            sign_out(connection, asked.session)
        return _go_to_fleet(asked, "")


class _Row(NamedTuple):
    desk: FleetDesk
    worry: Worry
    reasons: tuple[str, ...]


class _Column(NamedTuple):
    """How a column is ordered first, and what its cell says."""

    order: Callable[[_Row], Any]
    said: Callable[[Asked, _Row, datetime], Child]
    is_number: bool = False


def _row_of(desk: FleetDesk, now: datetime) -> _Row:
    found = worries_of(desk, now=now)
    return _Row(desk, found[0].worry if found else Worry.NONE, tuple(one.reason for one in found))


def _state(asked: Asked, row: _Row, _now: datetime) -> Child:
    name = "revoked" if row.desk.is_revoked else row.worry.name.lower()
    reasons = ", ".join(asked.words(f"web.fleet.reason.{reason}") for reason in row.reasons)
    word = element("span", asked.words(f"web.fleet.state.{name}"), class_=f"state {name}")
    return element("span", word, element("span", reasons, class_="reasons") if reasons else None)


def _seen(asked: Asked, row: _Row, now: datetime) -> Child:
    seen = row.desk.last_seen_at
    return asked.words("web.fleet.never") if seen is None else _age(asked, now - seen)


def _age(asked: Asked, age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds()) // 60)
    if minutes < 120:
        return asked.words("web.fleet.ago_minutes", count=minutes)
    if minutes < 48 * 60:
        return asked.words("web.fleet.ago_hours", count=minutes // 60)
    return asked.words("web.fleet.ago_days", count=minutes // 1_440)


def _figure(name: str) -> Callable[[Asked, _Row, datetime], Child]:
    def say(asked: Asked, row: _Row, _now: datetime) -> Child:
        value = getattr(row.desk, name)
        return asked.words("web.fleet.not_said") if value is None else f"{value}"

    return say


def _oldest(asked: Asked, row: _Row, _now: datetime) -> Child:
    age = row.desk.oldest_unsent_s
    return "" if age is None else _age(asked, timedelta(seconds=age))


def _disk(asked: Asked, row: _Row, _now: datetime) -> Child:
    free = row.desk.disk_free_bytes
    if free is None:
        return asked.words("web.fleet.not_said")
    shown = f"{free / _GIGABYTE:.0f}" if free >= 10 * _GIGABYTE else f"{free / _GIGABYTE:.1f}"
    return asked.words("web.fleet.gigabytes", count=shown.replace(".", ",") if asked.language == "vi" else shown)


def _name(asked: Asked, row: _Row, _now: datetime) -> Child:
    kind = element("span", asked.words(f"web.fleet.kind.{row.desk.kind}"), class_="reasons")
    return element("span", row.desk.name, kind)


def _most_first(name: str) -> Callable[[_Row], Any]:
    return lambda row: -(getattr(row.desk, name) or 0)


def _least_first(name: str) -> Callable[[_Row], Any]:
    """What was never said comes last: nothing is known to be short."""
    return lambda row: (getattr(row.desk, name) is None, getattr(row.desk, name) or 0)


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_COLUMNS = {
    "state": _Column(lambda row: (row.desk.is_revoked, -row.worry), _state),
    "unit": _Column(lambda row: row.desk.unit, lambda _asked, row, _now: row.desk.unit),
    "name": _Column(lambda row: row.desk.name, _name),
    "seen": _Column(lambda row: row.desk.last_seen_at or _LONG_AGO, _seen, is_number=True),
    "unsent": _Column(_most_first("unsent"), _figure("unsent"), is_number=True),
    "oldest": _Column(_most_first("oldest_unsent_s"), _oldest, is_number=True),
    "numbers": _Column(_least_first("numbers_left"), _figure("numbers_left"), is_number=True),
    "disk": _Column(_least_first("disk_free_bytes"), _disk, is_number=True),
    "held": _Column(_most_first("held"), _figure("held"), is_number=True),
    "entries": _Column(_most_first("entries"), _figure("entries"), is_number=True),
    "version": _Column(lambda row: row.desk.version or "", _figure("version")),
}


def _sums(asked: Asked, rows: list[_Row]) -> Child:
    counts = Counter("revoked" if row.desk.is_revoked else row.worry.name.lower() for row in rows)
    items = [
        element(
            "li",
            element(
                "span",
                asked.words("web.fleet.sums", count=counts[name], state=asked.words(f"web.fleet.state.{name}")),
                class_=f"state {name}",
            ),
        )
        for name in ("alarm", "look", "none", "revoked")
        if counts[name]
    ]
    return element("ul", *items, class_="sums") if items else None


def _table(asked: Asked, rows: list[_Row], *, sort: str, is_reversed: bool, now: datetime) -> Child:
    if not rows:
        return element("p", asked.words("web.fleet.none_yet"))
    heads = [_heading(asked, name, column, sort=sort, is_reversed=is_reversed) for name, column in _COLUMNS.items()]
    lines = [element("tr", *(_cell(asked, name, row, now) for name in _COLUMNS)) for row in rows]
    table = element(
        "table",
        element("caption", asked.words("web.fleet.caption")),
        element("thead", element("tr", *heads)),
        element("tbody", *lines),
    )
    return element("div", table, class_="table", tabindex=0, role="region", aria_label=asked.words("web.fleet.title"))


def _heading(asked: Asked, name: str, column: _Column, *, sort: str, is_reversed: bool) -> Child:
    is_sorted = name == sort
    again = {"reverse": "1"} if is_sorted and not is_reversed else {}
    link = element("a", asked.words(f"web.fleet.column.{name}"), href=address(asked, "/fleet", sort=name, **again))
    order = ("descending" if is_reversed else "ascending") if is_sorted else None
    return element("th", link, scope="col", aria_sort=order, class_="number" if column.is_number else None)


def _cell(asked: Asked, name: str, row: _Row, now: datetime) -> Child:
    column = _COLUMNS[name]
    said = column.said(asked, row, now)
    if name == "name":
        return element("th", said, scope="row")
    return element("td", said, class_="number" if column.is_number else None)


def _sign_in_form(asked: Asked, *, is_wrong: bool = False) -> Answered:
    words = asked.words
    form = element(
        "form",
        *field(asked, "token", label="web.fleet.token", secret=True),
        element("button", words("web.fleet.sign_in"), type="submit"),
        method="post",
        action=address(asked, "/fleet/sign-in"),
    )
    notice = element("p", words("web.fleet.wrong_token"), class_="notice", role="alert") if is_wrong else None
    content = (notice, element("p", words("web.fleet.sign_in_intro")), form)
    status = _FORBIDDEN if is_wrong else 200
    return page(asked, "sign_in", words("web.fleet.sign_in_title"), *content, here="/fleet", status=status)


def _sign_out_form(asked: Asked, officer: str) -> Child:
    said = element("span", asked.words("web.fleet.signed_in", name=officer))
    button = element("button", asked.words("web.fleet.sign_out"), type="submit")
    return element("form", said, " ", button, method="post", action=address(asked, "/fleet/sign-out"))


def _go_to_fleet(asked: Asked, secret: str) -> Answered:
    ends = "" if secret else "; Max-Age=0"
    cookie = f"{COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict{ends}"
    headers = {"Location": address(asked, "/fleet"), "Set-Cookie": cookie}
    return Answered(route="sign_in", status=_SEE_OTHER, headers=headers)
