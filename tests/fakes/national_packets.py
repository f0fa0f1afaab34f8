"""Packets of procedures as the national portal gives them: every value a string, keys in capitals."""

from typing import Any

Packet = dict[str, Any]


def packet(code: str, **changes: Any) -> Packet:
    """Return the packet of a procedure of which nothing is doubtful."""
    return {
        "ID": "1",
        "MATTHC": code,
        "TENTTHC": f"Thủ tục cấp giấy mẫu {code}",
        "MACOQUANCONGBO": "G99",
        "LOAITTHC": "0",
        "LINHVUCTHUCHIEN": [{"MALINHVUC": "G99-01", "TENLINHVUC": "Lĩnh vực mẫu"}],
        "CAPTHUCHIEN": [{"CAPTHUCHIEN": "Cấp Xã"}],
        "CACHTHUCTHUCHIEN": [way("1"), way("2", amount="10000"), way("3")],
        "THANHPHANHOSO": [{"TRUONGHOP": "", "GIAYTO": [paper("Tờ khai theo mẫu"), paper("Giấy xác nhận mẫu")]}],
        "KETQUATHUCHIEN": [{"MAKETQUA": "KQ-1", "TENKETQUA": "Giấy mẫu"}],
        "CANCUPHAPLY": [{"SOVANBAN": "1/2025/NĐ-CP", "TENVANBAN": "Nghị định mẫu"}],
        **changes,
    }


def way(channel: str, value: str = "5", unit: str = "WORKING_DAY", amount: str | None = "20000") -> Packet:
    """Return one way of handing in with its time limit and, unless None, its charge."""
    fees = [] if amount is None else [{"SOTIEN": amount, "DONVI": "đồng/hồ sơ", "MOTA": "Lệ phí"}]
    return {
        "KENH": channel,
        "THOIGIAN": [{"THOIGIANGIAIQUYET": value, "DONVITINH": unit, "MOTA": "", "PHILEPHI": fees}],
    }


def paper(name: str, **changes: Any) -> Packet:
    """Return one paper of a list."""
    return {
        "MAGIAYTO": f"TP-{len(name)}",
        "TENGIAYTO": name,
        "TENMAUDON": "",
        "URL": "",
        "SOBANCHINH": "1",
        "SOBANSAO": "0",
        **changes,
    }
