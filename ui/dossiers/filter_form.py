"""All filters, the order, the columns and the saved lists on one form that takes the place of the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QWidget

from counter_app.domain.dossier import Status
from counter_app.domain.procedure import Channel
from counter_app.services.answers.catalogue import ProcedureHit
from counter_app.services.answers.lists import DossierFilter, ListColumn, ListOrder, SavedView, Scope
from counter_app.services.views import LONGEST_NAME
from ui.dossiers.feed import Asked
from ui.intake.typed_values import format_date
from ui.printing.day_edit import DayEdit
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, Field, SectionCard
from ui.words import Words

#: What the form calls the kinds of list, in its order.
KINDS = {
    "all": DossierFilter(),
    "late": DossierFilter(is_late=True),
    "due_today": DossierFilter(is_due_today=True),
    "due_soon": DossierFilter(is_due_soon=True),
    "running": DossierFilter(is_running=True),
    "waits_for_owner": DossierFilter(waits_for_owner=True),
    "result_elsewhere": DossierFilter(is_result_elsewhere=True),
    "to_acknowledge": DossierFilter(is_to_acknowledge=True),
    "to_transfer": DossierFilter(is_to_transfer=True),
}
_OF_KIND = (
    "is_late",
    "is_due_today",
    "is_due_soon",
    "is_running",
    "waits_for_owner",
    "is_result_elsewhere",
    "is_to_acknowledge",
    "is_to_transfer",
)
_DAYS = ("received_from", "received_to", "due_from", "due_to")
_LABELS = {
    "list": "lists.list",
    "order": "lists.order_label",
    "scope": "lists.scope_label",
    "clerk": "lists.clerk",
    "status": "lists.status",
    "channel": "lists.channel_label",
    "field": "lists.field",
    "unit": "lists.unit",
    "procedure": "lists.procedure",
    **{name: f"lists.{name}" for name in _DAYS},
}
_WIDE = ("procedure",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What the form offers: clerks by id and name, units by code and name, the catalogue, saved lists, columns."""

    clerks: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    procedures: tuple[ProcedureHit, ...]
    views: tuple[SavedView, ...]
    columns: tuple[ListColumn, ...]


class FilterForm(QScrollArea):
    """Passive: `open` fills it. It says `applied(Asked)`, `columns_chosen(tuple)`, and what to do with saved lists."""

    applied = Signal(object)
    closed = Signal()
    columns_chosen = Signal(object)
    save_asked = Signal(str, object)
    remove_asked = Signal(str)
    view_chosen = Signal(object)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._offered = Offered(clerks=(), units=(), procedures=(), views=(), columns=())
        self.boxes = {name: Choices() for name in _LABELS if name not in _DAYS}
        self.days = {name: DayEdit() for name in _DAYS}
        editors: dict[str, QWidget] = {**self.boxes, **self.days}
        self.fields = {name: Field(editors[name]) for name in _LABELS}
        self.columns = {column: QCheckBox() for column in ListColumn}
        self.views = Choices()
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self._views_field, self._name_field = Field(self.views), Field(self.name)
        self.apply_button = ActionButton(ButtonKind.PRIMARY)
        self.reset_button, self.back_button = ActionButton(ButtonKind.SECONDARY), ActionButton(ButtonKind.QUIET)
        self.save_button, self.remove_button = ActionButton(ButtonKind.SECONDARY), ActionButton(ButtonKind.QUIET)
        self._card, self._columns_label = SectionCard(), QLabel()
        self._columns_label.setProperty("role", "label")
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    @property
    def asked(self) -> Asked | None:
        """What the form describes, None while a day in it is none; the field says so."""
        days = self._read_days()
        if days is None:
            return None
        kind = KINDS[str(self.boxes["list"].currentData())]
        status, scope, order = (self.boxes[name].currentData() for name in ("status", "scope", "order"))
        wanted = DossierFilter(
            is_late=kind.is_late,
            is_due_today=kind.is_due_today,
            is_due_soon=kind.is_due_soon,
            is_running=kind.is_running,
            waits_for_owner=kind.waits_for_owner,
            is_result_elsewhere=kind.is_result_elsewhere,
            is_to_acknowledge=kind.is_to_acknowledge,
            is_to_transfer=kind.is_to_transfer,
            statuses=(Status(status),) if status else (),
            procedure_code=self._text_of("procedure"),
            field_name=self._text_of("field"),
            channel=Channel(self._text_of("channel")) if self._text_of("channel") else None,
            competent_unit_code=self._text_of("unit"),
            scope=Scope(scope),
            clerk_id=self._text_of("clerk"),
            received_from=days["received_from"],
            received_to=days["received_to"],
            due_from=days["due_from"],
            due_to=days["due_to"],
        )
        return Asked(wanted=wanted, order=ListOrder(order) if order else None)

    def open(self, asked: Asked, offered: Offered) -> None:
        """Show a list's filters, and what can be chosen."""
        self._offered = offered
        self._fill_boxes()
        wanted = asked.wanted
        kind = next((name for name, one in KINDS.items() if _kind_of(one) == _kind_of(wanted)), "all")
        values = {
            "list": kind,
            "order": asked.order.value if asked.order else "",
            "scope": wanted.scope.value,
            "clerk": wanted.clerk_id,
            "status": int(wanted.statuses[0]) if len(wanted.statuses) == 1 else 0,
            "channel": wanted.channel.value if wanted.channel else "",
            "field": wanted.field_name,
            "unit": wanted.competent_unit_code,
            "procedure": wanted.procedure_code,
        }
        for name, value in values.items():
            self._choose(name, value)
        for name, edit in self.days.items():
            edit.show_text(format_date(getattr(wanted, name)))
            self.fields[name].set_problem("")
        for column, box in self.columns.items():
            box.setChecked(column in offered.columns)

    def show_views(self, views: Sequence[SavedView]) -> None:
        """Offer the saved lists."""
        self.views.clear()
        for view in views:
            self.views.addItem(view.name, view)
        if not views:
            self.views.addItem(self._words("lists.no_views"), None)
        for widget in (self.views, self.remove_button):
            widget.setEnabled(bool(views))

    def focus_first(self) -> None:
        """Put the focus where choosing begins."""
        self.boxes["list"].setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.verticalScrollBar().setValue(0)

    def show_name_problem(self, text: str) -> None:
        """Say what is wrong with the name of a list."""
        self._name_field.set_problem(text)
        self.name.setFocus()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.setAccessibleName(words("lists.form_title"))
        self._card.set_title(words("lists.form_title"))
        for name, key in _LABELS.items():
            self.fields[name].set_label(words(key))
        self._views_field.set_label(words("lists.views"))
        self._name_field.set_label(words("lists.view_name"))
        self._columns_label.setText(words("lists.columns"))
        for column, box in self.columns.items():
            box.setText(words(f"lists.column.{column.value}"))
        buttons = {"apply": self.apply_button, "reset": self.reset_button, "back": self.back_button}
        buttons |= {"save": self.save_button, "remove": self.remove_button}
        for name, button in buttons.items():
            button.set_text(words(f"lists.{name}"))
        self._fill_boxes()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows the list, Esc goes back without it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_enter()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _on_enter(self) -> None:
        focused = self.focusWidget()
        if focused is self.name:
            self._save()
        elif focused is self.views and self._offered.views:
            self._open_view()
        elif isinstance(focused, ActionButton):
            focused.click()
        else:
            self._apply()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.medium)
        grid.setVerticalSpacing(SPACE.hair)
        row, column = 0, 0
        for name, field in self.fields.items():
            span = 2 if name in _WIDE else 1
            grid.addWidget(field, row, column, 1, span)
            column += span
            if column >= 2:
                row, column = row + 1, 0
        columns = QGridLayout()
        columns.setSpacing(0)
        for number, box in enumerate(self.columns.values()):
            columns.addWidget(box, number // 3, number % 3)
        for one in (0, 1):
            grid.setColumnStretch(one, 1)
        views = QGridLayout()
        views.setVerticalSpacing(SPACE.hair)
        pairs = ((self._views_field, self.remove_button), (self._name_field, self.save_button))
        for number, (field, button) in enumerate(pairs):
            views.addWidget(field, number, 0)
            views.addWidget(button, number, 1, Qt.AlignmentFlag.AlignBottom)
        views.setColumnStretch(0, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back_button)
        buttons.addStretch(1)
        buttons.addWidget(self.reset_button)
        buttons.addWidget(self.apply_button)
        body = self._card.body
        body.setSpacing(SPACE.hair)
        body.addLayout(grid)
        body.addWidget(self._columns_label)
        body.addLayout(columns)
        body.addLayout(views)
        body.addLayout(buttons)
        body.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._card)

    def _connect_signals(self) -> None:
        self.apply_button.clicked.connect(self._apply)
        self.reset_button.clicked.connect(self._reset)
        self.back_button.clicked.connect(self.closed)
        self.save_button.clicked.connect(self._save)
        self.remove_button.clicked.connect(self._remove)
        self.views.activated.connect(self._on_view_picked)
        self.boxes["field"].currentIndexChanged.connect(self._fill_procedures)
        for box in self.columns.values():
            box.clicked.connect(self._on_column)

    def _fill_boxes(self) -> None:
        """Write what each box offers and leave its choice."""
        words, nothing = self._words, self._words("lists.any")
        fields = sorted({hit.field_name for hit in self._offered.procedures})
        items: dict[str, list[tuple[str, object]]] = {
            "list": [(words(f"lists.kind.{name}", days=3), name) for name in KINDS],
            "order": [
                (words("lists.order_natural"), ""),
                *((words(f"lists.order.{one.value}"), one.value) for one in ListOrder),
            ],
            "scope": [(words(f"lists.scope.{one.value}"), one.value) for one in reversed(Scope)],
            "clerk": [(nothing, ""), *((name, clerk_id) for clerk_id, name in self._offered.clerks)],
            "status": [(nothing, 0), *((words(f"ui.dossier_status.{int(one)}"), int(one)) for one in Status)],
            "channel": [(nothing, ""), *((words(f"lists.channel.{one.value}"), one.value) for one in Channel)],
            "field": [(nothing, ""), *((name, name) for name in fields)],
            "unit": [(nothing, ""), *((name, code) for code, name in self._offered.units)],
        }
        for name, offered in items.items():
            _refill(self.boxes[name], offered)
        self._fill_procedures()
        self.show_views(self._offered.views)

    @Slot()
    def _fill_procedures(self) -> None:
        """Offer the procedures of the chosen field."""
        chosen = self._text_of("field")
        hits = [hit for hit in self._offered.procedures if chosen in ("", hit.field_name)]
        offered = [(self._words("lists.any"), ""), *((f"{hit.name} ({hit.code})", hit.code) for hit in hits)]
        _refill(self.boxes["procedure"], offered)

    def _choose(self, name: str, value: object) -> None:
        box = self.boxes[name]
        place = box.findData(value)
        if place < 0 and value:  # no longer in the catalogue, or a clerk of another desk
            box.addItem(str(value), value)
            place = box.count() - 1
        box.setCurrentIndex(max(0, place))

    def _text_of(self, name: str) -> str:
        return str(self.boxes[name].currentData() or "")

    def _read_days(self) -> dict[str, date | None] | None:
        found: dict[str, date | None] = {}
        for name, edit in self.days.items():
            found[name] = edit.day if edit.text().strip() else None
            is_wrong = bool(edit.text().strip()) and edit.day is None
            self.fields[name].set_problem(self._words("lists.bad_day") if is_wrong else "")
        wrong = next((name for name in _DAYS if self.fields[name].problem), None)
        if wrong is not None:
            self.days[wrong].setFocus()
            return None
        return found

    @Slot()
    def _apply(self) -> None:
        asked = self.asked
        if asked is not None:
            self.applied.emit(asked)

    @Slot()
    def _reset(self) -> None:
        self.open(Asked(), self._offered)
        self.focus_first()

    @Slot()
    def _save(self) -> None:
        asked = self.asked
        if asked is not None:
            self._name_field.set_problem("")
            self.save_asked.emit(self.name.text(), asked)

    @Slot()
    def _remove(self) -> None:
        view = self.views.currentData()
        if view is not None:
            self.remove_asked.emit(view.name)

    @Slot(int)
    def _on_view_picked(self, _place: int) -> None:
        self._open_view()

    def _open_view(self) -> None:
        view = self.views.currentData()
        if view is not None:
            self.view_chosen.emit(view)

    @Slot()
    def _on_column(self) -> None:
        self.columns_chosen.emit(tuple(column for column, box in self.columns.items() if box.isChecked()))


def _kind_of(wanted: DossierFilter) -> tuple[object, ...]:
    return tuple(getattr(wanted, name) for name in _OF_KIND)


def _refill(box: Choices, offered: Sequence[tuple[str, object]]) -> None:
    chosen = box.currentData()
    box.blockSignals(True)  # noqa: FBT003 - Qt's own signature
    box.clear()
    for text, value in offered:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)  # noqa: FBT003 - Qt's own signature
