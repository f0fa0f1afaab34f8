"""Other systems that check every field of a question, from what is published, knowing nothing of the program.

Strings everywhere, ``yyyyMMddHHmmss``, no unknown field, a bearer token; the same ``MaYeuCau`` counts once.
"""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "ma-bi-mat-thu"
_CODE = r"[A-Z0-9.]{3,30}-\d{6}-\d{4,5}"
_COMMON = {"MaYeuCau": r"[0-9a-f]{32}", "MaDonVi": r"[A-Z]\d{2}(\.\d{1,4})*", "ThoiDiemGui": r"\d{14}"}
_FIELDS: dict[str, dict[str, str]] = {
    "population": {
        "SoDinhDanh": r"\d{12}",
        "HoVaTen": r"[^\d\x00-\x1f]{2,100}",
        "NgaySinh": r"(\d{8}|\d{4})?",
        "GioiTinh": "[12]?",
    },
    "notices": {"SoDienThoai": r"(0|\+84)\d{9,10}", "NoiDung": r"[^\x00-\x1f]{1,300}", "MaHoSo": _CODE},
    "payment": {"MaHoSo": _CODE, "SoTien": r"[1-9]\d{0,11}"},
    "decisions": {"MaHoSo": _CODE},
    "store": {
        "SoDinhDanhChuSoHuu": r"\d{12}",
        "HoTenNguoiYeuCau": r"[^\d\x00-\x1f]{2,100}",
        "KenhThucHien": "[12]",
        "SoDinhDanhNguoiYeuCau": r"(\d{9}|\d{12})?",
        "MaThuTuc": r"[^\x00-\x1f]{1,50}",
    },
}
_FIELDS["reports"] = {"TuNgay": r"\d{8}", "DenNgay": r"\d{8}", "LanGui": r"[1-9]\d{0,2}"}
_COUNTS = [
    "TiepNhanTrucTuyen",
    "TiepNhanTrucTiep",
    "KyTruocChuyenQua",
    "GiaiQuyetTruocHan",
    "GiaiQuyetDungHan",
    "GiaiQuyetQuaHan",
    "DangGiaiQuyetTrongHan",
    "DangGiaiQuyetQuaHan",
    "TamDung",
    "DungRut",
]
_HEADLESS, _ONCE = frozenset({"store"}), frozenset({"notices", "reports"})
_LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "store": ("DanhSachDanhMucKetQua", {"MaKetQua": r"[^\x00-\x1f]{1,100}", "SoKyHieu": r"[^\x00-\x1f]{0,100}"}),
    "reports": (
        "DanhSachSoLieu",
        {
            "MaDonViGiaiQuyet": _COMMON["MaDonVi"],
            "LinhVuc": r"[^\x00-\x1f]{1,300}",
            **dict.fromkeys(_COUNTS, r"\d{1,9}"),
        },
    ),
}


@dataclass
class OtherSystems:
    """What they know and were asked. `population` is by number: name, birth, sex as their own records have them.

    `stored` are papers by their owner's number and their kind, `files` their content in base64 by agency and place.
    """

    population: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    messages: list[dict[str, str]] = field(default_factory=list)
    payments: dict[str, dict[str, str]] = field(default_factory=dict)
    decisions: dict[str, dict[str, str]] = field(default_factory=dict)
    stored: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[tuple[str, str], str] = field(default_factory=dict)
    reports: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, system: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what the system says."""
        self.asked.append((system, body))
        verdict = "errorCode" if system in _HEADLESS else "error_code"
        if wrong := problems(system, body):
            return {verdict: "1", "message": ", ".join(wrong), "result": None}
        known = self.answered.get(body.get("MaYeuCau", ""))
        if known is not None and system in _ONCE:
            return known
        said = {verdict: "0", "message": "", "result": getattr(self, f"_{system}")(body)}
        return self.answered.setdefault(body["MaYeuCau"], said) if system in _ONCE else said

    def _population(self, body: dict[str, str]) -> dict[str, str]:
        person = self.population.get(body["SoDinhDanh"])
        if person is None:
            return {"KetQua": "2"}
        asked = (body["HoVaTen"], body["NgaySinh"], body["GioiTinh"])
        names = ("HoVaTen", "NgaySinh", "GioiTinh")
        wrong = [name for name, mine, said in zip(names, person, asked, strict=True) if said and said != mine]
        return {"KetQua": "0", "TruongSai": ",".join(wrong)} if wrong else {"KetQua": "1"}

    def _notices(self, body: dict[str, str]) -> dict[str, str]:
        self.messages.append({"to": body["SoDienThoai"], "words": body["NoiDung"]})
        return {"MaTinNhan": f"TN{len(self.messages)}", "Kenh": "SMS"}

    def _payment(self, body: dict[str, str]) -> dict[str, str]:
        paid = self.payments.get(body["MaHoSo"])
        return {"TrangThai": "0"} if paid is None else {"TrangThai": "1", **paid}

    def _decisions(self, body: dict[str, str]) -> dict[str, str]:
        decided = self.decisions.get(body["MaHoSo"])
        return {"TrangThai": "0"} if decided is None else {"TrangThai": "1", **decided}

    def _store(self, body: dict[str, Any]) -> dict[str, Any]:
        kinds = [one["MaKetQua"] for one in body["DanhSachDanhMucKetQua"]]
        return {
            "DanhSachGiayToKetQua": [
                {"MaKetQua": kind, **paper}
                for kind in kinds
                for paper in self.stored.get((body["SoDinhDanhChuSoHuu"], kind), [])
            ]
        }

    def give_file(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return what the store says when it is asked for the file of a paper."""
        found = self.files.get((body.get("CoQuanChuQuan", ""), body.get("DuongDan", "")))
        if set(body) != {"CoQuanChuQuan", "DuongDan"} or found is None:
            return {"errorCode": "1", "message": "DuongDan"}
        return {"errorCode": "0", "message": "", "result": found}

    def _reports(self, body: dict[str, Any]) -> dict[str, str]:
        self.reports.append(body)
        return {"MaTiepNhan": f"BC{len(self.reports)}"}


def problems(system: str, body: dict[str, Any]) -> list[str]:
    """Return the names of fields that are unknown, missing, or not as the system wants them."""
    spec = {**({} if system in _HEADLESS else _COMMON), **_FIELDS[system]}
    listed, inside = _LISTS.get(system, ("", {}))
    wrong = [name for name in body if name not in spec and name != listed]
    if listed:
        wrong += _list_problems(listed, body.get(listed), inside)
    for name, pattern in spec.items():
        value = body.get(name)
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None or not _is_real(name, value):
            wrong.append(name)
    return wrong


def _list_problems(listed: str, rows: Any, spec: dict[str, str]) -> list[str]:
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        return [listed]
    fits = all(
        set(row) == set(spec)
        and all(isinstance(row[name], str) and re.fullmatch(pattern, row[name]) for name, pattern in spec.items())
        for row in rows
    )
    return [] if fits and all(_adds_up(row) for row in rows) else [listed]


def _adds_up(row: dict[str, str]) -> bool:
    """What came in is what was decided, what is open and what ended otherwise (columns 3, 7 and 11 of the form)."""
    counts = [int(row.get(name, "0")) for name in _COUNTS]
    return sum(counts[:3]) == sum(counts[3:])


def _is_real(name: str, value: str) -> bool:
    form = {
        "TuNgay": "%Y%m%d",
        "DenNgay": "%Y%m%d",
        "ThoiDiemGui": "%Y%m%d%H%M%S",
        "NgaySinh": "%Y%m%d" if len(value) == 8 else "",
    }.get(name, "")
    try:
        return not form or bool(datetime.strptime(value, form))  # noqa: DTZ007
    except ValueError:
        return False


class SystemsServer(ThreadingHTTPServer):
    """All of them behind HTTP.

    `behaving` makes one lie, by its name: "html", "huge", "slow", "cut" or "nonsense", or in these very words.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.systems = OtherSystems()
        self.behaving: dict[str, str] = {}
        self.lock = threading.Lock()

    def settings(self, *names: str) -> dict[str, dict[str, str]]:
        """What a province writes into its file, for these systems or for all."""
        url = f"http://127.0.0.1:{self.server_address[1]}"
        made = {name: {"url": f"{url}/{name}", "token": TOKEN} for name in names or tuple(_FIELDS)}
        if "store" in made:
            made["store"]["files_url"] = f"{url}/files"
        return made

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A connection that was cut is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    server: SystemsServer

    def do_POST(self) -> None:
        system = self.path.strip("/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._send(401, b"{}")
            return
        with self.server.lock:
            systems = self.server.systems
            found = systems.give_file(body) if system == "files" else systems.answer(system, body)
            answer = json.dumps(found).encode()
        match self.server.behaving.get(system):
            case "html":
                self._send(200, b"<html><body>Bao tri</body></html>")
            case "huge":
                self._send(200, b'{"error_code": "0", "message": "' + b"x" * 10_000_000 + b'"}')
            case "nonsense":
                self._send(200, b'{"error_code": "0", "result": {"KetQua": "7", "MaTinNhan": 5, "SoTien": "-1"}}')
            case "slow":
                self._drip(answer)
            case "cut":
                self.close_connection = True
            case None:
                self._send(200, answer)
            case said:
                self._send(200, said.encode())

    def _drip(self, answer: bytes) -> None:
        """One byte at a time, never long enough silent for a timeout of the socket."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        for byte in answer:
            self.wfile.write(bytes([byte]))
            time.sleep(0.05)

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def systems_server() -> Iterator[SystemsServer]:
    """Give systems that answer until the body ends."""
    server = SystemsServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
