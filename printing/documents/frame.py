"""Puts the facts into the lines of a form and repeats the whole for every copy (liên)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from counter_app.core.text import nfc
from counter_app.domain.forms.facts import AgencyHead, ClosingData, FormData, HandoverData, RegisterData, SlipData
from counter_app.domain.forms.kinds import Sheet
from printing.blocks import (
    Block,
    CodeBlock,
    Copy,
    Cover,
    Document,
    Field,
    FieldLine,
    Label,
    NationalHeader,
    Notes,
    PageBreak,
    ScanTexts,
    Sentence,
    Signature,
    Signatures,
    Title,
)
from printing.documents.offer import FactValues, Offer
from printing.documents.offers import OFFERS
from printing.documents.tables import build_table
from printing.documents.wordings import form_wording, set_of
from printing.documents.words import date_words
from resources.forms import AnnexWording, FormWording, LineWording, SignatureWording, common_wording

_NUMBER_DOTS = "………"


@dataclass(frozen=True, slots=True)
class _Paper:
    """One paper being made: its facts, its words, and what it can say."""

    data: FormData
    wording: FormWording
    offer: Offer
    facts: FactValues

    @property
    def head(self) -> AgencyHead:
        return self.data.head


def _place_date(data: FormData) -> str:
    date, place = date_words(data.issued_at), nfc(data.head.place_name)
    return common_wording().place_date.format(place=place, date=date) if place else date.capitalize()


def _number(paper: _Paper) -> str:
    """Return the paper's own number; where none was given, room to write it before its symbol."""
    suffix = paper.wording.number_suffix
    if suffix is None or isinstance(paper.data, RegisterData | ClosingData):
        return ""
    number = nfc(paper.data.details.number)
    if not number or "/" not in number:
        number = f"{number or _NUMBER_DOTS}{suffix}"
    return common_wording().paper_number.format(number=number)


def _header(paper: _Paper) -> NationalHeader:
    common, head = common_wording(), paper.head
    return NationalHeader(
        parent_name=nfc(head.parent_name).upper(),
        agency_name=nfc(head.desk_name).upper(),
        nation=common.nation,
        motto=common.motto,
        place_date=_place_date(paper.data),
        number=_number(paper),
        logo=head.logo,
    )


def _code(data: FormData) -> tuple[str, str]:
    """Return the code that a paper carries and what its QR says, "" for none."""
    match data:
        case SlipData():
            return nfc(data.code), data.scan_text
        case HandoverData():
            return nfc(data.code), ""
        case RegisterData() | ClosingData():
            return "", ""


def _stands(line: LineWording, facts: FactValues) -> bool:
    if (line.when and not facts[line.when]) or (line.unless and facts[line.unless]):
        return False
    if not line.optional:
        return True
    return any(facts[field.value] for field in line.fields) or bool(line.text and not facts.are_unknown(line.text))


def _line(line: LineWording, paper: _Paper) -> Iterator[Block]:
    facts = paper.facts
    if line.fields:
        yield FieldLine(tuple(Field(field.label, facts[field.value], field.strong) for field in line.fields))
    if line.text:
        introduces = bool(line.table) or line.text.endswith(":")
        yield Sentence(facts.filled(line.text), introduces=introduces, strong=line.strong, centred=line.centred)
    if line.table:
        yield build_table(paper.wording.tables[line.table], paper.offer.tables[line.table], paper.data)


def _lines(part: FormWording | AnnexWording, paper: _Paper) -> Iterator[Block]:
    for line in part.lines:
        if _stands(line, paper.facts):
            yield from _line(line, paper)


def _signer_title(one: SignatureWording, paper: _Paper) -> str:
    """Return under which title is signed: the clerk's word, else the unit's for this form, else the usual one."""
    own = ""
    if one.signer:
        details = paper.data.details if isinstance(paper.data, SlipData | HandoverData) else None
        own = (nfc(details.signer_title) if details else "") or nfc(paper.head.signers.get(paper.data.form.value, ""))
    return own.upper() or one.title


def _signature(one: SignatureWording, paper: _Paper) -> Signature:
    return Signature(_signer_title(one, paper), one.hint, paper.facts[one.name] if one.name else "")


def _signatures(part: FormWording | AnnexWording, paper: _Paper) -> Iterator[Block]:
    signed = tuple(_signature(one, paper) for one in part.signatures)
    if signed:
        yield Signatures(signed, _place_date(paper.data) if paper.wording.signed_on else "")


def _recipients(paper: _Paper) -> Iterator[Block]:
    if paper.wording.recipients:
        yield Sentence(common_wording().recipients, introduces=True, strong=True)
        yield from (Sentence(paper.facts.filled(line)) for line in paper.wording.recipients)


def _notes(paper: _Paper) -> Iterator[Block]:
    common, head, asked = common_wording(), paper.head, paper.wording.unit_notes
    if asked == "none":
        return
    lines = [nfc(note) for note in head.notes] if asked == "all" else []
    if lookup := nfc(head.lookup_url):
        check = paper.data.lookup_check if isinstance(paper.data, SlipData) else ""
        wording = common.lookup_checked if check else common.lookup
        lines.append(wording.format(url=lookup, check=check))
    if hotline := nfc(head.hotline):
        lines.append(common.hotline.format(hotline=hotline))
    if found := tuple(line for line in lines if line):
        yield Notes(found)


def _scan_texts(paper: _Paper) -> Iterator[Block]:
    if isinstance(paper.data, HandoverData) and (texts := paper.data.scan_texts):
        yield ScanTexts(common_wording().scan_texts.format(count=len(texts)), texts)


def _annex(paper: _Paper) -> Iterator[Block]:
    annex = paper.wording.annex
    if annex is not None:
        yield PageBreak()
        yield Title(annex.title, copy_mark=paper.facts.filled(annex.subtitle))
        yield from _lines(annex, paper)
        yield from _signatures(annex, paper)


def _cover(paper: _Paper) -> Iterator[Block]:
    cover = paper.wording.cover
    if cover is not None:
        lines = (paper.facts.filled(line) for line in cover.lines if not paper.facts.are_unknown(line))
        yield Cover(cover.title, tuple(lines))


def _before_title(paper: _Paper) -> Iterator[Block]:
    yield from _cover(paper)
    if paper.wording.header:
        yield _header(paper)
    code, scan_text = _code(paper.data)
    if code:
        yield CodeBlock(paper.wording.code_label or common_wording().code, code, scan_text)


def _after_title(paper: _Paper) -> Iterator[Block]:
    yield from _lines(paper.wording, paper)
    yield from _signatures(paper.wording, paper)
    yield from _recipients(paper)
    yield from _notes(paper)
    yield from _scan_texts(paper)
    yield from _annex(paper)


def _title(paper: _Paper, copy: int) -> Title:
    common, wording = common_wording(), paper.wording
    holders = wording.copy_marks
    mark = common.copy_mark.format(number=copy, holder=holders[min(copy, len(holders)) - 1]) if holders else ""
    return Title(
        text=wording.title,
        copy_mark=mark,
        reprint_mark=common.reprint.format(ordinal=paper.data.reprint) if paper.data.reprint else "",
        subtitle=paper.facts.filled(wording.subtitle),
    )


def _foot(paper: _Paper, copy: int) -> str:
    """Return which copy it is and where the form comes from, for the middle of the foot."""
    common, wording = common_wording(), paper.wording
    parts = [common.copy_short.format(number=copy)] if wording.copy_marks else []
    if wording.number:
        circular = common.circulars[set_of(paper.data.form, paper.data.form_set).name.lower()]
        parts.append(f"{wording.number}, {circular}")
    return " · ".join(parts)


def _sticker(paper: _Paper) -> Copy:
    code, scan_text = _code(paper.data)
    lines = (paper.facts.filled(line.text) for line in paper.wording.lines if _stands(line, paper.facts))
    return Copy((Label(code, tuple(line for line in lines if line), scan_text),), "", "")


def _copies(paper: _Paper, count: int) -> Iterator[Copy]:
    if paper.offer.is_sticker:
        yield from (_sticker(paper),) * count
        return
    before, after = tuple(_before_title(paper)), tuple(_after_title(paper))
    code, _scan_text = _code(paper.data)
    foot_left = f"{paper.wording.code_label or common_wording().code} {code}" if code else ""
    for number in range(1, count + 1):
        yield Copy((*before, _title(paper, number), *after), foot_left, _foot(paper, number))


def sheet_for(data: FormData, wording_folder: Path | None, usual: Sheet) -> Sheet:
    """Return the sheet that the wording asks for, else the usual one."""
    asked = form_wording(data.form_set, data.form, wording_folder).sheet
    return Sheet(asked) if asked else usual


def frame_document(data: FormData, *, copies: int, sheet: Sheet, wording_folder: Path | None) -> Document:
    """Return the paper with that many copies; each carries its own header, code, title and signatures.

    Raises:
        UserError: ``forms.bad_wording``, ``forms.amount_out_of_range``, ``fee.bad_amount``.
    """
    offer = OFFERS[data.form]
    wording = form_wording(data.form_set, data.form, wording_folder)
    paper = _Paper(data, wording, offer, FactValues(data, offer.facts))
    code, _scan_text = _code(data)
    return Document(
        title=f"{wording.title.capitalize()} {code}".strip(),
        author=nfc(data.head.desk_name),
        page_wording=common_wording().page,
        copies=tuple(_copies(paper, copies)),
        sheet=sheet,
    )
