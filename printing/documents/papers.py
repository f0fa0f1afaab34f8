"""Tables of the papers of a dossier: handed in, missing, or copied."""

from collections.abc import Callable, Sequence

from counter_app.core.text import nfc
from counter_app.domain.dossier import Paper
from counter_app.domain.forms.details import CopiedPaper
from counter_app.domain.forms.facts import SlipData
from printing.blocks import Cell
from printing.documents.offer import TableSource
from printing.documents.words import count_words, short_day
from resources.forms import TableWording, common_wording


def _source(papers_of: Callable[[SlipData], Sequence[Paper]]) -> TableSource:
    return TableSource(
        items=lambda data, _wording: papers_of(data),
        cells={
            "name": lambda paper: Cell(nfc(paper.name), _remark(paper)),
            "original": lambda paper: count_words(paper.original),
            "certified": lambda paper: count_words(paper.certified),
            "copy": lambda paper: count_words(paper.copy),
        },
    )


def _remark(paper: Paper) -> str:
    """Return what stands below a paper's name: its note, and that nobody had to hand it in again."""
    notes = [nfc(paper.note)]
    if paper.reused is not None:
        day = short_day(paper.reused.digitised_on)
        notes.append(common_wording().reused.format(day=day, code=paper.reused.dossier_code))
    return "; ".join(note for note in notes if note)


def _had(data: SlipData) -> Sequence[Paper]:
    """Return what the desk has of the papers; a checklist line without a piece is no receipt."""
    return [paper for paper in data.papers if paper.is_had]


HANDED_IN = _source(_had)
MISSING = _source(lambda data: data.missing)


def _copied(data: SlipData, _wording: TableWording) -> Sequence[CopiedPaper]:
    """Return what is to be copied; where no clerk counted, the dossier's papers with the counts left to be written."""
    return data.details.copied or [CopiedPaper(name=paper.name) for paper in data.papers if paper.handed_in]


COPIED = TableSource(
    items=_copied,
    cells={
        "name": lambda paper: nfc(paper.name),
        "pages": lambda paper: count_words(paper.pages),
        "copies": lambda paper: count_words(paper.copies),
        "electronic": lambda paper: common_wording().tick if paper.electronic else "",
    },
)
