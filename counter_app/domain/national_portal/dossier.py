"""``DongBoHoSoMC``: one dossier as it stands, in the portal's fields.

Free words that the portal does not demand (notes, who took the result) stay at the desk.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from counter_app.domain.actions.state import DossierState, DueChangeCause, Pause, PauseCause
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.fees import compute_fees
from counter_app.domain.national_portal import values
from counter_app.domain.person import Party

Fields = dict[str, "str | list[Fields]"]
"""A payload: names as the portal has them, values strings or lists of such records."""

_LONGEST_SUMMARY = 1_000
_LONGEST_FILE_NAME = 4_000


class AttachedPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A digitised paper of the dossier. `component_code` is its checklist line's national code, "" for none."""

    id: str
    title: str
    component_code: str = ""
    is_withdrawn: bool = False
    is_reused: bool = False
    is_from_store: bool = False


class SupplementWords(msgspec.Struct, frozen=True, kw_only=True):
    """One request for a supplement as it was written: who asked and for what, who took the answer."""

    asked_by: str
    reason: str
    missing: tuple[str, ...] = ()
    received_by: str = ""
    note: str = ""


class DossierSaid(msgspec.Struct, frozen=True, kw_only=True):
    """All that the payload is made of. `refused_at` is when the dossier was refused, None otherwise."""

    dossier: Dossier
    state: DossierState
    field_code: str
    competent_unit_name: str
    papers: tuple[AttachedPaper, ...] = ()
    supplements: tuple[SupplementWords, ...] = ()
    refused_at: datetime | None = None


def dossier_payload(said: DossierSaid) -> Fields:
    """Return the record of a dossier; what nobody said is "" and never a dummy."""
    dossier, state = said.dossier, said.state
    applicant = dossier.applicant
    whole = next((one for one in reversed(state.returns) if one.is_whole), None)
    number = applicant.id_number or applicant.tax_code
    return {
        "MaHoSo": dossier.code,
        "MaTTHC": dossier.procedure_code,
        "TenTTHC": dossier.procedure_name,
        "MaLinhVuc": said.field_code,
        "TenLinhVuc": dossier.field_name,
        "SoBienNhan": dossier.code,
        "KenhThucHien": values.CHANNELS[dossier.channel],
        "ChuHoSo": applicant.full_name,
        "SoGiayToChuHoSo": number,
        "LoaiDoiTuong": values.APPLICANT_KINDS[applicant.kind],
        "MaDoiTuong": "",
        "ThongTinKhac": "",
        "Email": applicant.email,
        "Fax": "",
        "SoDienThoai": applicant.phone,
        "TrichYeuHoSo": dossier.procedure_name[:_LONGEST_SUMMARY],
        "NgayNopHoSo": values.instant(dossier.received_at),
        "NgayTiepNhan": values.instant(state.accepted_at),
        "NgayHenTra": values.instant(state.due.due_at if state.due else None),
        "TrangThaiHoSo": str(int(state.status)),
        "NgayKetThucXuLy": values.instant(state.result.decided_at if state.result else None),
        "NgayTra": values.instant(whole.at if whole else None),
        "NgayTuChoi": values.instant(said.refused_at),
        "ThongTinTra": "",
        "HinhThuc": values.RETURN_WAYS[dossier.result_channel],
        "DonViXuLy": said.competent_unit_name,
        "GhiChu": "",
        "NoiNopHoSo": values.HANDED_IN_HERE,
        "HoSoCoThanhPhanSoHoa": _flag(is_set=any(not paper.is_withdrawn for paper in said.papers)),
        "TaiKhoanDuocXacThucVoiVNeID": values.NO,
        "DuocThanhToanTrucTuyen": _payment(dossier, state),
        "DinhDanhCHS": list(_identities(applicant)),
        "DSKetNoiCSDL": [],
        "TaiLieuNop": [_paper(paper) for paper in said.papers],
        "DanhSachLePhi": list(_fees(dossier)),
        "DanhSachTepDinhKemKhac": [],
        "DanhSachHoSoBoSung": list(_supplements(state, said.supplements)),
        "DanhSachGiayToKetQua": list(_results(state)),
    }


def _flag(*, is_set: bool) -> str:
    return values.YES if is_set else values.NO


def _payment(dossier: Dossier, state: DossierState) -> str:
    has_fee = bool(compute_fees(dossier.fees, channel=dossier.channel).due_lines)
    return values.NOT_PAID_ONLINE if has_fee or state.payment_due else values.NOTHING_TO_PAY


def _identities(party: Party) -> Iterator[Fields]:
    for number in (party.id_number, party.old_id_number):
        kind = {12: values.CITIZEN_NUMBER, 9: values.OLD_NUMBER}.get(len(number)) if number.isdigit() else None
        if kind is not None:
            yield {"LoaiDinhDanh": kind, "SoDinhDanh": number}


def _paper(paper: AttachedPaper) -> Fields:
    return {
        "TepDinhKemId": paper.id,
        "TenTepDinhKem": paper.title[:_LONGEST_FILE_NAME],
        "IsDeleted": "True" if paper.is_withdrawn else "False",
        "MaThanhPhanHoSo": paper.component_code,
        "DuongDanTaiTepTin": "",
        "DuocSoHoa": values.YES,
        "DuocTaiSuDung": _flag(is_set=paper.is_reused),
        "DuocLayTuKhoDMQG": _flag(is_set=paper.is_from_store),
        "MaKetQuaThayThe": "",
    }


def _fees(dossier: Dossier) -> Iterator[Fields]:
    for line in compute_fees(dossier.fees, channel=dossier.channel).due_lines:
        yield {
            "TenPhiLePhi": line.line.name,
            "MaPhiLePhi": "",
            "HinhThucThu": "",
            "Gia": "" if line.amount is None else str(line.amount),
            "LoaiPhiLePhi": values.FEE_KINDS[line.line.kind],
        }


def _supplements(state: DossierState, words: Sequence[SupplementWords]) -> Iterator[Fields]:
    waits = [pause for pause in state.pauses if pause.cause is PauseCause.SUPPLEMENT]
    moves = [change for change in state.due_changes if change.cause is DueChangeCause.SUPPLEMENT]
    for place, (pause, said) in enumerate(zip(waits, words, strict=False)):
        move = next((one for one in moves if pause.ended_at is not None and one.at == pause.ended_at), None)
        yield {
            "HoSoBoSungId": str(place + 1),
            "NguoiYeuCauBoSung": said.asked_by,
            "NoiDungBoSung": said.reason,
            "NgayBoSung": values.instant(pause.began_at),
            "NguoiTiepNhanBoSung": said.received_by,
            "ThongTinTiepNhan": said.note,
            "NgayTiepNhanBoSung": values.instant(pause.ended_at),
            "TrangThaiBoSung": _is_answered(pause),
            "DanhSachGiayToBoSung": [{"TenGiayTo": name} for name in said.missing],
            "DanhSachLePhiBoSung": [],
            "NgayHenTraTruoc": values.instant(move.due_before if move else None),
            "NgayHenTraMoi": values.instant(move.due_after if move else None),
        }


def _is_answered(pause: Pause) -> str:
    """TrangThaiBoSung: 0 asked, 1 received (unverified)."""
    return _flag(is_set=pause.ended_at is not None)


def _results(state: DossierState) -> Iterator[Fields]:
    if state.result is None or state.status not in (Status.RESOLVED, Status.RETURNED):
        return
    results = [leg.result for leg in state.leg_results] or [state.result]
    for place, result in enumerate(results):
        yield {
            "TenGiayTo": result.summary or result.kind,
            "MaThanhPhanHoSo": "",
            "GiayToId": str(place + 1),
            "DuongDanTepTinKetQua": "",
            "MaGiayToKetQua": "",
        }
