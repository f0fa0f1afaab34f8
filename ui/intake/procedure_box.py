"""The procedure box: three letters, a code or a nickname, then Enter."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent

from counter_app.services.answers.catalogue import ProcedureHit
from ui.intake.sentences import say_problem
from ui.intake.state import PROCEDURE_WORDS, IntakeState
from ui.widgets.field import Field
from ui.widgets.suggest_box import SuggestBox, Suggestion
from ui.words import Words

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class _ProcedureSuggest(SuggestBox):
    """Takes the first answer also when Enter was quicker than the answer."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_waiting = False
        self._takes_first = False
        self.query_changed.connect(self._on_query)
        self.chosen.connect(self._on_query_over)

    def set_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        super().set_suggestions(suggestions)
        self._is_waiting = False
        if self._takes_first and suggestions:
            self.close_suggestions()
            self.chosen.emit(suggestions[0])
        self._takes_first = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self._is_waiting:
            self._takes_first = True
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.left.emit()

    def _on_query(self, _: str) -> None:
        self._is_waiting = True

    def _on_query_over(self, _: object) -> None:
        self._is_waiting = self._takes_first = False


class ProcedureBox(Field):
    """Asks for procedures while the clerk types; `chosen` carries the code of the one taken."""

    words_typed = Signal(str)
    left = Signal()
    chosen = Signal(str)

    def __init__(self, words: Words) -> None:
        self.box = _ProcedureSuggest()
        super().__init__(self.box)
        self.box.setObjectName("procedure")
        self._words = words
        self._hits: tuple[ProcedureHit, ...] = ()
        self._shown_code = ""
        self._shown_words = ""
        self.box.query_changed.connect(self._on_query)
        self.box.chosen.connect(lambda suggestion: self.chosen.emit(str(suggestion.value)))
        self.box.left.connect(self.left)
        self.retranslate()

    def focus_box(self) -> None:
        """Take the focus with everything marked, so that typing replaces it."""
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.box.selectAll()

    def show_state(self, state: IntakeState) -> None:
        """Show the chosen procedure, the answers, and what is wrong."""
        self._show_text(state)
        if state.hits is not self._hits:
            self._hits = state.hits
            self.box.set_suggestions([self._suggestion(hit) for hit in state.hits])
        self.box.setEnabled(not state.busy)
        problem = state.find_problem("procedure")
        if problem is None and state.nothing_found:
            self.set_problem(self._words("intake.procedure.none_found"), blocking=False)
        else:
            self.set_problem(say_problem(self._words, problem))

    def retranslate(self) -> None:
        """Write label and placeholder anew."""
        self.set_label(self._words("intake.procedure.label"))
        self.box.setPlaceholderText(self._words("intake.procedure.hint"))

    def _show_text(self, state: IntakeState) -> None:
        code = state.procedure.code if state.procedure else ""
        typed = state.form.text(PROCEDURE_WORDS)
        wanted = typed or (state.procedure.name if state.procedure else "")
        emptied = self._shown_words and not typed and self.box.text()
        # While the clerk types here the box is theirs: an emptied box must not fill itself again.
        if code != self._shown_code or typed or emptied or not self.box.hasFocus():
            self._write(wanted)
        self._shown_code, self._shown_words = code, typed

    def _write(self, text: str) -> None:
        if text != self.box.text():
            self.box.setText(text)
            self.box.setCursorPosition(len(text) if self.box.hasFocus() else 0)

    def _suggestion(self, hit: ProcedureHit) -> Suggestion:
        detail = self._words("intake.procedure.hit_detail", code=hit.code, field=hit.field_name)
        if hit.recent:
            detail = f"{detail} · {self._words('intake.procedure.recent')}"
        return Suggestion(hit.name, detail, hit.code)

    def _on_query(self, text: str) -> None:
        self.words_typed.emit(text)
