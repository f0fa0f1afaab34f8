"""The strip at the bottom: the line, the readers, the figures of the day, the desk."""

from collections.abc import Iterable

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QWidget

from counter_app.services.answers.desk_status import DeskStatus, LineState
from counter_app.services.peripherals import DeviceState, DeviceStatus
from ui.formats import show_day, show_moment
from ui.theme.tokens import SPACE, Tone
from ui.widgets import StatusPill
from ui.words import Words

_FEW_NUMBERS = 50
_LINE_TONES = {LineState.NOT_CONFIGURED: Tone.NEUTRAL, LineState.DOWN: Tone.CAUTION, LineState.UP: Tone.GOOD}
_DEVICE_TONES = {
    DeviceState.NONE: Tone.NEUTRAL,
    DeviceState.READY: Tone.GOOD,
    DeviceState.SEARCHING: Tone.CAUTION,
    DeviceState.DISTURBED: Tone.BAD,
}
_WORST_FIRST = (DeviceState.DISTURBED, DeviceState.SEARCHING, DeviceState.READY)
#: Why what two machines wrote stays apart, where that has a sentence of its own.
_SAID = frozenset({"province.no_epoch_left", "store.slice_used_up"})
#: Of what is left out, by how much it matters.
_TONES = (Tone.NEUTRAL, Tone.CAUTION, Tone.BAD)


class StatusStrip(QFrame):
    """Figures that are always in sight; the words say what the colours say."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusStrip")
        self._words = words
        self._status: DeskStatus | None = None
        self._devices: dict[str, DeviceState] = {}
        self.line, self.readers, self.numbers = StatusPill(), StatusPill(), StatusPill()
        self.unsent, self.received = QLabel(), QLabel()
        self.to_print, self.owed, self.pages, self.waiting = StatusPill(), StatusPill(), StatusPill(), StatusPill()
        self.renewed, self.parted, self.alone = StatusPill(), StatusPill(), StatusPill()
        self.update_waits = QLabel()
        self.update_waits.hide()
        self.busy, self.desk, self.more = QLabel(), QLabel(), StatusPill()
        self.busy.hide()
        row = self._row = QHBoxLayout(self)
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(SPACE.medium, SPACE.hair, SPACE.medium, SPACE.hair)
        row.setSpacing(SPACE.small)
        pills = (self.to_print, self.owed, self.pages)
        figures = (self.line, self.waiting, self.parted, self.renewed, self.alone)
        for widget in (*figures, self.readers, self.numbers, self.unsent, self.received, *pills, self.more):
            row.addWidget(widget)
        row.addWidget(self.busy)
        row.addStretch(1)
        row.addWidget(self.update_waits)
        row.addWidget(self.desk)
        # What yields, the first one first, among those of one tone.
        plain = (self.received, self.unsent, self.desk, self.update_waits)
        alarms = (self.renewed, self.alone, self.owed, self.readers, self.waiting, self.parted)
        self._yielding: tuple[QLabel, ...] = (*plain, self.pages, self.to_print, self.numbers, self.line, *alarms)
        self._left_out: list[QLabel] = []

    def minimumSizeHint(self) -> QSize:
        """Any width will do: a strip that asked for more would make the window wider than the screen."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._let_all_in()
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Show as much as there is room for: before, nobody knew how much."""
        super().showEvent(event)
        self._let_all_in()
        self._fit()

    def show_status(self, status: DeskStatus) -> None:
        """Show the figures."""
        self._status = status
        self._render()

    def show_devices(self, statuses: Iterable[DeviceStatus]) -> None:
        """Show how the readers are: the worst state of those that have a port."""
        for status in statuses:
            self._devices[status.role.value] = status.state
        self._render()

    def show_busy(self, *, is_busy: bool) -> None:
        """Say that something takes its time."""
        self._let_all_in()
        self.busy.setText(self._words("ui.busy"))
        self.busy.setVisible(is_busy)
        self._fit()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._render()

    def _render(self) -> None:
        self._let_all_in()
        self._render_all()
        self._fit()

    def _let_all_in(self) -> None:
        self.more.hide()
        for widget in self._left_out:
            widget.show()
        self._left_out.clear()

    def _fit(self) -> None:
        """Leave out what matters least, where there is no room for all: what is in order before any alarm."""
        if not self.isVisible():
            return
        for widget in sorted(self._yielding, key=_urgency):
            if self._row.minimumSize().width() <= self.width():
                return
            if not widget.isHidden():
                widget.hide()
                self._left_out.append(widget)
                self._render_more()

    def _render_more(self) -> None:
        """That there is more, as urgent as the worst of it, and what."""
        worst = _TONES[_urgency(self._left_out[-1])]
        self.more.set_state(f"+{len(self._left_out)}", worst)
        said = self._words("ui.status.left_out", what="; ".join(one.text() for one in reversed(self._left_out)))
        self.more.setToolTip(said)
        self.more.setAccessibleDescription(said)

    def _render_all(self) -> None:
        words = self._words
        worst = next((state for state in _WORST_FIRST if state in self._devices.values()), DeviceState.NONE)
        self.readers.set_state(words(f"ui.status.devices_{worst.value}"), _DEVICE_TONES[worst])
        status = self._status
        if status is None:
            return
        self.line.set_state(words(f"ui.status.line_{status.line.value}"), _LINE_TONES[status.line])
        tone = Tone.CAUTION if status.numbers_left < _FEW_NUMBERS else Tone.NEUTRAL
        self.numbers.set_state(words("ui.status.numbers_left", count=status.numbers_left), tone)
        self.unsent.setText(words("ui.status.unsent", count=status.unsent))
        self.received.setText(words("ui.status.received_today", count=status.received_today))
        self.to_print.set_state(words("ui.status.print_jobs", count=status.open_print_jobs), Tone.CAUTION)
        self.to_print.setVisible(status.open_print_jobs > 0)
        self.owed.set_state(words("ui.status.owed_papers", count=status.owed_papers), Tone.BAD)
        self.owed.setVisible(status.owed_papers > 0)
        self.pages.set_state(words("ui.status.waiting_pages", count=status.waiting_pages), Tone.CAUTION)
        self.pages.setVisible(status.waiting_pages > 0)
        self._render_waiting(status)
        self._render_renewed(status)
        self._render_parted(status)
        self.desk.setText(status.desk_name)
        self.update_waits.setText(words("update.strip", version=status.waiting_version))
        self.update_waits.setToolTip(words("update.strip_hint"))
        self.update_waits.setVisible(bool(status.waiting_version))

    def _render_waiting(self, status: DeskStatus) -> None:
        """The cause and the remedy are one sentence, for the mouse and for a screen reader."""
        since = status.unsent_since
        self.waiting.set_state(self._words("held.alarm", since=show_day(since)) if since else "", Tone.BAD)
        said = self._words("held.alarm_sentence", count=status.unsent, since=show_moment(since)) if since else ""
        self.unsent.setVisible(since is None)
        self.waiting.setToolTip(said)
        self.waiting.setAccessibleDescription(said)

    def _render_renewed(self, status: DeskStatus) -> None:
        """That two machines had written this journal, in one sentence with the codes that are other ones now."""
        renewed, words = status.renewed, self._words
        self.alone.set_state(words("sync.alone"), Tone.CAUTION)
        self.alone.setToolTip(words("sync.alone_sentence"))
        self.alone.setAccessibleDescription(self.alone.toolTip())
        is_whole = status.parted is None  # what cannot go on comes before what did, and the strip has no room for all
        self.alone.setVisible(status.stands_alone and is_whole)
        if renewed is None or not is_whole:
            self.renewed.hide()
            return
        codes = ", ".join(f"{one.old} → {one.new}" for one in renewed.recoded)
        said = words("sync.renewed_codes", codes=codes) if codes else words("sync.renewed_no_codes")
        self.renewed.set_state(words("sync.renewed"), Tone.CAUTION)
        self.renewed.setToolTip(words("sync.renewed_sentence", count=renewed.moved, said=said))
        self.renewed.setAccessibleDescription(self.renewed.toolTip())

    def _render_parted(self, status: DeskStatus) -> None:
        """That what this machine wrote beside another one cannot go on, since when and why."""
        parted, words, said = status.parted, self._words, ""
        if parted is not None:
            why = words(parted.reason if parted.reason in _SAID else "sync.line_incomplete")
            said = words("sync.parted_sentence", since=show_moment(parted.since), why=why)
        self.parted.set_state(words("sync.parted"), Tone.BAD)
        self.parted.setToolTip(said)
        self.parted.setAccessibleDescription(said)
        self.parted.setVisible(parted is not None)


def _urgency(widget: QWidget) -> int:
    """Return the place of a widget's tone in `_TONES`; what has none, or a good one, is in order."""
    tone = widget.property("tone")
    return _TONES.index(Tone(tone)) if tone in (Tone.CAUTION, Tone.BAD) else 0
