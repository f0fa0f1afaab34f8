"""The facts of a paper in words, by the names that wording files use; an unknown fact is ""."""

from collections.abc import Callable

from counter_app.core.text import nfc
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.forms.facts import ClosingData, HandoverData, ListedDossier, RegisterData, SlipData
from counter_app.domain.money_words import dong_in_words
from printing.documents.fee_words import fee_words, taken_amount
from printing.documents.offer import Facts
from printing.documents.words import (
    amount_words,
    date_words,
    day_words,
    dotted,
    limit_words,
    moment_words,
    short_date,
    short_day,
)
from resources.forms import common_wording

_HASH_GROUP = 8


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
        parts.append(common_wording().contact_phone.format(hotline=hotline))
    return ", ".join(parts)


def _submitter(data: SlipData) -> str:
    """Return the submitter where it is somebody else than the applicant."""
    submitter = nfc(data.submitter_name)
    return "" if submitter == nfc(data.applicant_name) else submitter


def _number(data: SlipData | HandoverData) -> str:
    return nfc(data.details.number)


def _amount(data: SlipData) -> str:
    amount = taken_amount(data)
    return amount_words(amount) if amount is not None else ""


def _amount_in_words(data: SlipData) -> str:
    amount = taken_amount(data)
    return dong_in_words(amount) if amount is not None else ""


def _listed_count(data: SlipData | HandoverData) -> str:
    listed = data.listed if isinstance(data, SlipData) else data.rows
    return f"{len(listed):02}" if listed else ""


def _sets_count(data: SlipData | HandoverData) -> str:
    listed = data.listed if isinstance(data, SlipData) else data.rows
    return f"{sum(one.dossier_count for one in listed):02}" if listed else ""


def _of_all(data: SlipData, words_of: Callable[[ListedDossier], str], own: str) -> str:
    """Return what all dossiers handed in together share, else that the list says it; `own` where there is no list."""
    words = {words_of(line) for line in data.listed}
    if not words:
        return own
    return words.pop() if len(words) == 1 else common_wording().see_list


def _is_of_one(data: SlipData) -> bool:
    """Namesakes are not one person: their numbers tell them apart."""
    return len({(nfc(line.applicant_name), nfc(line.id_number)) for line in data.listed}) < 2


def _result_place_of_all(data: SlipData) -> str:
    channels = {line.result_channel for line in data.listed}
    is_one = len(channels) < 2 and (_is_of_one(data) or ResultChannel.POST not in channels)
    return result_place_words(data) if is_one else common_wording().each_own


HEAD_FACTS: Facts = {
    "blank": lambda _data: "",
    "desk": lambda data: nfc(data.head.desk_name),
    "parent": lambda data: nfc(data.head.parent_name),
    "place": lambda data: nfc(data.head.place_name),
    "hotline": lambda data: nfc(data.head.hotline),
    "lookup": lambda data: nfc(data.head.lookup_url),
    "unit_address": lambda data: nfc(data.head.address),
    "unit_tax_code": lambda data: nfc(data.head.tax_code),
    "clerk": lambda data: nfc(data.clerk_name),
    "issued": lambda data: moment_words(data.issued_at),
    "issued_date": lambda data: date_words(data.issued_at),
}

_DETAIL_FACTS: Facts = {
    "paper_number": _number,
    "giver": lambda data: nfc(data.details.giver),
    "giver_or_clerk": lambda data: nfc(data.details.giver) or nfc(data.clerk_name),
    "giver_phone": lambda data: nfc(data.details.giver_phone),
    "giver_phone_or_hotline": lambda data: nfc(data.details.giver_phone) or nfc(data.head.hotline),
    "receiver": lambda data: nfc(data.details.receiver),
    "receiver_phone": lambda data: nfc(data.details.receiver_phone),
    "bag": lambda data: nfc(data.details.bag),
    "seal": lambda data: nfc(data.details.seal),
    "note": lambda data: nfc(data.details.note),
    "code": lambda data: nfc(data.code),
    "listed_count": _listed_count,
    "sets_count": _sets_count,
}

SLIP_FACTS: Facts = {
    **HEAD_FACTS,
    **_DETAIL_FACTS,
    "applicant": lambda data: nfc(data.applicant_name),
    "submitter": _submitter,
    "submitter_or_applicant": lambda data: nfc(data.submitter_name) or nfc(data.applicant_name),
    "authorisation": lambda data: nfc(data.authorisation),
    "address": lambda data: nfc(data.address),
    "phone": lambda data: nfc(data.phone),
    "email": lambda data: nfc(data.email),
    "id_number": lambda data: nfc(data.id_number),
    "procedure": lambda data: nfc(data.procedure_name),
    "procedure_code": lambda data: nfc(data.procedure_code),
    "field": lambda data: nfc(data.field_name),
    "competent": lambda data: nfc(data.competent_name),
    "resolved_elsewhere": lambda data: nfc(data.competent_name) if data.is_for_other_unit else "",
    "dossier_count": lambda data: common_wording().dossier_count.format(count=f"{data.dossier_count:02}"),
    "limit": lambda data: limit_words(data.limit),
    "received": lambda data: moment_words(data.received_at),
    "received_date": lambda data: date_words(data.received_at),
    "due": lambda data: moment_words(data.due_at),
    "due_date": lambda data: date_words(data.due_at),
    "due_short": lambda data: short_date(data.due_at),
    "second_received": lambda data: moment_words(data.details.second_received_at),
    "second_due": lambda data: moment_words(data.details.second_due_at),
    "new_due": lambda data: moment_words(data.details.new_due_at),
    "new_due_date": lambda data: date_words(data.details.new_due_at),
    "result_place": result_place_words,
    "fees": lambda data: fee_words(data.fees, dossier_count=data.dossier_count),
    "reason": lambda data: nfc(data.details.reason) or nfc(data.reason),
    "contact": contact_words,
    "stage": lambda data: nfc(data.details.stage),
    "decision": lambda data: nfc(data.details.decision),
    "settlement": lambda data: nfc(data.details.settlement),
    "signer_name": lambda data: nfc(data.details.signer_name),
    "result_kind": lambda data: nfc(data.details.result_kind),
    "result_number": lambda data: nfc(data.details.result_number),
    "result_summary": lambda data: nfc(data.details.result_summary),
    "result_date": lambda data: day_words(data.details.result_on),
    "serial_form": lambda data: nfc(data.details.serial_form),
    "serial": lambda data: nfc(data.details.serial),
    "payer": lambda data: nfc(data.details.payer) or nfc(data.submitter_name) or nfc(data.applicant_name),
    "payment": lambda data: nfc(data.details.payment),
    "listed_applicant": lambda data: _of_all(data, lambda line: nfc(line.applicant_name), nfc(data.applicant_name)),
    "listed_address": lambda data: _of_all(data, lambda line: nfc(line.address), nfc(data.address)),
    "listed_id_number": lambda data: nfc(data.id_number) if _is_of_one(data) else "",
    "listed_procedure": lambda data: _of_all(data, lambda line: nfc(line.procedure_name), nfc(data.procedure_name)),
    "listed_limit": lambda data: _of_all(data, lambda line: limit_words(line.limit), limit_words(data.limit)),
    "listed_received": lambda data: _of_all(
        data, lambda line: moment_words(line.received_at), moment_words(data.received_at)
    ),
    "listed_due": lambda data: _of_all(data, lambda line: moment_words(line.due_at), moment_words(data.due_at)),
    "listed_result_place": _result_place_of_all,
    "amount": _amount,
    "amount_in_words": _amount_in_words,
}

HANDOVER_FACTS: Facts = {**HEAD_FACTS, **_DETAIL_FACTS}


def _years(data: RegisterData) -> str:
    first, last = data.first_day.year, data.last_day.year
    return str(first) if first == last else f"{first} - {last}"


def _last_number(data: RegisterData) -> str:
    return str(data.first_number + len(data.rows) - 1) if data.rows else ""


REGISTER_FACTS: Facts = {
    **HEAD_FACTS,
    "year": _years,
    "book": lambda data: nfc(data.book),
    "first_day": lambda data: short_day(data.first_day),
    "last_day": lambda data: short_day(data.last_day),
    "first_number": lambda data: str(data.first_number) if data.rows else "",
    "last_number": _last_number,
    "rows_count": lambda data: dotted(len(data.rows)),
}


def _hash(data: ClosingData) -> str:
    digits = data.journal_head.hash.hex() if data.journal_head is not None else ""
    return " ".join(digits[start : start + _HASH_GROUP] for start in range(0, len(digits), _HASH_GROUP))


def _collected(data: ClosingData) -> int:
    return sum(line.amount for line in data.collected if line.counts)


CLOSING_FACTS: Facts = {
    **HEAD_FACTS,
    "day": lambda data: day_words(data.day),
    "day_short": lambda data: short_day(data.day),
    "desk_label": lambda data: nfc(data.desk_label),
    "received_count": lambda data: dotted(data.accepted + data.supplement_asked + data.refused),
    "accepted": lambda data: dotted(data.accepted),
    "supplement_asked": lambda data: dotted(data.supplement_asked),
    "refused": lambda data: dotted(data.refused),
    "first_code": lambda data: nfc(data.first_code),
    "last_code": lambda data: nfc(data.last_code),
    "prints": lambda data: dotted(data.prints),
    "reprints": lambda data: dotted(data.reprints),
    "owed": lambda data: ", ".join(nfc(code) for code in data.owed),
    "owed_count": lambda data: dotted(len(data.owed)),
    "fees_known": lambda data: amount_words(data.fees_known),
    "fees_open": lambda data: dotted(data.fees_open) if data.fees_open else "",
    "collected_total": lambda data: amount_words(_collected(data)) if data.collected else "",
    "journal_epoch": lambda data: str(data.journal_head.epoch) if data.journal_head else "",
    "journal_number": lambda data: dotted(data.journal_head.seq) if data.journal_head else "",
    "journal_hash": _hash,
}
