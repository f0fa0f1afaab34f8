"""Reading lists of papers: which rows are papers, which headings are cases, and what is only said.

Headings such as "Giấy tờ phải nộp" and "Giấy tờ phải xuất trình" divide one checklist; "Trường hợp ..." begins another
case; "Lưu ý" gathers remarks, but portals also file papers under it.
"""

import re
from enum import Enum, auto

import msgspec

from counter_app.core.text import fold
from counter_app.domain.catalogue.cleaning import clean_name, clean_text
from counter_app.domain.catalogue.doubts import DoubtList
from counter_app.domain.catalogue.papers import component_of, is_form, names_paper, reads_as_remark
from counter_app.domain.catalogue.sources import SourceRow
from counter_app.domain.procedure import Component, ProcedureCase

SHOWN_NOTE = "Xuất trình"
MAX_COUNT = 99


class _Section(Enum):
    COMMON = auto()
    SHOWN = auto()
    REMARKS = auto()
    AUTHORISED = auto()
    PART = auto()
    CASE = auto()


class Checklist(msgspec.Struct, frozen=True):
    """The cases of a procedure and the remarks found among its papers."""

    cases: tuple[ProcedureCase, ...]
    notes: tuple[str, ...]


_COMMON = re.compile(
    r"(?:giay to (?:phai )?nop|(?:thanh phan )?ho so(?: bao)?(?: gom)?:?$|thanh phan ho so(?: bao)? gom:?$|"
    r"nguoi yeu cau .{0,30}nop .{0,40}ho so)"
)


_LEAD_IN = re.compile(
    r"[,;]?\s+(?:thì\s+)?(?:thành phần\s+)?(?:hồ sơ\s+)?(?:bao\s+)?gồm(?:\s+(?:các\s+)?giấy tờ sau)?$", re.IGNORECASE
)


def read_components(rows: tuple[SourceRow, ...], doubts: DoubtList) -> Checklist:
    """Return the cases with their checklists, and the remarks.

    Papers outside the cases belong to every case; when some of them are required, the first case is the plain one
    without a name. Nothing is dropped: a row is a paper, a remark, or both with a doubt.
    """
    common: list[Component] = []
    own: dict[str, list[Component]] = {}
    notes: list[str] = []
    for row in rows:
        name = clean_name(row.name)
        section = _section_of(row.heading)
        if not name:
            continue
        component = _paper_of(row, name, section, doubts)
        if component is None:
            notes.append(clean_text(row.name))
        elif section is _Section.CASE:
            own.setdefault(clean_name(row.heading), []).append(component)
        else:
            common.append(component)
    if common and own:
        doubts.add("components", "papers_beside_cases", " | ".join(own))
    cases = _cases_of(common, own, doubts)
    if not cases:
        doubts.add("components", "no_papers", " | ".join(notes))
        cases = (ProcedureCase(components=()),)
    return Checklist(cases=cases, notes=tuple(dict.fromkeys(notes)))


def _cases_of(common: list[Component], own: dict[str, list[Component]], doubts: DoubtList) -> tuple[ProcedureCase, ...]:
    cases = []
    if any(component.required for component in common) or (common and not own):
        cases.append(ProcedureCase(components=_in_order(common, doubts)))
    for number, (heading, components) in enumerate(own.items(), start=1):
        together = _in_order(common + components, doubts)
        cases.append(ProcedureCase(code=str(number), name=_LEAD_IN.sub("", heading) or heading, components=together))
    return tuple(cases)


def _in_order(components: list[Component], doubts: DoubtList) -> tuple[Component, ...]:
    """Forms first, then required papers, then conditional ones; otherwise the order of the source. Each name once."""
    by_name: dict[str, Component] = {}
    for component in components:
        earlier = by_name.setdefault(component.name, component)
        if earlier != component:
            doubts.add("components", "paper_twice", component.name)
    return tuple(sorted(by_name.values(), key=lambda paper: (not paper.required, not is_form(paper.name))))


def _section_of(heading: str) -> _Section:
    folded = fold(clean_name(heading))
    if not folded or _COMMON.match(folded):
        return _Section.COMMON
    if folded.startswith(("luu y", "ghi chu", "vi du")):
        return _Section.REMARKS
    if "uy quyen thuc hien thu tuc" in folded:
        return _Section.AUTHORISED
    if "xuat trinh" in folded and not folded.startswith("truong hop"):
        return _Section.SHOWN
    if folded.startswith("ho so cua "):
        return _Section.PART
    return _Section.CASE


def _paper_of(row: SourceRow, name: str, section: _Section, doubts: DoubtList) -> Component | None:
    """Return the checklist line of a row, or None when it is only a remark."""
    counts = _counts_of(row, doubts)
    if sum(counts) == 0:
        if section is _Section.REMARKS or not names_paper(name) or clean_text(row.name).endswith(":"):
            return None
        doubts.add(row.place, "paper_without_count", row.name)
        return _component(row, name, section, counts, required=False)
    if section is _Section.REMARKS:
        doubts.add(row.place, "paper_under_remarks" if names_paper(name) else "remark_with_count", row.name)
        return _component(row, name, section, counts, required=True) if names_paper(name) else None
    if reads_as_remark(name):
        doubts.add(row.place, "remark_with_count", row.name)
        return None
    if section is _Section.AUTHORISED and "uy quyen" not in fold(name):
        doubts.add(row.place, "paper_under_other_heading", row.name)
        return _component(row, name, _Section.COMMON, counts, required=True)
    return _component(row, name, section, counts, required=section is not _Section.AUTHORISED)


def _component(
    row: SourceRow, name: str, section: _Section, counts: tuple[int, int, int], *, required: bool
) -> Component:
    notes = {
        _Section.SHOWN: SHOWN_NOTE,
        _Section.AUTHORISED: clean_name(row.heading),
        _Section.PART: clean_name(row.heading),
    }
    return component_of(
        name,
        code=clean_text(row.code)[:100],
        original=counts[0],
        certified=counts[1],
        copy=counts[2],
        form_name=clean_name(row.form_name),
        required=required,
        note=notes.get(section, ""),
    )


def _counts_of(row: SourceRow, doubts: DoubtList) -> tuple[int, int, int]:
    """Counts as stated; a source without any count asks for one original, with a doubt."""
    if row.original is None and row.certified is None and row.copy is None:
        doubts.add(row.place, "count_not_stated", row.name)
        return (1, 0, 0)
    counts = (row.original or 0, row.certified or 0, row.copy or 0)
    if max(counts) > MAX_COUNT:
        doubts.add(row.place, "count_unlikely", row.name)
    return (min(counts[0], MAX_COUNT), min(counts[1], MAX_COUNT), min(counts[2], MAX_COUNT))
