"""The province's configuration packs: what each changes, what it would have made of the last day, and the way back."""

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QMessageBox, QPlainTextEdit, QWidget

from counter_app.domain.unit import Role
from counter_app.services.answers.packs import PackPreview, PackState, PackView
from ui.formats import show_dong, show_moment
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.widgets import ActionButton, ButtonKind, SectionCard
from ui.words import Words

_MOST_ROWS = 4
_PREVIEW_LINES = 12
_NUMBER = Qt.ItemDataRole.UserRole


class PacksCard(SectionCard):
    """Hidden as long as the province has sent none. `looked` says that the preview stands below the list now."""

    looked = Signal()

    def __init__(self, context: PageContext, run: Callable[..., None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._run, self._words = context, run, context.words
        self._packs: tuple[PackView, ...] = ()
        self._hint = QLabel()
        self._hint.setProperty("role", "hint")
        self._hint.setWordWrap(True)
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setTabChangesFocus(True)
        self.preview.hide()
        self.look = ActionButton()
        self.undo = ActionButton(ButtonKind.QUIET)
        buttons = QHBoxLayout()
        for button in (self.look, self.undo):
            buttons.addWidget(button)
        buttons.addStretch(1)
        for widget in (self._hint, self.list):
            self.body.addWidget(widget)
        self.body.addLayout(buttons)
        self.body.addWidget(self.preview)
        self.look.clicked.connect(self._look)
        self.undo.clicked.connect(self._ask_undo)
        self.list.itemActivated.connect(lambda _item: self._look())
        self.list.currentRowChanged.connect(self._on_row)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.set_title(words("pack.title"))
        self._hint.setText(words("pack.hint"))
        self.list.setAccessibleName(words("pack.list_name"))
        self.preview.setAccessibleName(words("pack.preview_name"))
        self.look.set_text(words("pack.look"))
        self.undo.set_text(words("pack.undo"))
        self.show_packs(self._packs)

    def ask(self) -> None:
        """Read the packs anew."""
        self._run(self._context.counter.packs.list_packs, done=self.show_packs, name="packs.list")

    def show_packs(self, packs: Sequence[PackView]) -> None:
        """Show them, the newest first; what was chosen stays chosen."""
        chosen = self._chosen()
        self._packs = tuple(packs)
        self.list.clear()
        for pack in self._packs:
            item = QListWidgetItem(_say(self._words, pack))
            item.setData(_NUMBER, pack.number)
            self.list.addItem(item)
        rows = [pack.number for pack in self._packs]
        self.list.setCurrentRow(rows.index(chosen.number) if chosen is not None and chosen.number in rows else 0)
        height = self.list.sizeHintForRow(0) * min(len(rows), _MOST_ROWS) + 2 * self.list.frameWidth()
        self.list.setFixedHeight(max(height, 0))
        self.setVisible(bool(rows))

    def _chosen(self) -> PackView | None:
        row = self.list.currentRow()
        number = self.list.item(row).data(_NUMBER) if row >= 0 else None
        return next((pack for pack in self._packs if pack.number == number), None)

    @Slot(int)
    def _on_row(self, _row: int) -> None:
        chosen, signed_in = self._chosen(), self._context.counter.session.current
        may = signed_in is not None and signed_in.clerk.role is Role.ADMINISTRATOR
        self.undo.setVisible(may and chosen is not None and chosen.state is not PackState.ROLLED_BACK)
        self.preview.hide()

    @Slot()
    def _look(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        packs = self._context.counter.packs
        self._run(lambda: packs.preview(chosen.number), done=self._show_preview, name="packs.preview")

    def _show_preview(self, preview: PackPreview) -> None:
        self.preview.setPlainText("\n".join(_tell(self._words, preview)))
        self.preview.setFixedHeight(self.preview.fontMetrics().lineSpacing() * _PREVIEW_LINES)
        self.preview.show()
        self.preview.setFocus()
        self.looked.emit()

    @Slot()
    def _ask_undo(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        question = self._words("pack.confirm", name=chosen.name)
        box = QMessageBox(QMessageBox.Icon.Question, self._words("pack.title"), question, parent=self)
        undo = box.addButton(self._words("pack.undo"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(lambda button: self._undo(chosen) if button is undo else None)
        box.open()

    def _undo(self, pack: PackView) -> None:
        packs = self._context.counter.packs

        def done(_pack: PackView) -> None:
            said = self._words("pack.undone", name=pack.name)
            self._context.messages.show_message(Message(said, Severity.SUCCESS))
            self.ask()

        self._run(lambda: packs.roll_back(pack.number), done=done, name="packs.roll_back")


def _say(words: Words, pack: PackView) -> str:
    return words(
        "pack.line",
        number=pack.number,
        name=pack.name,
        day=f"{pack.effective_on:%d/%m/%Y}",
        state=words(f"pack.state.{pack.state.value}"),
        procedures=pack.procedures,
        days=pack.days,
    )


def _tell(words: Words, preview: PackPreview) -> Iterator[str]:
    """Tell what a pack changes, procedure by procedure, then its days, then the dossiers that would be different."""
    if not preview.procedures and not preview.days:
        yield words("pack.same")
    for procedure in preview.procedures:
        yield f"{procedure.name} ({procedure.code})"
        for one in procedure.changes:
            named = words(f"pack.change.{one.what}") + (f" · {one.about}" if one.about else "")
            yield f"    {named}: {one.before or '–'} → {one.after or '–'}"
    for day in preview.days:
        what = words("pack.day_worked" if day.working else "pack.day_off")
        yield f"{day.day:%d/%m/%Y}: {what} ({day.name})"
    if preview.replayed_on is not None:
        day_text, different = f"{preview.replayed_on:%d/%m/%Y}", len(preview.different)
        yield words("pack.replayed", day=day_text, count=preview.replayed, different=different)
    for dossier in preview.different:
        due = f"{show_moment(dossier.due_before)} → {show_moment(dossier.due_after)}"
        fee = f"{_fee(dossier.fee_before)} → {_fee(dossier.fee_after)}"
        yield f"    {dossier.code}  {words('pack.due')}: {due}  {words('pack.fee')}: {fee}"


def _fee(amount: int | None) -> str:
    return "?" if amount is None else show_dong(amount)
