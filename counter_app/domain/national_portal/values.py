"""How the national portal writes values, and the numbers it has for ours."""

from datetime import datetime

from counter_app.core.clock import to_local
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.person import PartyKind
from counter_app.domain.procedure import Channel, FeeKind

YES, NO = "1", "0"

CHANNELS = {Channel.DIRECT: "1", Channel.ONLINE: "2", Channel.POST: "3"}
"""KenhThucHien."""

APPLICANT_KINDS = {PartyKind.PERSON: "1", PartyKind.ORGANISATION: "2"}
"""LoaiDoiTuong; authorities (3) and others (4) are not told apart from organisations at the counter."""

RETURN_WAYS = {ResultChannel.DESK: "0", ResultChannel.ONLINE: "0", ResultChannel.POST: "1"}
"""HinhThuc: at the desk or by post. No number for a result that is only sent as a file was seen (unverified)."""

FEE_KINDS = {FeeKind.FEE: "1", FeeKind.CHARGE: "2"}
"""LoaiPhiLePhi (unverified)."""

HANDED_IN_HERE = "2"
"""NoiNopHoSo: the province's own system, not the national portal (unverified)."""

NOTHING_TO_PAY, NOT_PAID_ONLINE = "0", "3"
"""DuocThanhToanTrucTuyen; 1, paid online, is told by the payment platform alone."""

CITIZEN_NUMBER, OLD_NUMBER = "1", "2"
"""LoaiDinhDanh: 12 digits, 9 digits."""


def instant(at: datetime | None) -> str:
    """Return an instant as the portal writes it, "" for none."""
    return to_local(at).strftime("%Y%m%d%H%M%S") if at is not None else ""
