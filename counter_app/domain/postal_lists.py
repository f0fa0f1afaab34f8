"""The two lists that go to and fro with a carrier: orders and waybills out, statuses in.

Header names are Vietnamese; the English ones, and those of the carrier's order interface that provincial systems send
(OrderNumber, ItemCode, CODAmount, ReceiverName, ReceiverAddress, ReceiverTel), are read as well.
"""

import re
from datetime import UTC, date, datetime, time
from enum import StrEnum

import msgspec

from counter_app.core.clock import VIETNAM
from counter_app.core.errors import UserError
from counter_app.core.text import fold
from counter_app.domain.postal import AttemptOutcome, normalise_number
from counter_app.domain.sheet_files import ListedRow

OUT_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("Mã hồ sơ", "Dossier code", "OrderNumber"),
    "number": ("Số vận đơn", "Waybill", "ItemCode"),
    "carrier": ("Đơn vị vận chuyển", "Carrier"),
    "kind": ("Chiều gửi", "Kind"),
    "receiver": ("Người nhận", "Receiver", "ReceiverName"),
    "phone": ("Điện thoại", "Phone", "ReceiverTel"),
    "address": ("Địa chỉ", "Address", "ReceiverAddress"),
    "cod": ("Tiền thu hộ", "COD", "CODAmount"),
    "weight_note": ("Ghi chú khối lượng", "Weight note", "Description"),
}

IN_COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("Số vận đơn", "Mã vận đơn", "Waybill", "ItemCode"),
    "event": ("Trạng thái", "Event", "Status"),
    "at": ("Thời gian", "Time", "At"),
    "code": ("Mã hồ sơ", "Dossier code", "OrderNumber"),
    "carrier": ("Đơn vị vận chuyển", "Carrier"),
    "receiver": ("Người nhận", "Receiver", "ReceiverName"),
    "relation": ("Quan hệ", "Relation"),
    "authorisation": ("Giấy ủy quyền", "Authorisation"),
    "id_number": ("Số định danh", "Số giấy tờ", "Id number"),
    "outcome": ("Lý do", "Outcome", "Reason"),
    "cod": ("Tiền thu hộ", "COD", "CODAmount"),
    "note": ("Ghi chú", "Note"),
}

NEEDED = ("number", "event", "at")


class Event(StrEnum):
    """What a carrier reports."""

    ACCEPTED = "accepted"
    ATTEMPTED = "attempted"
    DELIVERED = "delivered"
    RETURNED = "returned"


_EVENTS = {
    Event.ACCEPTED: ("accepted", "chap nhan", "da nhan gui", "nhan gui"),
    Event.ATTEMPTED: ("attempted", "phat khong thanh cong", "phat chua thanh cong", "giao khong thanh cong",
                      "chua giao duoc"),
    Event.DELIVERED: ("delivered", "phat thanh cong", "da phat", "da giao", "giao thanh cong"),
    Event.RETURNED: ("returned", "chuyen hoan", "da chuyen hoan", "hoan tra", "tra lai nguoi gui"),
}  # fmt: skip
_BY_WORDS = {words: event for event, known in _EVENTS.items() for words in known}

_OUTCOMES = {
    AttemptOutcome.NOBODY_HOME: ("nobody_home", "nobody home", "vang nha", "khong co nguoi nhan", "khong o nha"),
    AttemptOutcome.UNREACHABLE: ("unreachable", "khong lien lac duoc", "khong nghe may"),
    AttemptOutcome.WRONG_ADDRESS: ("wrong_address", "wrong address", "sai dia chi", "dia chi sai"),
    AttemptOutcome.POSTPONED: ("postponed", "hen lai", "hen giao lai", "hen phat lai"),
    AttemptOutcome.COD_NOT_PAID: ("cod_not_paid", "khong tra tien", "chua co tien", "khong tra tien thu ho"),
    AttemptOutcome.REFUSED: ("refused", "tu choi nhan", "tu choi"),
    AttemptOutcome.OTHER: ("other", "khac", "ly do khac"),
}
_OUTCOME_BY_WORDS = {words: outcome for outcome, known in _OUTCOMES.items() for words in known}

_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_TIME_FIRST = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?[ ,]+(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


class ReportedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a carrier's list, understood."""

    number: str
    event: Event
    at: datetime
    code: str = ""
    carrier: str = ""
    receiver: str = ""
    relation: str = ""
    authorisation: str = ""
    id_number: str = ""
    outcome: AttemptOutcome = AttemptOutcome.OTHER
    note: str = ""
    reason: str = ""
    """In the carrier's own words."""
    cod: int | None = None


def read_event(row: ListedRow) -> ReportedEvent:
    """Return what a row reports.

    Raises:
        UserError: ``postal.bad_number``, ``postal.row_event``, ``postal.row_time``, ``postal.row_amount``.
    """
    event = _BY_WORDS.get(fold(row.text("event")))
    if event is None:
        raise UserError("postal.row_event")
    words = row.text("outcome")
    outcome = _OUTCOME_BY_WORDS.get(fold(words), AttemptOutcome.OTHER)
    # What is none of the list is kept in the carrier's own words.
    said = words if outcome is AttemptOutcome.OTHER and fold(words) not in _OUTCOME_BY_WORDS else ""
    return ReportedEvent(
        number=normalise_number(row.text("number")),
        event=event,
        at=read_moment(row.cells.get("at")),
        code=row.text("code"),
        carrier=row.text("carrier"),
        receiver=row.text("receiver"),
        relation=row.text("relation"),
        authorisation=row.text("authorisation"),
        id_number="".join(row.text("id_number").split()),
        outcome=outcome,
        note=". ".join(part for part in (said, row.text("note")) if part),
        reason=". ".join(part for part in (words, row.text("note")) if part) or row.text("event"),
        cod=read_amount(row.text("cod")),
    )


def read_moment(value: object) -> datetime:
    """Return an instant of a cell: a date of the spreadsheet, ISO 8601, or day, month and year with the hour.

    Without an offset Vietnamese time is meant; without an hour the beginning of that day.

    Raises:
        UserError: ``postal.row_time``.
    """
    try:
        found = _moment(value)
    except (ValueError, OverflowError) as exc:
        raise UserError("postal.row_time") from exc
    if found is None or not 2000 <= found.year <= 2200:
        raise UserError("postal.row_time")
    local = found if found.tzinfo is not None else found.replace(tzinfo=VIETNAM)
    return local.astimezone(UTC)


def _moment(value: object) -> datetime | None:
    match value:
        case datetime():
            return value
        case date():
            return datetime.combine(value, time())
        case str():
            return _moment_of_text(value.strip())
        case _:
            return None


def _moment_of_text(text: str) -> datetime | None:
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, minute, second = found.groups()
        clock = time(int(hour), int(minute), int(second or 0)) if hour else time()
        return datetime.combine(date(int(year), int(month), int(day)), clock)
    if found := _TIME_FIRST.fullmatch(text):
        hour, minute, second, day, month, year = found.groups()
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001
    parsed = datetime.fromisoformat(text)
    is_day = len(text) == 10
    return datetime.combine(parsed.date(), time()) if is_day else parsed


def read_amount(text: str) -> int | None:
    """Return whole đồng of a cell (``50.000``, ``50,000 đ``), None where it is empty.

    Raises:
        UserError: ``postal.row_amount``.
    """
    bare = fold(text).removesuffix("vnd").removesuffix("dong").removesuffix("d").replace(" ", "")
    if not bare:
        return None
    if not re.fullmatch(r"[0-9]{1,12}|[0-9]{1,3}([.,][0-9]{3}){1,3}", bare, re.ASCII):
        raise UserError("postal.row_amount")
    return int(bare.replace(".", "").replace(",", ""))
