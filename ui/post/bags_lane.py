"""The bags of the day: what waits for which unit, and one key that makes a manifest for each."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from counter_app.services.answers.postal import Bag, MadeBag
from ui.actions import ActionId, PageId
from ui.messages import Severity
from ui.models import Column, RowsTable
from ui.page import PageContext
from ui.post.lane import Lane
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind, EmptyState, Field


class BagsLane(Lane):
    """F9 makes what the table shows. Enter on a made bag opens its manifest."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._preview: tuple[Bag, ...] = ()
        self._made: tuple[MadeBag, ...] = ()
        words = self.words
        self.table = RowsTable(
            (
                Column("post.unit", 0, lambda one: one.bag.unit_name),
                Column("post.count", 80, lambda one: str(len(one.bag.codes))),
                Column("post.bag", 120, lambda one: one.bag.number),
                Column("post.seal", 130, lambda one: one.bag.seal),
                Column("post.manifest", 220, self._said, lambda one: Tone.BAD if one.problem else Tone.INFO),
            ),
            words,
            self,
        )
        self.bag, self.seal = QLineEdit(self), QLineEdit(self)
        self._bag_field, self._seal_field = Field(self.bag), Field(self.seal)
        self.make = ActionButton(ButtonKind.PRIMARY, ActionId.POST_DO, self)
        self._hint = QLabel(self)
        self._hint.setProperty("role", "soft")
        self._hint.setWordWrap(True)
        self._empty = EmptyState(self)
        self._views = QStackedWidget(self)
        self._lay_out()
        self.bag.textChanged.connect(self.load)
        self.seal.textChanged.connect(self.load)
        self.make.clicked.connect(self._make)
        self.table.row_opened.connect(self._on_opened)

    def load(self) -> None:
        """Read what would go out, numbered on from the fields."""
        bags, number, seal = self.context.counter.post.bags, self.bag.text(), self.seal.text()
        self.tasks.run(
            lambda: bags.preview(first_number=number, first_seal=seal),
            owner=self,
            done=self._show_preview,
            supersedes="bags",
            name="post.bags",
        )

    def focus_first(self) -> None:
        """Begin with the number of the first bag."""
        self.bag.setFocus()

    def perform(self, action: ActionId) -> bool:
        """Answer F9."""
        if action is ActionId.POST_DO:
            self._make()
            return True
        return False

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self._bag_field.set_label(words("post.first_bag"))
        self._seal_field.set_label(words("post.first_seal"))
        self.make.set_text(words("post.make_bags"))
        self._hint.setText(words("post.bags_hint"))
        self._empty.set_text(words("post.no_bags_title"), words("post.no_bags_advice"))
        self.table.setAccessibleName(words("post.lane.bags"))
        self.table.rows_model.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.medium)
        for field in (self._bag_field, self._seal_field):
            field.setFixedWidth(190)
            head.addWidget(field)
        head.addWidget(self._hint, 1)
        head.addWidget(self.make, 0, Qt.AlignmentFlag.AlignBottom)
        self._views.addWidget(self.table)
        self._views.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addLayout(head)
        column.addWidget(self._views, 1)

    def _show_preview(self, bags: tuple[Bag, ...]) -> None:
        self._preview = bags
        self._show()

    def _show(self) -> None:
        waiting = tuple(MadeBag(bag=bag) for bag in self._preview)
        rows = (*waiting, *self._made)
        self.table.show_rows(rows, key=lambda one: (one.bag.unit_code, one.bag.codes[:1]))
        self._views.setCurrentIndex(0 if rows else 1)
        self.make.setEnabled(bool(self._preview))

    @Slot()
    def _make(self) -> None:
        if not self._preview:
            return
        bags, wanted = self.context.counter.post.bags, self._preview
        self._preview = ()
        self.tasks.run(lambda: bags.make(wanted), owner=self, done=self._show_made, name="post.make_bags")

    def _show_made(self, made: tuple[MadeBag, ...]) -> None:
        good = tuple(one for one in made if one.manifest_code)
        self._made = (*good, *self._made)
        for line in (self.bag, self.seal):
            line.clear()
        refused = next((one for one in made if one.problem), None)
        if refused is None:
            self.say(self.words("post.bags_made", count=len(good)))
        else:
            self.say(self.words(refused.problem, **refused.context), Severity.WARNING)
        self.load()

    def _said(self, one: MadeBag) -> str:
        return one.manifest_code or self.words("post.not_made")

    @Slot(object)
    def _on_opened(self, one: MadeBag) -> None:
        if one.manifest_code:
            self.open_page(PageId.CUSTODY, one.manifest_code)
