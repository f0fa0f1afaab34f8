"""A national portal that checks every field of a call, written from LAW 3.1 to 3.4 and knowing nothing of the program.

Strings everywhere, ``yyyyMMddHHmmss``, no unknown field, at most ten steps a call, "đã tồn tại" for what it knows.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_STATUS = {str(number) for number in range(1, 11)}
_FLAG = {"0", "1"}
_WORDS, _INSTANT, _NUMBER, _LIST = "words", "instant", "number", "list"

# name: (required, kind or allowed values)
_DOSSIER: dict[str, tuple[bool, Any]] = {
    "MaHoSo": (True, _WORDS),
    "MaTTHC": (True, _WORDS),
    "TenTTHC": (True, _WORDS),
    "MaLinhVuc": (True, _WORDS),
    "TenLinhVuc": (True, _WORDS),
    "SoBienNhan": (False, _WORDS),
    "KenhThucHien": (True, {"1", "2", "3"}),
    "ChuHoSo": (False, _WORDS),
    "SoGiayToChuHoSo": (False, _WORDS),
    "LoaiDoiTuong": (True, {"1", "2", "3", "4"}),
    "MaDoiTuong": (False, _WORDS),
    "ThongTinKhac": (False, _WORDS),
    "Email": (True, _WORDS),
    "Fax": (False, _WORDS),
    "SoDienThoai": (True, _NUMBER),
    "TrichYeuHoSo": (True, _WORDS),
    "NgayNopHoSo": (True, _INSTANT),
    "NgayTiepNhan": (True, _INSTANT),
    "NgayHenTra": (True, _INSTANT),
    "TrangThaiHoSo": (True, _STATUS),
    "NgayKetThucXuLy": (False, _INSTANT),
    "NgayTra": (False, _INSTANT),
    "NgayTuChoi": (False, _INSTANT),
    "ThongTinTra": (False, _WORDS),
    "HinhThuc": (True, _FLAG),
    "DonViXuLy": (True, _WORDS),
    "GhiChu": (False, _WORDS),
    "NoiNopHoSo": (True, {"1", "2"}),
    "HoSoCoThanhPhanSoHoa": (True, _FLAG),
    "TaiKhoanDuocXacThucVoiVNeID": (True, _FLAG),
    "DuocThanhToanTrucTuyen": (True, {"0", "1", "3"}),
    "DinhDanhCHS": (True, _LIST),
    "DSKetNoiCSDL": (True, _LIST),
    "TaiLieuNop": (False, _LIST),
    "DanhSachLePhi": (False, _LIST),
    "DanhSachTepDinhKemKhac": (False, _LIST),
    "DanhSachHoSoBoSung": (False, _LIST),
    "DanhSachGiayToKetQua": (False, _LIST),
}
_RECORDS: dict[str, dict[str, tuple[bool, Any]]] = {
    "DinhDanhCHS": {"LoaiDinhDanh": (True, {"1", "2"}), "SoDinhDanh": (True, _NUMBER)},
    "DSKetNoiCSDL": {"MaCSDL": (True, _NUMBER)},
    "TaiLieuNop": {
        "TepDinhKemId": (True, _WORDS),
        "TenTepDinhKem": (True, _WORDS),
        "IsDeleted": (True, {"True", "False"}),
        "MaThanhPhanHoSo": (False, _WORDS),
        "DuongDanTaiTepTin": (False, _WORDS),
        "DuocSoHoa": (True, _FLAG),
        "DuocTaiSuDung": (True, _FLAG),
        "DuocLayTuKhoDMQG": (True, _FLAG),
        "MaKetQuaThayThe": (False, _WORDS),
    },
    "DanhSachLePhi": {
        "TenPhiLePhi": (True, _WORDS),
        "MaPhiLePhi": (False, _WORDS),
        "HinhThucThu": (False, _WORDS),
        "Gia": (False, _NUMBER),
        "LoaiPhiLePhi": (True, {"1", "2"}),
    },
    "DanhSachHoSoBoSung": {
        "HoSoBoSungId": (True, _NUMBER),
        "NguoiYeuCauBoSung": (True, _WORDS),
        "NoiDungBoSung": (True, _WORDS),
        "NgayBoSung": (True, _INSTANT),
        "NguoiTiepNhanBoSung": (False, _WORDS),
        "ThongTinTiepNhan": (False, _WORDS),
        "NgayTiepNhanBoSung": (False, _INSTANT),
        "TrangThaiBoSung": (True, _FLAG),
        "DanhSachGiayToBoSung": (False, _LIST),
        "DanhSachLePhiBoSung": (False, _LIST),
        "NgayHenTraTruoc": (False, _INSTANT),
        "NgayHenTraMoi": (False, _INSTANT),
    },
    "DanhSachGiayToBoSung": {"TenGiayTo": (True, _WORDS)},
    "DanhSachGiayToKetQua": {
        "TenGiayTo": (True, _WORDS),
        "MaThanhPhanHoSo": (False, _WORDS),
        "GiayToId": (True, _NUMBER),
        "DuongDanTepTinKetQua": (False, _WORDS),
        "MaGiayToKetQua": (False, _WORDS),
    },
}
_STEP: dict[str, tuple[bool, Any]] = {
    "MaHoSo": (True, _WORDS),
    "NguoiXuLy": (True, _WORDS),
    "ChucDanh": (False, _WORDS),
    "ThoiDiemXuLy": (True, _INSTANT),
    "PhongBanXuLy": (False, _WORDS),
    "NoiDungXuLy": (True, _WORDS),
    "TrangThai": (True, _STATUS),
    "NgayBatDau": (False, _INSTANT),
    "NgayKetThucTheoQuyDinh": (False, _INSTANT),
}
_LONGEST = {"NguoiXuLy": 50, "TrichYeuHoSo": 1_000, "TenTepDinhKem": 4_000}


@dataclass
class NationalPortal:
    """Keeps what it was told; `answer` as the portal's service does."""

    dossiers: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    procedures: dict[str, Any] = field(default_factory=dict)

    def answer(self, body: dict[str, Any]) -> tuple[str, list[str]]:
        """Return the error code, "0" for fine, and what is wrong."""
        if not isinstance(body.get("madonvi"), str) or not body["madonvi"]:
            return "1", ["madonvi"]
        match body.get("service"):
            case "DongBoHoSoMC":
                return self._take_dossiers(body)
            case "CapNhatTienDoHoSoMC":
                return self._take_steps(body)
            case other:
                return "1", [f"service {other}"]

    def give(self, body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Answer a call for the catalogue: the result, and what is wrong with the call."""
        wanted = {"service", "madonvi"} | ({"maTTHC"} if body["service"] == "LayThuTuc" else set())
        wrong = sorted(set(body) ^ wanted) + [name for name in body if not isinstance(body[name], str)]
        if re.fullmatch(r"H\d{2}(\.\d{1,4})*", str(body.get("madonvi"))) is None:
            wrong.append("madonvi")
        if wrong:
            return {}, wrong
        if body["service"] == "LayDanhSachTTHC":
            rows = [{"MATTHC": code, "TENTTHC": str(one.get("TENTTHC"))} for code, one in self.procedures.items()]
            return {"result": rows}, []
        known = self.procedures.get(body["maTTHC"])
        return ({"result": known}, []) if known is not None else ({}, ["maTTHC"])

    def _take_dossiers(self, body: dict[str, Any]) -> tuple[str, list[str]]:
        wrong = [one for dossier in body["data"] for one in problems(dossier, _DOSSIER)]
        if body.get("isUpdating") not in ("True", "False"):
            wrong.append("isUpdating")
        known = [one["MaHoSo"] for one in body["data"] if one.get("MaHoSo") in self.dossiers]
        if known and body.get("isUpdating") == "False":
            wrong.append(f"{known[0]} đã tồn tại")
        if not wrong:
            self.dossiers |= {one["MaHoSo"]: one for one in body["data"]}
        return ("1" if wrong else "0"), wrong

    def _take_steps(self, body: dict[str, Any]) -> tuple[str, list[str]]:
        wrong = [one for step in body["data"] for one in problems(step, _STEP)]
        if not 0 < len(body["data"]) <= 10:
            wrong.append("data")
        wrong += [step["MaHoSo"] for step in body["data"] if step.get("MaHoSo") not in self.dossiers]
        if not wrong:
            self.steps += body["data"]
        return ("1" if wrong else "0"), wrong


def problems(record: dict[str, Any], spec: dict[str, tuple[bool, Any]]) -> list[str]:
    """Return the names of fields that are unknown, missing, or not as the portal wants them."""
    wrong = [name for name in record if name not in spec]
    for name, (required, kind) in spec.items():
        value = record.get(name)
        if kind is _LIST:
            wrong += _list_problems(name, value, required=required)
        elif not isinstance(value, str) or len(value) > _LONGEST.get(name, 4_000):
            wrong.append(name)
        elif not value:
            wrong += [name] if required else []
        elif not _fits(value, kind):
            wrong.append(name)
    return wrong


def _list_problems(name: str, value: Any, *, required: bool) -> list[str]:
    if not isinstance(value, list):
        return [name]
    inner = [one for record in value for one in problems(record, _RECORDS.get(name, {}))]
    return ([name] if required and not value else []) + inner


def _fits(value: str, kind: Any) -> bool:
    if isinstance(kind, set):
        return value in kind
    if kind is _INSTANT:
        return re.fullmatch(r"\d{14}", value) is not None and bool(datetime.strptime(value, "%Y%m%d%H%M%S"))  # noqa: DTZ007
    return kind is _WORDS or value.isdigit()


ACCOUNT = {"username": "tinh", "password": "mat-khau-thu"}
_DESTINATION, _SESSION = "H99", "phien-1"
_CATALOGUE = ("LayDanhSachTTHC", "LayThuTuc")


class PortalServer(ThreadingHTTPServer):
    """The portal behind HTTP: a log-in, a session, calls one after the other, and answers that may be lost on purpose.

    `excused` are fields that it lets pass; `lost_answers` so many next calls are taken and never answered; `raw` are
    answers of another kind, by service or by code of a procedure; `odd` are codes of dossiers that it fails over.
    """

    daemon_threads = True

    def __init__(self, excused: frozenset[str] = frozenset()) -> None:
        super().__init__(("127.0.0.1", 0), _PortalHandler)
        self.portal = NationalPortal()
        self.excused, self.lost_answers, self.calls = excused, 0, 0
        self.raw: dict[str, bytes] = {}
        self.odd: set[str] = set()
        self.lock = threading.Lock()

    def account(self) -> dict[str, str]:
        """What a province writes into its file."""
        url = f"http://127.0.0.1:{self.server_address[1]}"
        return {"login_url": f"{url}/login", "url": f"{url}/call", "destination": _DESTINATION, **ACCOUNT}

    def take(self, body: dict[str, Any]) -> tuple[str, list[str]]:
        """Answer a call, letting the excused pass."""
        self.calls += 1
        before = {code: dict(one) for code, one in self.portal.dossiers.items()}
        code, wrong = self.portal.answer(body)
        serious = [one for one in wrong if one not in self.excused]
        if code != "0" and not serious:
            if body["service"] == "DongBoHoSoMC":
                self.portal.dossiers = before | {one["MaHoSo"]: one for one in body["data"]}
            return "0", []
        return code, serious

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A connection that was cut is part of the test."""


class _PortalHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PortalServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            status, answer = self._answer(body)
        if status is None:
            self.close_connection = True
            return
        raw = self.server.raw.get(str(body.get("maTTHC") or body.get("service")))
        data = json.dumps(answer).encode() if raw is None else raw
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, body: dict[str, Any]) -> tuple[int | None, dict[str, Any]]:
        if self.path == "/login":
            is_right = self.headers["dstcode"] == _DESTINATION and body == ACCOUNT
            return 200, {"error_code": "0", "session": _SESSION} if is_right else {"error_code": "1"}
        if body.pop("session", "") != _SESSION:
            return 401, {}
        if body.get("service") in _CATALOGUE:
            self.server.calls += 1
            result, wrong = self.server.portal.give(body)
            return 200, {"error_code": "1" if wrong else "0", "message": ", ".join(wrong), **result}
        if self.server.odd & {one.get("MaHoSo") for one in body["data"]}:
            return 500, {}
        code, wrong = self.server.take(body)
        if self.server.lost_answers:
            self.server.lost_answers -= 1
            return None, {}
        return 200, {"error_code": code, "message": ", ".join(wrong)}

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def portal_server(excused: frozenset[str] = frozenset()) -> Iterator[PortalServer]:
    """Give a portal that answers until the body ends."""
    server = PortalServer(excused)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
