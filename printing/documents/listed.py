"""Tables with a dossier in each line: registers and papers about things that change hands."""

from collections.abc import Callable, Sequence

from counter_app.core.text import nfc
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.forms.facts import ListedDossier
from printing.blocks import Cell
from printing.documents.offer import Facts, TableSource
from printing.documents.words import dotted, limit_words, short_date
from resources.forms import common_wording


def _tick(*, stands: bool) -> str:
    return common_wording().tick if stands else ""


def _by_post(line: ListedDossier) -> bool:
    return line.result_channel is ResultChannel.POST


def listed_source(
    rows_of: Callable[..., Sequence[ListedDossier]],
    *,
    first_number: Callable[..., int] = lambda _data: 1,
) -> TableSource:
    """Return a table of dossiers: `rows_of` takes the paper's data."""
    totals: Facts = {
        "count": lambda data: dotted(sum(line.dossier_count for line in rows_of(data))),
        "code": lambda data: dotted(len(rows_of(data))),
    }
    return TableSource(
        items=lambda data, _wording: rows_of(data),
        cells={
            "code": lambda line: nfc(line.code),
            "procedure": lambda line: nfc(line.procedure_name),
            "procedure_and_code": lambda line: Cell(nfc(line.procedure_name), nfc(line.code)),
            "applicant": lambda line: nfc(line.applicant_name),
            "competent": lambda line: nfc(line.competent_name),
            "address": lambda line: nfc(line.address),
            "phone": lambda line: nfc(line.phone),
            "address_and_phone": lambda line: Cell(nfc(line.address), nfc(line.phone)),
            "received": lambda line: short_date(line.received_at),
            "due": lambda line: short_date(line.due_at),
            "returned": lambda line: short_date(line.returned_at),
            "limit": lambda line: limit_words(line.limit),
            "count": lambda line: dotted(line.dossier_count),
            "result": lambda line: nfc(line.result),
            "channel": lambda line: common_wording().channel[line.result_channel.value],
            "has_fees": lambda line: _tick(stands=line.has_fees),
            "by_post": lambda line: _tick(stands=_by_post(line)),
            "note": lambda line: nfc(line.note),
            "blank": lambda _line: "",
        },
        totals=totals,
        first_number=first_number,
    )
