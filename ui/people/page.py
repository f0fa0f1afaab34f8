"""The people page: a list that is searched while typing, and everything about the chosen person beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.domain.person import Party
from counter_app.services.answers.people import PersonPlace, PersonRow, PersonView
from ui.actions import ActionId, PageId
from ui.dossiers.lines import clear, lines_layout, show_lines, wrapped
from ui.formats import show_day, show_moment
from ui.intake.typed_values import format_date
from ui.messages import Message, Severity
from ui.models import Column, RowsTable
from ui.page import Page, PageContext
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Field, LineButton, ScrolledColumn, SectionCard

_SEARCH_AFTER_MS = 150
_PANEL_WIDTH = 380
_MOST_ROWS = 200
_Found = tuple[tuple[PersonRow, ...], PersonPlace | None]


class PeoplePage(Page):
    """Down goes from the search into the list; Tab to dossiers and doubles; F9 merges or parts what was chosen."""

    page_id: ClassVar[PageId] = PageId.PEOPLE
    title_key: ClassVar[str] = "ui.page.people"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._view: PersonView | None = None
        self._other: tuple[str, bool] | None = None
        self.search = QLineEdit(self)
        self.search.installEventFilter(self)
        self._search_field = Field(self.search, self)
        columns = (
            Column("person.page.name", 0, lambda row: row.party.full_name),
            Column("person.page.number", 122, lambda row: row.party.id_number or row.party.tax_code),
            Column("person.page.born", 100, lambda row: _born(row.party)),
            Column("person.page.count", 62, lambda row: str(row.dossier_count)),
        )
        self.table = RowsTable(columns, self.words, self)
        self.cards = ScrolledColumn(self)
        self.facts_card, self.facts = SectionCard(wraps=True), lines_layout()
        self.sections = {name: (SectionCard(), QVBoxLayout()) for name in ("dossiers", "doubles", "members")}
        self.history_card, self.history = SectionCard(), lines_layout()
        self.reason = QLineEdit(self)
        self._reason_field = Field(self.reason, self)
        self._chosen = QLabel(self)
        self._chosen.setWordWrap(True)
        self._chosen.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.do = ActionButton(ButtonKind.PRIMARY, ActionId.PEOPLE_MERGE)
        self._ask_card = SectionCard()
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_SEARCH_AFTER_MS)
        self._lay_out()
        self._connect()
        self.retranslate()

    def activate(self, argument: str = "") -> None:
        """Show the people that the argument finds, or all by name."""
        if argument:
            self.search.setText(argument)
        self._read()
        self.search.setFocus()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read again when dossiers or people changed."""
        if Topic.DOSSIERS in topics:
            self._read()
            if self._view is not None:
                self._open(self._view.person.key)

    def perform(self, action: ActionId) -> bool:
        """Answer F9, F5 and Esc."""
        if action is ActionId.PEOPLE_MERGE:
            self._submit()
        elif action is ActionId.REFRESH:
            self._read()
        elif action is ActionId.DISMISS and self._other is not None:
            self._choose(None)
        else:
            return False
        return True

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self._search_field.set_label(words("person.page.search"))
        self._search_field.set_hint(words("person.page.search_hint"))
        self._reason_field.set_label(words("person.page.reason"))
        self.table.setAccessibleName(words(self.title_key))
        self.table.rows_model.retranslate()
        for name, (card, _layout) in self.sections.items():
            card.set_title(words(f"person.page.{name}"))
        self.history_card.set_title(words("person.page.history"))
        self._choose(self._other)
        if self._view is not None:
            self._show(self._view)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Down and Enter leave the search field into the list."""
        keys = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        is_press = watched is self.search and event.type() == QEvent.Type.KeyPress
        if not (is_press and isinstance(event, QKeyEvent) and event.key() in keys and self.table.rows_model.rows):
            return False
        self.table.setFocus()
        self.table.selectRow(max(0, self.table.currentIndex().row()))
        return True

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(SPACE.small)
        left.addWidget(self._search_field)
        left.addWidget(self.table, 1)
        self.facts_card.body.addLayout(self.facts)
        self.history_card.body.addLayout(self.history)
        for widget in (self._chosen, self._reason_field, self.do):
            self._ask_card.body.addWidget(widget)
        cards = [self.facts_card, self._ask_card]
        for card, layout in self.sections.values():
            layout.setSpacing(2)
            card.body.addLayout(layout)
            cards.append(card)
        for card in (*cards, self.history_card):
            self.cards.column.addWidget(card)
        self.cards.end_column()
        self.cards.setFixedWidth(_PANEL_WIDTH)
        self.cards.hide()
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE.medium)
        outer.addLayout(left, 1)
        outer.addWidget(self.cards)

    def _connect(self) -> None:
        self.search.textEdited.connect(lambda _text: self._delay.start())
        self._delay.timeout.connect(self._read)
        self.table.row_chosen.connect(lambda row: self._open(row.key))
        self.do.clicked.connect(self._submit)
        self.words.language_changed.connect(self.retranslate)

    @Slot()
    def _read(self) -> None:
        people, words = self.context.counter.people, self.search.text()
        self.tasks.run(
            lambda: people.list_people(words, limit=_MOST_ROWS),
            owner=self,
            done=self._show_rows,
            supersedes="people.list",
            name="people.list",
        )

    def _show_rows(self, found: _Found) -> None:
        self.table.show_rows(found[0], key=lambda row: row.key)

    def _open(self, key: str) -> None:
        people = self.context.counter.people
        self.tasks.run(
            lambda: people.get_person(key), owner=self, done=self._show, supersedes="people.get", name="people.get"
        )

    def _show(self, view: PersonView) -> None:
        if self._view is None or self._view.person.key != view.person.key:
            self._choose(None)
        self._view = view
        words, party = self.words, view.person.party
        self.facts_card.set_title(party.full_name)
        facts = (
            ("id_number", party.id_number),
            ("old_id_number", party.old_id_number),
            ("tax_code", party.tax_code),
            ("birth_on", _born(party)),
            ("phone", party.phone),
            ("email", party.email),
            ("address", party.address),
        )
        show_lines(self.facts, [(words(f"correction.fact.{name}"), value) for name, value in facts])
        for card, layout in self.sections.values():
            clear(layout)
            card.hide()
        for one in view.dossiers:
            said = f"{one.row.code} · {show_day(one.row.received_at)} · {words(f'person.role.{one.role.value}')}"
            self._offer("dossiers", said, one.row.procedure_name, partial(self._go, one.row.code))
        for double in view.doubles:
            why = ", ".join(words(f"person.double.{reason.value}") for reason in double.reasons)
            self._offer("doubles", _line(double.person.party), why, partial(self._choose, (double.person.key, True)))
        for member in view.members:
            if member.merged_into is not None:
                self._offer("members", _line(member.party), "", partial(self._choose, (member.key, False)))
        told = [
            (show_moment(link.at), words(f"person.link.{'merged' if link.is_merge else 'split'}", reason=link.reason))
            for link in view.links
        ]
        show_lines(self.history, told)
        self.history_card.setVisible(bool(told))
        self.cards.show()

    def _offer(self, section: str, said: str, more: str, chosen: Callable[[], None]) -> None:
        card, layout = self.sections[section]
        button = LineButton()
        button.set_text(said)
        button.setToolTip(f"{said}\n{more}".strip())
        button.setAccessibleDescription(more)
        button.clicked.connect(lambda _checked: chosen())
        layout.addWidget(button)
        if section == "doubles":
            layout.addWidget(wrapped(more, role="hint"))
        card.show()

    def _go(self, code: str) -> None:
        self.page_requested.emit(PageId.DOSSIERS, code)

    def _choose(self, other: tuple[str, bool] | None) -> None:
        self._other = other
        self._ask_card.setVisible(other is not None)
        verb = "merge" if other is None or other[1] else "split"
        self._chosen.setText(self.words(f"person.page.{verb}_question"))
        self.do.set_text(self.words(f"person.page.{verb}"))
        if other is None:
            self.reason.clear()
        else:
            self.reason.setFocus()

    @Slot()
    def _submit(self) -> None:
        view, other, people = self._view, self._other, self.context.counter.people
        if view is None or other is None:
            return
        key, reason, (other_key, is_merge) = view.person.key, self.reason.text(), other

        def work() -> None:
            if is_merge:
                people.merge(key, other_key, reason=reason)
            else:
                people.split(key, other_key, reason=reason)

        self.tasks.run(work, owner=self, done=self._on_done, name="people.link")

    def _on_done(self, _nothing: None) -> None:
        self._choose(None)
        self.context.messages.show_message(Message(self.words("person.page.done"), Severity.SUCCESS))
        self.table.setFocus()


def _born(party: Party) -> str:
    return format_date(party.birth_on) or str(party.birth_year or "")


def _line(party: Party) -> str:
    parts = (party.full_name, party.id_number or party.tax_code, _born(party), party.phone)
    return " · ".join(part for part in parts if part)
