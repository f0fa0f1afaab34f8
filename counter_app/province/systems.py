"""The other systems' ends of the line: one question, one answer, each field checked both ways.

None of these systems has a public specification; the names are made up from published descriptions and unverified. So
everything that is about names is data (`SHAPES`), and a province renames in its settings what is called otherwise.
"""

import base64
import hashlib
import http.client
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from counter_app.core.clock import to_local
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.text import nfc
from counter_app.domain.online import MOST_FILE_BYTES
from counter_app.domain.systems import RequestState, System, Wanted
from counter_app.province.json_calls import post_json, split_url
from resources.texts import Language, text

_ANSWER_S = 20.0
_MOST_SETTINGS_BYTES = 256 * 1024
_MOST_ANSWER_BYTES = 1024 * 1024
_MOST_FILES = 5
_LONGEST_REASON = 300
_FINE = "0"


class Said(NamedTuple):
    """What a system answered: SENT (nothing to say yet), ANSWERED with facts by our names, REFUSED with its reason.

    `files` are PDF files that came with it, by the number of the object that they belong to.
    """

    state: RequestState
    reason: str = ""
    facts: Mapping[str, str] = {}
    files: Mapping[int, bytes] = {}


class OtherSystem(Protocol):
    """One other system. One thread only; the same question asked twice counts once."""

    def ask(self, unit_code: str, dossier_id: str, wanted: Wanted, now: datetime) -> Said:
        """Return what it says.

        Raises:
            EnvironmentFailure: ``systems.unreachable``: nobody answered, or nothing of sense.
        """
        ...


class SystemAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a system is. `names` gives fields that it calls otherwise; `authority` is the PEM of its own authority.

    `files_url` is where the files of what it has are fetched, "" where they are not.
    """

    url: str
    token: str
    authority: str = ""
    files_url: str = ""
    names: dict[str, str] = {}


class _Answered(NamedTuple):
    theirs: str
    pattern: str
    is_required: bool = True
    values: Mapping[str, str] = {}


class _AskedList(NamedTuple):
    """A list of objects that is sent: its name, and the names in each."""

    theirs: str
    fields: Mapping[str, str]


class _AnsweredList(NamedTuple):
    """A list of objects that is answered, no more than `most`; ``A/b`` is the field b of the first object in A."""

    theirs: str
    fields: Mapping[str, _Answered]
    most: int = 20


class Shape(NamedTuple):
    """What a system is sent and answers, by our names. `pending`: field and value that mean it knows nothing yet.

    A question with `is_headed` carries its id, the unit and the instant. `verdict` is the field that is "0" for yes.
    """

    asks: Mapping[str, str]
    answers: Mapping[str, _Answered]
    values: Mapping[str, Mapping[str, str]] = {}
    pending: tuple[str, str] = ("", "")
    asks_list: _AskedList | None = None
    answers_list: _AnsweredList | None = None
    is_headed: bool = True
    verdict: str = "error_code"


_FIELDS = {"HoVaTen": "full_name", "NgaySinh": "birth", "GioiTinh": "sex"}
_FIELD_NAMES = r"(HoVaTen|NgaySinh|GioiTinh)(,(HoVaTen|NgaySinh|GioiTinh))*"
_INSTANT, _DAY, _WORDS = r"\d{14}", r"\d{8}", r"[^\x00-\x1f]{1,500}"
SHAPES: Mapping[System, Shape] = {
    System.POPULATION: Shape(
        asks={"id_number": "SoDinhDanh", "full_name": "HoVaTen", "birth": "NgaySinh", "sex": "GioiTinh"},
        values={"sex": {"male": "1", "female": "2"}},
        answers={
            "outcome": _Answered("KetQua", "[012]", values={"1": "matches", "0": "differs", "2": "unknown"}),
            "fields": _Answered(
                "TruongSai",
                _FIELD_NAMES,
                is_required=False,
                values=_FIELDS,
            ),
        },
    ),
    System.NOTICES: Shape(
        asks={"phone": "SoDienThoai", "words": "NoiDung", "code": "MaHoSo"},
        answers={
            "message": _Answered("MaTinNhan", r"[\w.-]{1,100}"),
            "carrier": _Answered("Kenh", "SMS|ZALO"),
        },
    ),
    System.PAYMENT: Shape(
        asks={"code": "MaHoSo", "amount": "SoTien"},
        answers={
            "paid": _Answered("SoTien", r"\d{1,15}"),
            "paid_at": _Answered("ThoiDiem", _INSTANT),
            "reference": _Answered("MaGiaoDich", r"[\w.-]{1,100}"),
        },
        pending=("TrangThai", "0"),
    ),
    System.DECISIONS: Shape(
        asks={"code": "MaHoSo"},
        answers={
            "number": _Answered("SoKyHieu", _WORDS),
            "decided_on": _Answered("NgayBanHanh", _DAY),
            "signer": _Answered("NguoiKy", _WORDS, is_required=False),
            "summary": _Answered("TrichYeu", _WORDS, is_required=False),
        },
        pending=("TrangThai", "0"),
    ),
    # As a provincial system's published code asks it, which has no heading; its `signature` cannot be checked.
    System.STORE: Shape(
        asks={
            "owner_number": "SoDinhDanhChuSoHuu",
            "asking_name": "HoTenNguoiYeuCau",
            "channel": "KenhThucHien",
            "asking_number": "SoDinhDanhNguoiYeuCau",
            "procedure": "MaThuTuc",
        },
        values={"channel": {"clerk": "1"}},
        asks_list=_AskedList("DanhSachDanhMucKetQua", {"code": "MaKetQua", "symbol": "SoKyHieu"}),
        answers={},
        answers_list=_AnsweredList(
            "DanhSachGiayToKetQua",
            {
                "code": _Answered("MaKetQua", _WORDS, is_required=False),
                "title": _Answered("TenGiayTo", _WORDS),
                "number": _Answered("SoKyHieu", _WORDS, is_required=False),
                "agency": _Answered("CoQuanChuQuan", _WORDS),
                "file": _Answered("DanhSachTepDinhKem/DuongDan", _WORDS, is_required=False),
            },
        ),
        is_headed=False,
        verdict="errorCode",
    ),
    System.REPORTS: Shape(
        asks={"first": "TuNgay", "last": "DenNgay", "times": "LanGui"},
        asks_list=_AskedList(
            "DanhSachSoLieu",
            {
                "unit": "MaDonViGiaiQuyet",
                "field": "LinhVuc",
                "online": "TiepNhanTrucTuyen",
                "direct": "TiepNhanTrucTiep",
                "carried": "KyTruocChuyenQua",
                "early": "GiaiQuyetTruocHan",
                "on_time": "GiaiQuyetDungHan",
                "late": "GiaiQuyetQuaHan",
                "open_in_time": "DangGiaiQuyetTrongHan",
                "open_overdue": "DangGiaiQuyetQuaHan",
                "waiting": "TamDung",
                "ended": "DungRut",
            },
        ),
        answers={"receipt": _Answered("MaTiepNhan", r"[\w.-]{1,100}")},
    ),
}


class HttpSystem:
    """A system behind HTTPS: a bearer token, ``error_code`` "0" is yes, everything is a string."""

    def __init__(self, system: System, account: SystemAccount) -> None:
        self._shape, self._account = SHAPES[system], account

    def ask(self, unit_code: str, dossier_id: str, wanted: Wanted, now: datetime) -> Said:
        """Return what it says, as `OtherSystem`."""
        shape = self._shape
        facts = _worded(wanted)
        body: dict[str, Any] = self._asked(shape.asks, facts)
        if shape.asks_list is not None:
            body[self._name(shape.asks_list.theirs)] = self._asked_list(shape.asks_list, facts)
        if shape.is_headed:
            body |= {
                "MaYeuCau": hashlib.sha256(f"{dossier_id}\x00{wanted.request}".encode()).hexdigest()[:32],
                "MaDonVi": unit_code,
                "ThoiDiemGui": to_local(now).strftime("%Y%m%d%H%M%S"),
            }
        said = self._read_answer(self._call(self._account.url, body))
        return said if said.state is not RequestState.ANSWERED else self._with_files(said)

    def _call(self, url: str, body: Mapping[str, Any], *, most_bytes: int = _MOST_ANSWER_BYTES) -> dict[str, Any]:
        account = self._account
        status, answer = post_json(
            url,
            body,
            headers={"Authorization": f"Bearer {account.token}"},
            authority=account.authority,
            answer_s=_ANSWER_S,
            area="systems",
            most_bytes=most_bytes,
        )
        if status != http.client.OK or not isinstance(answer.get(self._shape.verdict), str):
            raise EnvironmentFailure("systems.unreachable", retryable=True, reason=str(status))
        return answer

    def _read_answer(self, answer: Mapping[str, Any]) -> Said:
        if answer[self._shape.verdict] != _FINE:
            return Said(RequestState.REFUSED, nfc(str(answer.get("message") or "?"))[:_LONGEST_REASON])
        return self._read(answer.get("result"))

    def _with_files(self, said: Said) -> Said:
        """Return an answer with the files it names instead of where they lie there, which says nothing to a desk."""
        places = {int(name.rpartition(".")[2]): place for name, place in said.facts.items() if name.startswith("file.")}
        facts = {name: value for name, value in said.facts.items() if not name.startswith("file.")}
        files: dict[int, bytes] = {}
        for number, place in list(places.items())[:_MOST_FILES] if self._account.files_url else ():
            if (content := self._fetch(facts.get(f"agency.{number}", ""), place)) is not None:
                files[number] = content
        return said._replace(facts=facts, files=files)

    def _fetch(self, agency: str, place: str) -> bytes | None:
        """Return a PDF; None where it is refused, or is none."""
        body = {self._name("CoQuanChuQuan"): agency, self._name("DuongDan"): place}
        answer = self._call(self._account.files_url, body, most_bytes=MOST_FILE_BYTES * 4 // 3 + _MOST_ANSWER_BYTES)
        if answer[self._shape.verdict] != _FINE:
            return None
        try:
            content = base64.b64decode(str(answer.get("result")), validate=True)
        except ValueError as exc:
            raise _no_sense() from exc
        return content if content.startswith(b"%PDF-") and len(content) <= MOST_FILE_BYTES else None

    def _read(self, result: Any) -> Said:
        if not isinstance(result, dict):
            raise _no_sense()
        pending, nothing_yet = self._shape.pending
        if pending and result.get(self._name(pending)) == nothing_yet:
            return Said(RequestState.SENT)
        facts = {ours: self._read_field(result, answered) for ours, answered in self._shape.answers.items()}
        if self._shape.answers_list is not None:
            facts |= self._read_list(result, self._shape.answers_list)
        return Said(RequestState.ANSWERED, facts={ours: value for ours, value in facts.items() if value})

    def _asked(self, names: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, Any]:
        return {self._name(theirs): self._value(ours, facts.get(ours, "")) for ours, theirs in names.items()}

    def _asked_list(self, listed: _AskedList, facts: Mapping[str, str]) -> list[dict[str, Any]]:
        numbers = sorted({int(name.rpartition(".")[2]) for name in facts if "." in name})
        by_number = ({ours: facts.get(f"{ours}.{number}", "") for ours in listed.fields} for number in numbers)
        return [self._asked(listed.fields, own) for own in by_number]

    def _read_list(self, result: Mapping[str, Any], listed: _AnsweredList) -> dict[str, str]:
        rows = result.get(self._name(listed.theirs))
        if not isinstance(rows, list) or len(rows) > listed.most or not all(isinstance(row, dict) for row in rows):
            raise _no_sense()
        facts = {"count": str(len(rows))}
        for number, row in enumerate(rows, start=1):
            facts |= {f"{ours}.{number}": self._read_field(row, answered) for ours, answered in listed.fields.items()}
        return facts

    def _read_field(self, result: Mapping[str, Any], answered: _Answered) -> str:
        inside, _, name = answered.theirs.rpartition("/")
        if inside:
            within = result.get(self._name(inside))
            first = within[0] if isinstance(within, list) and within else {}
            result = first if isinstance(first, dict) else {}
        value = result.get(self._name(name), "")
        if value == "" and not answered.is_required:
            return ""
        if not isinstance(value, str) or re.fullmatch(answered.pattern, value) is None or not _is_real(value, answered):
            raise _no_sense()
        if not answered.values:
            return nfc(value)
        return ",".join(answered.values[part] for part in value.split(","))

    def _name(self, theirs: str) -> str:
        return self._account.names.get(theirs, theirs)

    def _value(self, ours: str, value: str) -> str:
        return self._shape.values.get(ours, {}).get(value, value)


def read_systems(path: Path) -> dict[System, OtherSystem]:
    """Return the systems of a settings file: JSON, readable by its owner only.

    Raises:
        UserError: ``systems.bad_settings``, ``systems.bad_url``.
        EnvironmentFailure: ``systems.no_settings``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_SETTINGS_BYTES + 1)
    except OSError as exc:
        raise EnvironmentFailure("systems.no_settings", file=path.name) from exc
    try:
        accounts = msgspec.json.decode(data, type=dict[System, SystemAccount])
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError("systems.bad_settings", file=path.name) from exc
    if not accounts.keys() <= SHAPES.keys():  # the competent unit is asked by nobody
        raise UserError("systems.bad_settings", file=path.name)
    for account in accounts.values():
        for url in filter(None, (account.url, account.files_url)):
            split_url(url, area="systems")
    return {system: HttpSystem(system, account) for system, account in accounts.items()}


def _worded(wanted: Wanted) -> dict[str, str]:
    """Return what is sent; a message is worded here, in Vietnamese, and names nobody."""
    facts = wanted.facts
    if wanted.system is not System.NOTICES:
        return facts
    key = f"systems.message.{facts['notice']}"
    if due_at := facts.get("due_at", ""):
        due = to_local(datetime.fromisoformat(due_at)).strftime("%d/%m/%Y")
        return {**facts, "words": text(f"{key}_due", Language.VIETNAMESE, code=facts["code"], due=due)}
    return {**facts, "words": text(key, Language.VIETNAMESE, code=facts["code"])}


def _is_real(value: str, answered: _Answered) -> bool:
    """Whether a day or an instant is one of the calendar."""
    form = {_INSTANT: "%Y%m%d%H%M%S", _DAY: "%Y%m%d"}.get(answered.pattern)
    if form is None:
        return True
    try:
        return bool(datetime.strptime(value, form))  # noqa: DTZ007 - only whether there is such a day
    except ValueError:
        return False


def _no_sense() -> EnvironmentFailure:
    return EnvironmentFailure("systems.unreachable", retryable=True, reason="answer")
