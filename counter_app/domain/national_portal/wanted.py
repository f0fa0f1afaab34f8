"""Which fields the portal demands, so that the desk says what is missing before the portal refuses it.

The marks are those of client code of 2023 to 2025 (unverified against a signed specification).
"""

from counter_app.domain.actions.state import DossierState
from counter_app.domain.national_portal.dossier import Fields

_ALWAYS = (
    "MaHoSo",
    "MaTTHC",
    "TenTTHC",
    "MaLinhVuc",
    "TenLinhVuc",
    "KenhThucHien",
    "LoaiDoiTuong",
    "Email",
    "SoDienThoai",
    "TrichYeuHoSo",
    "TrangThaiHoSo",
    "HinhThuc",
    "DonViXuLy",
    "NoiNopHoSo",
    "HoSoCoThanhPhanSoHoa",
    "TaiKhoanDuocXacThucVoiVNeID",
    "DuocThanhToanTrucTuyen",
    "DinhDanhCHS",
    "NgayNopHoSo",
    "DSKetNoiCSDL",
)
_ONCE_ACCEPTED = ("NgayTiepNhan", "NgayHenTra")


def list_missing(payload: Fields, state: DossierState) -> tuple[str, ...]:
    """Return the demanded fields that are empty, in the portal's own names and order."""
    wanted = (*_ALWAYS, *(_ONCE_ACCEPTED if state.accepted_at is not None else ()))
    return tuple(name for name in wanted if not payload[name])
