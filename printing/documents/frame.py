"""Puts the facts into the lines of a form and repeats the whole for every copy (liên)."""

from collections.abc import Iterator, Mapping, Sequence

from counter_app.core.text import nfc
from counter_app.domain.dossier import Paper
from counter_app.domain.forms.facts import SlipData
from printing.blocks import (
    Block,
    CodeBlock,
    Copy,
    Field,
    FieldLine,
    NationalHeader,
    Notes,
    PaperRow,
    PaperTable,
    Sentence,
    Signature,
    Signatures,
    Slip,
    Title,
)
from printing.documents.facts import date_words, facts_of
from printing.documents.form_sets import circular_name
from resources.forms import FormWording, LineWording, common_wording

# Enough empty rows to write on when nothing was ticked.
_BLANK_ROWS = 3


def _header(data: SlipData) -> NationalHeader:
    common = common_wording()
    date = date_words(data.issued_at)
    place = nfc(data.head.place_name)
    return NationalHeader(
        parent_name=nfc(data.head.parent_name).upper(),
        agency_name=nfc(data.head.desk_name).upper(),
        nation=common.nation,
        motto=common.motto,
        place_date=common.place_date.format(place=place, date=date) if place else date.capitalize(),
    )


def _count(pieces: int) -> str:
    return f"{pieces:02}" if pieces else ""


def _table(papers: Sequence[Paper]) -> PaperTable:
    rows = tuple(
        PaperRow(
            number=str(number),
            name=nfc(paper.name),
            note=nfc(paper.note),
            original=_count(paper.original),
            certified=_count(paper.certified),
            copy=_count(paper.copy),
        )
        for number, paper in enumerate(papers, start=1)
    )
    heads = common_wording().table
    return PaperTable(
        number=heads.number,
        name=heads.name,
        counts=heads.counts,
        original=heads.original,
        certified=heads.certified,
        copy=heads.copy,
        rows=rows or (PaperRow("", "", "", "", "", ""),) * _BLANK_ROWS,
    )


def _line(line: LineWording, facts: Mapping[str, str], papers: Sequence[Paper]) -> Iterator[Block]:
    if line.fields:
        fields = tuple(Field(field.label, facts[field.value], field.strong) for field in line.fields)
        if not line.optional or any(field.value for field in fields):
            yield FieldLine(fields)
    if line.text:
        yield Sentence(nfc(line.text.format_map(facts)), introduces=line.table or line.text.endswith(":"))
    if line.table:
        yield _table(papers)


def _notes(data: SlipData) -> tuple[str, ...]:
    common, head = common_wording(), data.head
    lines = [nfc(note) for note in head.notes]
    if lookup := nfc(head.lookup_url):
        lines.append(common.lookup.format(url=lookup))
    if hotline := nfc(head.hotline):
        lines.append(common.hotline.format(hotline=hotline))
    return tuple(line for line in lines if line)


def _title(data: SlipData, form: FormWording, number: int) -> Title:
    common = common_wording()
    holders = common.copy_holders
    return Title(
        text=form.title,
        copy_mark=common.copy_mark.format(number=number, holder=holders[min(number, len(holders)) - 1])
        if form.copy_marks
        else "",
        reprint_mark=common.reprint.format(ordinal=data.reprint) if data.reprint else "",
    )


def _copy(data: SlipData, form: FormWording, papers: Sequence[Paper], number: int) -> Copy:
    common, facts, code = common_wording(), facts_of(data), nfc(data.code)
    blocks: list[Block] = [_header(data)]
    if code:
        blocks.append(CodeBlock(common.code, code))
    blocks.append(_title(data, form, number))
    for line in form.lines:
        blocks.extend(_line(line, facts, papers))
    blocks.append(Signatures(tuple(Signature(s.title, s.hint, facts[s.name]) for s in form.signatures)))
    if notes := _notes(data):
        blocks.append(Notes(notes))
    which = f"{common.copy_short.format(number=number)} · " if form.copy_marks else ""
    return Copy(
        blocks=tuple(blocks),
        foot_left=f"{common.code} {code}" if code else "",
        foot_middle=f"{which}{form.number}, {circular_name(data.form_set)}",
    )


def frame_slip(data: SlipData, form: FormWording, papers: Sequence[Paper], *, copies: int) -> Slip:
    """Return the slip with that many copies; each carries its own header, code, title and signatures."""
    code = nfc(data.code)
    name = form.title.capitalize()
    return Slip(
        title=f"{name} {code}".strip(),
        author=nfc(data.head.desk_name),
        page_wording=common_wording().page,
        copies=tuple(_copy(data, form, papers, number) for number in range(1, copies + 1)),
    )
