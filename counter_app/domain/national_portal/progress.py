"""``CapNhatTienDoHoSoMC``: what was done with a dossier, at most ten steps a call."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from counter_app.domain.dossier import Status
from counter_app.domain.national_portal import values
from counter_app.domain.national_portal.dossier import Fields

MOST_STEPS = 10
_LONGEST_NAME = 50


class StepSaid(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the dossier: who, at which desk, when, what in words without personal data, and what follows."""

    clerk_name: str
    desk_name: str
    at: datetime
    what: str
    status: Status
    due_at: datetime | None


def progress_payloads(code: str, steps: Sequence[StepSaid]) -> tuple[list[Fields], ...]:
    """Return the steps in order, in calls of at most ten; a step begins when the one before was done."""
    begun = [None, *(before.at for before, _ in pairwise(steps))]
    records = [_step(code, step, begun_at) for step, begun_at in zip(steps, begun, strict=bool(steps))] if steps else []
    return tuple(records[start : start + MOST_STEPS] for start in range(0, len(records), MOST_STEPS))


def _step(code: str, step: StepSaid, begun_at: datetime | None) -> Fields:
    return {
        "MaHoSo": code,
        "NguoiXuLy": step.clerk_name[:_LONGEST_NAME],
        "ChucDanh": "",
        "ThoiDiemXuLy": values.instant(step.at),
        "PhongBanXuLy": step.desk_name,
        "NoiDungXuLy": step.what,
        "TrangThai": str(int(step.status)),
        "NgayBatDau": values.instant(begun_at or step.at),
        "NgayKetThucTheoQuyDinh": values.instant(step.due_at),
    }
