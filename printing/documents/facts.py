"""The facts of a dossier in the words of Vietnamese office papers.

Numbers below ten are written with a leading zero so that nothing can be put in front of them; of months only
1 and 2 (Nghị định 30/2020/NĐ-CP, phụ lục I, phần I, mục II.4).
"""

from collections.abc import Mapping
from datetime import datetime

from counter_app.core.clock import to_local
from counter_app.core.text import nfc
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.forms import SlipData
from counter_app.domain.procedure import FeeLine
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from resources.forms import common_wording


def date_words(instant: datetime) -> str:
    """Return ``ngày 05 tháng 9 năm 2026`` in Vietnamese local time."""
    local = to_local(instant)
    month = f"{local.month:02}" if local.month <= 2 else str(local.month)
    return common_wording().date.format(day=f"{local.day:02}", month=month, year=local.year)


def moment_words(instant: datetime | None) -> str:
    """Return ``08 giờ 05 phút, ngày ...``, or "" for none."""
    if instant is None:
        return ""
    local = to_local(instant)
    return common_wording().moment.format(
        hour=f"{local.hour:02}", minute=f"{local.minute:02}", date=date_words(instant)
    )


def limit_words(limit: TimeLimit | None) -> str:
    """Return ``03 ngày làm việc``, or "" where the procedure states no limit."""
    if limit is None:
        return ""
    if limit.unit is not TimeUnit.SAME_DAY and limit.amount <= 0:
        return nfc(limit.text)
    return common_wording().limit[limit.unit.value].format(amount=f"{limit.amount:02}")


def money_words(amount: int) -> str:
    """Return whole đồng as ``1.150.000 đồng``."""
    return common_wording().money.amount.format(amount=f"{amount:,}".replace(",", "."))


def _fee_words(line: FeeLine) -> str:
    money = common_wording().money
    if line.amount == 0:
        amount = money.free
    else:
        amount = money_words(line.amount)
        if line.per != "dossier":
            amount += f"/{money.per.get(line.per, line.per)}"
    return money.line.format(name=nfc(line.name), amount=amount)


def fee_words(fees: tuple[FeeLine, ...]) -> str:
    """Return the fee lines one after the other; a total only where every line counts once per dossier."""
    common = common_wording()
    if not fees:
        return common.nothing_to_pay
    words = "; ".join(_fee_words(line) for line in fees)
    if len(fees) > 1 and all(line.per == "dossier" for line in fees):
        total = money_words(sum(line.amount for line in fees))
        words += f"; {common.money.total.format(amount=total)}"
    return words


def result_place_words(data: SlipData) -> str:
    """Return where the applicant asked to get the result."""
    places = common_wording().result_place
    address = nfc(data.delivery_address)
    if data.result_channel is ResultChannel.POST:
        return places["post"].format(address=address) if address else places["post_without_address"]
    return places[data.result_channel.value].format(desk=nfc(data.head.desk_name))


def contact_words(data: SlipData) -> str:
    """Return whom to ask: clerk, desk, and the unit's telephone where there is one."""
    parts = [nfc(part) for part in (data.clerk_name, data.head.desk_name) if nfc(part)]
    if hotline := nfc(data.head.hotline):
        parts.append(f"số điện thoại {hotline}")
    return ", ".join(parts)


def facts_of(data: SlipData) -> Mapping[str, str]:
    """Return every fact a form may name, as text; unknown ones are ""."""
    applicant, submitter = nfc(data.applicant_name), nfc(data.submitter_name)
    return {
        "desk": nfc(data.head.desk_name),
        "applicant": applicant,
        "submitter": "" if submitter == applicant else submitter,
        "submitter_or_applicant": submitter or applicant,
        "authorisation": nfc(data.authorisation),
        "address": nfc(data.address),
        "phone": nfc(data.phone),
        "email": nfc(data.email),
        "id_number": nfc(data.id_number),
        "procedure": nfc(data.procedure_name),
        "dossier_count": f"{data.dossier_count:02} (bộ)",
        "limit": limit_words(data.limit),
        "received": moment_words(data.received_at),
        "due": moment_words(data.due_at),
        "result_place": result_place_words(data),
        "fees": fee_words(data.fees),
        "reason": nfc(data.reason),
        "clerk": nfc(data.clerk_name),
        "contact": contact_words(data),
    }
