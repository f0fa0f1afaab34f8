"""The wording of a form in its set, checked against what the form can say before anything is printed with it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.forms.kinds import KINDS, Form, FormSet
from printing.documents.offer import Offer, TableSource, list_placeholders
from printing.documents.offers import OFFERS
from resources.forms import (
    AnnexWording,
    FormWording,
    LineWording,
    SignatureWording,
    TableWording,
    WordingFault,
    list_overlay_files,
    load_wording,
    shipped_file,
)

_MOST_DETAIL = 200
_PAGE_TOTAL = frozenset({"rows", "so_far"})


def set_of(form: Form, form_set: FormSet) -> FormSet:
    """Return the set that words a form: the dossier's own, else the first that has the form at all."""
    sets = KINDS[form].sets
    return form_set if form_set in sets else sets[0]


def form_wording(form_set: FormSet, form: Form, overlay: Path | None = None) -> FormWording:
    """Return the words of a form in a set; a file of the same relative name in the overlay wins as a whole.

    Safe from any thread; files are read again only when they change.

    Raises:
        UserError: ``forms.bad_wording`` for a file that cannot be read, or names what the form cannot say.
    """
    try:
        wording = load_wording(_file_of(form_set, form), overlay)
        _check(wording, form, form_set)
    except WordingFault as fault:
        raise _refused(fault) from fault
    return wording


def list_wording_problems(overlay: Path) -> tuple[UserError, ...]:
    """Return an error for every file in an overlay folder that cannot be used, none when all can.

    Each is ``forms.bad_wording`` with the file's name; a file that no form has is one too, since nobody reads it.
    """
    try:
        names = list_overlay_files(overlay)
    except WordingFault as error:
        return (_refused(error),)
    faults = (_find_fault(name, overlay) for name in names)
    return tuple(_refused(found) for found in faults if found is not None)


def _file_of(form_set: FormSet, form: Form) -> str:
    return shipped_file(set_of(form, form_set).name.lower(), form.value)


@lru_cache(maxsize=1)
def _uses() -> dict[str, tuple[Form, FormSet]]:
    """Return the relative name of every file that comes with the program, and one form and set that use it."""
    return {_file_of(form_set, kind.form): (kind.form, form_set) for kind in KINDS.values() for form_set in kind.sets}


def _find_fault(name: str, overlay: Path) -> WordingFault | None:
    use = _uses().get(name)
    if use is None:
        return WordingFault(name, "no form has this file")
    try:
        _check(load_wording(name, overlay), *use)
    except WordingFault as fault:
        return fault
    return None


def _refused(fault: WordingFault) -> UserError:
    return UserError("forms.bad_wording", file=nfc(fault.file), detail=nfc(fault.detail)[:_MOST_DETAIL])


def _check(wording: FormWording, form: Form, form_set: FormSet) -> None:
    fault = next(_faults(wording, form), "")
    if fault:
        raise WordingFault(_file_of(form_set, form), fault)


def _faults(wording: FormWording, form: Form) -> Iterator[str]:
    offer = OFFERS[form]
    names = offer.facts.keys()
    if wording.sheet and wording.sheet not in KINDS[form].sheets:
        yield f"sheet: {wording.sheet} does not suit this form"
    yield from _unknown(wording.subtitle, names, "subtitle")
    for at, text in enumerate(wording.recipients):
        yield from _unknown(text, names, f"recipients[{at}]")
    if wording.cover is not None:
        for at, text in enumerate(wording.cover.lines):
            yield from _unknown(text, names, f"cover.lines[{at}]")
    yield from _part_faults(wording, wording, offer, "")
    if wording.annex is not None:
        yield from _unknown(wording.annex.subtitle, names, "annex.subtitle")
        yield from _part_faults(wording.annex, wording, offer, "annex.")
    for name, table in wording.tables.items():
        source = offer.tables.get(name)
        yield from _table_faults(table, source, f"tables.{name}") if source else (f"tables: unknown table {name}",)


def _part_faults(part: FormWording | AnnexWording, whole: FormWording, offer: Offer, where: str) -> Iterator[str]:
    for at, line in enumerate(part.lines):
        yield from _line_faults(line, whole, offer, f"{where}lines[{at}]")
    for at, signature in enumerate(part.signatures):
        yield from _signature_faults(signature, offer, f"{where}signatures[{at}]")


def _line_faults(line: LineWording, wording: FormWording, offer: Offer, where: str) -> Iterator[str]:
    names = offer.facts.keys()
    if not (line.fields or line.text or line.table):
        yield f"{where}: says nothing"
    if line.table and line.table not in wording.tables:
        yield f"{where}: no table {line.table} in this file"
    for name in (*(field.value for field in line.fields), line.when, line.unless):
        if name and name not in names:
            yield f"{where}: unknown fact {name}"
    if any(not field.value for field in line.fields):
        yield f"{where}: a field without a fact"
    yield from _unknown(line.text, names, f"{where}.text")


def _signature_faults(signature: SignatureWording, offer: Offer, where: str) -> Iterator[str]:
    if signature.name and signature.name not in offer.facts:
        yield f"{where}: unknown fact {signature.name}"


def _table_faults(table: TableWording, source: TableSource, where: str) -> Iterator[str]:
    keys = {"number", *source.cells}
    for column in table.columns:
        if column.key not in keys:
            yield f"{where}: unknown column {column.key}"
    yield from _unknown(table.page_total, _PAGE_TOTAL, f"{where}.page_total")
    if table.words.keys() != source.words.keys():
        yield f"{where}.words: must be {', '.join(sorted(source.words)) or 'empty'}"
        return
    for name, text in table.words.items():
        yield from _unknown(text, source.words[name], f"{where}.words.{name}")


def _unknown(text: str, names: AbstractSet[str], where: str) -> Iterator[str]:
    """Yield what is in braces and no fact of this form."""
    try:
        found = list(list_placeholders(text))
    except ValueError as error:
        yield f"{where}: {error}"
        return
    for name in found:
        if name not in names:
            yield f"{where}: unknown fact {name}"
