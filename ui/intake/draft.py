"""The page's fields as a draft and back. Every name and value is plain text, so a draft outlives any widget."""

from collections.abc import Mapping

from counter_app.domain.person import FieldSource
from counter_app.services.answers.drafts import Draft
from ui.intake.state import PAGE, Counts, TypedForm

_SOURCE = "source:"
_COUNTS = "papers"
_MOST_OF_ONE = 99


def to_draft(form: TypedForm, *, procedure_code: str, focus: str, cursor: int) -> Draft:
    """Return the draft of a form: texts by field, ``source:<field>``, ``procedure`` and the counted papers."""
    fields = {name: text for name, text in form.texts.items() if text}
    fields.update({f"{_SOURCE}{name}": source.value for name, source in form.sources.items() if form.text(name)})
    if any(any(counts) for counts in form.counts):
        fields[_COUNTS] = ";".join(",".join(str(count) for count in counts) for counts in form.counts)
    if procedure_code:
        fields["procedure.code"] = procedure_code
    return Draft(page=PAGE, fields=fields, focus=focus, cursor=cursor)


def from_draft(draft: Draft) -> tuple[TypedForm, str]:
    """Return the form of a draft and its procedure's code; parts that cannot be read are left out."""
    plain = {
        name: text
        for name, text in draft.fields.items()
        if not name.startswith(_SOURCE) and name not in (_COUNTS, "procedure.code")
    }
    form = TypedForm(
        texts=plain, sources=_read_sources(draft.fields), counts=_read_counts(draft.fields.get(_COUNTS, ""))
    )
    return form, draft.fields.get("procedure.code", "")


def _read_sources(fields: Mapping[str, str]) -> dict[str, FieldSource]:
    known = {source.value: source for source in FieldSource}
    return {
        name.removeprefix(_SOURCE): known[value]
        for name, value in fields.items()
        if name.startswith(_SOURCE) and value in known
    }


def _read_counts(text: str) -> tuple[Counts, ...]:
    lines = []
    for line in text.split(";") if text else ():
        parts = line.split(",")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            return ()
        original, certified, copy = (min(int(part), _MOST_OF_ONE) for part in parts)
        lines.append(Counts(original, certified, copy))
    return tuple(lines)
