"""Tables of the papers of a dossier: handed in, missing, or copied."""

from collections.abc import Callable, Sequence

from counter_app.core.text import nfc
from counter_app.domain.dossier import Paper
from counter_app.domain.forms.details import CopiedPaper
from counter_app.domain.forms.facts import SlipData
from printing.blocks import Cell
from printing.documents.offer import TableSource
from printing.documents.words import count_words
from resources.forms import TableWording, common_wording


def _source(papers_of: Callable[[SlipData], Sequence[Paper]]) -> TableSource:
    return TableSource(
        items=lambda data, _wording: papers_of(data),
        cells={
            "name": lambda paper: Cell(nfc(paper.name), nfc(paper.note)),
            "original": lambda paper: count_words(paper.original),
            "certified": lambda paper: count_words(paper.certified),
            "copy": lambda paper: count_words(paper.copy),
        },
    )


def _handed_in(data: SlipData) -> Sequence[Paper]:
    """Return the papers that were really handed in; a checklist line without a piece is no receipt."""
    return [paper for paper in data.papers if paper.handed_in]


HANDED_IN = _source(_handed_in)
MISSING = _source(lambda data: data.missing)


def _copied(data: SlipData, _wording: TableWording) -> Sequence[CopiedPaper]:
    """Return what is to be copied; where no clerk counted, the dossier's papers with the counts left to be written."""
    return data.details.copied or [CopiedPaper(name=paper.name) for paper in _handed_in(data)]


COPIED = TableSource(
    items=_copied,
    cells={
        "name": lambda paper: nfc(paper.name),
        "pages": lambda paper: count_words(paper.pages),
        "copies": lambda paper: count_words(paper.copies),
        "electronic": lambda paper: common_wording().tick if paper.electronic else "",
    },
)
