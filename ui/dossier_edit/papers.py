"""The papers of a dossier in the edit form: counted with the keys of the checklist at the intake."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from counter_app.core.text import fold, nfc
from counter_app.domain.dossier import Paper
from counter_app.domain.procedure import Component
from ui.intake.checklist import toggled
from ui.intake.checklist_table import ChecklistTable
from ui.intake.state import Counts
from ui.widgets import Field, SectionCard
from ui.words import Words

_LONGEST_NAME = 300
_MOST_SHOWN = 6


class PapersEdit(SectionCard):
    """Lines of papers with their counts, and a field that adds one. `left` when Enter is pressed at the end."""

    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._before: tuple[Paper, ...] = ()
        self._added: tuple[Paper, ...] = ()
        self._counts: tuple[Counts, ...] = ()
        self.table = ChecklistTable(words, self, says_asked=False)
        self.new_name = QLineEdit(self)
        self.new_name.setMaxLength(_LONGEST_NAME)
        self._new_field = Field(self.new_name, self)
        self.table.counted.connect(self._on_counted)
        self.table.toggled.connect(self._on_toggled)
        self.table.left.connect(self.new_name.setFocus)
        self.new_name.returnPressed.connect(self._on_named)
        self.body.addWidget(self.table)
        self.body.addWidget(self._new_field)
        self.retranslate()

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The papers as they stand in the form; an added one that nobody counted is none."""
        counted = tuple(
            msgspec.structs.replace(paper, **counts._asdict())
            for paper, counts in zip(self._lines, self._counts, strict=True)
        )
        known = len(self._before)
        return (*counted[:known], *(paper for paper in counted[known:] if paper.handed_in))

    def open(self, papers: tuple[Paper, ...]) -> None:
        """Show the papers of a dossier."""
        self._before, self._added = papers, ()
        self._counts = tuple(map(_counts_of, papers))
        self.new_name.clear()
        self._new_field.set_problem("")
        self._show()

    def renew(self, papers: tuple[Paper, ...]) -> None:
        """Take the papers as they are now; lines that the clerk counted keep that count."""
        mine = [
            (paper, counts)
            for paper, counts in zip(self._lines, self._counts, strict=True)
            if counts != _counts_of(paper) or paper in self._added
        ]
        counted = {(paper.code, paper.name): counts for paper, counts in mine}
        standing = {(paper.code, paper.name) for paper in papers}
        self._before = papers
        self._added = tuple(paper for paper in self._added if (paper.code, paper.name) not in standing)
        self._counts = tuple(counted.get((paper.code, paper.name), _counts_of(paper)) for paper in self._lines)
        self._show()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.set_title(self._words("correction.papers"))
        self._new_field.set_label(self._words("correction.new_paper"))
        self._new_field.set_hint(self._words("correction.new_paper_hint"))
        self.table.retranslate()

    @property
    def _lines(self) -> tuple[Paper, ...]:
        return (*self._before, *self._added)

    def _show(self) -> None:
        self.table.show_checklist(tuple(map(_component_of, self._lines)), self._counts)
        self.table.setVisible(bool(self._lines))
        shown = range(min(len(self._lines), _MOST_SHOWN))
        height = sum(self.table.rowHeight(line) for line in shown) + self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(height + 2 * self.table.frameWidth())

    @Slot(int, object)
    def _on_counted(self, line: int, counts: Counts) -> None:
        changed = list(self._counts)
        changed[line] = counts
        self._counts = tuple(changed)
        self._show()

    @Slot(int, object)
    def _on_toggled(self, line: int, kind: int | None) -> None:
        self._on_counted(line, toggled(self._counts[line], _component_of(self._lines[line]), kind))

    @Slot()
    def _on_named(self) -> None:
        """Add a line, or go on where no name is written."""
        name = nfc(self.new_name.text())
        if not name:
            self.left.emit()
            return
        known = next((line for line, paper in enumerate(self._lines) if fold(paper.name) == fold(name)), None)
        self.new_name.clear()
        if known is None:
            self._added = (*self._added, Paper(name=name))
            self._counts = (*self._counts, Counts(original=1))
            known = len(self._lines) - 1
            self._show()
        self.table.stand_on(known)


def _counts_of(paper: Paper) -> Counts:
    return Counts(paper.original, paper.certified, paper.copy)


def _component_of(paper: Paper) -> Component:
    """Return a line of the table; what was handed in before is what ticking it again gives back."""
    return Component(
        name=paper.name,
        code=paper.code,
        required=paper.required,
        note=paper.note,
        original=paper.original,
        certified=paper.certified,
        copy=paper.copy,
    )
