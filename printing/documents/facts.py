"""The facts of a dossier in the words of Vietnamese office papers.

Numbers below ten are written with a leading zero so that nothing can be put in front of them; of months only
1 and 2 (Nghị định 30/2020/NĐ-CP, phụ lục I, phần I, mục II.4).
"""

from collections.abc import Mapping
from datetime import datetime

from counter_app.core.clock import to_local
from counter_app.core.text import nfc
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.fees import QuotedLine, compute_fees
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.procedure import FeeLine
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from resources.forms import common_wording

_MOST_ALTERNATIVES = 2


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
    return common_wording().money.amount.format(amount=_dotted(amount))


def _dotted(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def _price_words(quoted: QuotedLine) -> str:
    """Return the amount, else the price of a unit with its tiers, else that it is the local rate."""
    money, line = common_wording().money, quoted.line
    if quoted.amount is not None:
        return money_words(quoted.amount)
    if quoted.unit_amount is None:
        return money.local
    unit = money.per.get(line.per, line.per)
    words = money.unit.format(amount=_dotted(quoted.unit_amount), unit=unit)
    for tier in line.tiers:
        words += money.tier.format(unit=unit, from_unit=tier.from_unit, amount=_dotted(tier.amount))
    return words + money.by_count.format(unit=unit)


def _line_words(quoted: QuotedLine) -> str:
    return common_wording().money.line.format(name=nfc(quoted.line.name), amount=_price_words(quoted))


def _alternative_words(lines: tuple[QuotedLine, ...]) -> str:
    """Return the rates of which one is paid, while there is room for them on the paper."""
    money = common_wording().money
    if len(lines) > _MOST_ALTERNATIVES or any(quoted.unit_amount is None for quoted in lines):
        return money.by_case
    return money.alternative.join(_line_words(quoted) for quoted in lines)


def fee_words(fees: tuple[FeeLine, ...], *, dossier_count: int = 1) -> str:
    """Return what is to be paid as far as it is known, in the fewest words that are true.

    Lines that are paid only under a condition are left out: the paper cannot know whether it is met.
    """
    common = common_wording()
    quote = compute_fees(fees, quantities={"dossier": dossier_count})
    due = quote.due_lines
    if due and all(quoted.unit_amount is None for quoted in due) and not quote.alternatives:
        return common.money.all_local
    words = [_line_words(quoted) for quoted in due]
    if quote.alternatives:
        words.append(_alternative_words(quote.alternatives))
    if not words:
        return common.nothing_to_pay
    if len(words) > 1 and quote.is_complete:
        words.append(common.money.total.format(amount=money_words(quote.total)))
    return "; ".join(words)


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
        "fees": fee_words(data.fees, dossier_count=data.dossier_count),
        "reason": nfc(data.reason),
        "clerk": nfc(data.clerk_name),
        "contact": contact_words(data),
    }
