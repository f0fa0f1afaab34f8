"""The exchange with the province by memory stick: writing a file for it, taking its answer."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QProgressBar, QWidget

from counter_app.core.clock import to_local
from counter_app.core.errors import AppError
from counter_app.services.bundles import BundleMade, BundleRelayed, BundleReport, StickStanding
from ui.formats import show_moment
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.settings.sticks import Stick, list_sticks
from ui.tasks import Progress, Where
from ui.widgets import ActionButton, ButtonKind, Choices, SectionCard

T = TypeVar("T")
_SUFFIX = ".bundle"
_PLACE_WIDTH = 260
_STEPS = 1_000


class StickCard(SectionCard):
    """Hidden as long as the province has given no key to seal files for it. One thing at a time."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._words = context, context.words
        self._standing: StickStanding | None = None
        self._cancelled = threading.Event()
        self.find_sticks: Callable[[], tuple[Stick, ...]] = list_sticks
        self.sentence, self._hint = QLabel(), QLabel()
        for label in (self.sentence, self._hint):
            label.setWordWrap(True)
        self._hint.setProperty("role", "hint")
        self._place_label, self.place = QLabel(), Choices()
        self._place_label.setBuddy(self.place)
        self.place.setMinimumWidth(_PLACE_WIDTH)
        self.write, self.take, self.relay = ActionButton(), ActionButton(), ActionButton(ButtonKind.QUIET)
        self.bar, self.stop = QProgressBar(), ActionButton(ButtonKind.QUIET)
        self._lay_out()
        self.write.clicked.connect(self._choose_target)
        self.take.clicked.connect(lambda: self._choose_source("stick.take", self._take))
        self.relay.clicked.connect(lambda: self._choose_source("stick.relay", self._relay))
        self.stop.clicked.connect(self._cancelled.set)
        self._show_running(runs=False)
        self.retranslate()
        self.hide()

    def ask(self) -> None:
        """Read anew what waits for the province, and which sticks are plugged in."""
        counter, tasks = self._context.counter, self._context.tasks
        tasks.run(counter.bundles.read_standing, owner=self, done=self._show, supersedes="ask", name="bundles.standing")
        tasks.run(
            self.find_sticks,
            owner=self,
            done=self._show_sticks,
            where=Where.POOL,
            supersedes="sticks",
            name="bundles.sticks",
        )

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.set_title(words("stick.title"))
        self._hint.setText(words("stick.hint"))
        self._place_label.setText(words("stick.place"))
        self.place.setAccessibleName(words("stick.place"))
        self.write.set_text(words("stick.write"))
        self.take.set_text(words("stick.take"))
        self.relay.set_text(words("stick.relay"))
        self.relay.setToolTip(words("stick.relay_hint"))
        self.relay.setAccessibleDescription(words("stick.relay_hint"))
        self.stop.set_text(words("stick.stop"))
        self.bar.setAccessibleName(words("stick.progress"))
        self._show_sticks(tuple(self.place.itemData(row) for row in range(self.place.count() - 1)))
        if self._standing is not None:
            self._show(self._standing)

    def _lay_out(self) -> None:
        row, work = QHBoxLayout(), QHBoxLayout()
        for widget in (self._place_label, self.place, self.write, self.take, self.relay):
            row.addWidget(widget)
        row.addStretch(1)
        work.addWidget(self.bar, 1)
        work.addWidget(self.stop)
        for label in (self.sentence, self._hint):
            self.body.addWidget(label)
        self.body.addLayout(row)
        self.body.addLayout(work)

    def _show(self, standing: StickStanding) -> None:
        self._standing = standing
        since = standing.oldest_unsent_at
        key = "stick.all_there" if since is None else "stick.waits"
        self.sentence.setText(self._words(key, count=standing.unsent, since=show_moment(since) if since else ""))
        self.setVisible(standing.is_possible)

    def _show_sticks(self, sticks: tuple[Stick, ...]) -> None:
        chosen = self.place.currentData()
        self.place.clear()
        for stick in sticks:
            self.place.addItem(stick.name, stick)
        self.place.addItem(self._words("stick.elsewhere"), None)
        self.place.setCurrentIndex(sticks.index(chosen) if chosen in sticks else 0)

    @Slot()
    def _choose_target(self) -> None:
        stick, name = self.place.currentData(), self._file_name()
        if stick is not None:
            self._write(str(stick.folder / name))
            return
        dialog = self._dialog("stick.write")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(name)
        dialog.fileSelected.connect(self._write)
        dialog.open()

    def _choose_source(self, title: str, chosen: Callable[[str], None]) -> None:
        stick = self.place.currentData()
        dialog = self._dialog(title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if stick is not None:
            dialog.setDirectory(str(stick.folder))
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self, self._words(title))
        dialog.setNameFilters([f"{self._words('stick.files')} (*{_SUFFIX})", f"{self._words('stick.all_files')} (*)"])
        dialog.setDefaultSuffix(_SUFFIX.removeprefix("."))
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _file_name(self) -> str:
        now: datetime = to_local(self._context.counter.clock.now())
        unit = self._standing.unit_code if self._standing is not None else ""
        return f"{self._words('stick.file_name')}-{unit}-{now:%Y%m%d-%H%M%S}{_SUFFIX}"

    @Slot(str)
    def _write(self, name: str) -> None:
        bundles, path = self._context.counter.bundles, Path(name)

        def work(progress: Progress) -> BundleMade:
            return bundles.export(path, progressed=progress.report, is_cancelled=self._cancelled.is_set)

        def done(made: BundleMade) -> None:
            kb = -(-made.size_bytes // 1024)
            said = self._words("stick.written", entries=made.entries, papers=made.papers, kb=kb, file=path.name)
            self._tell(said)

        self._run(work, done, name="bundles.export")

    @Slot(str)
    def _take(self, name: str) -> None:
        bundles, path = self._context.counter.bundles, Path(name)

        def work(progress: Progress) -> BundleReport:
            return bundles.take(path, progressed=progress.report, is_cancelled=self._cancelled.is_set)

        def done(taken: BundleReport) -> None:
            key = "bundle.from_province" if taken.is_of_province else "bundle.taken"
            facts = {name: getattr(taken, name) for name in taken.__struct_fields__}
            self._tell(self._words(key, **facts))

        self._run(work, done, name="bundles.take")

    @Slot(str)
    def _relay(self, name: str) -> None:
        bundles, path = self._context.counter.bundles, Path(name)
        answer = self._name_answer(path)

        def work(progress: Progress) -> BundleRelayed:
            stopped = self._cancelled.is_set
            return bundles.relay(path, answer=answer, progressed=progress.report, is_cancelled=stopped)

        def done(made: BundleRelayed) -> None:
            said = self._words("bundle.relayed", giver=made.giver, entries=made.entries, papers=made.papers)
            self._tell(f"{said} {self._words('bundle.answer_written', file=answer.name, giver=made.giver)}")

        self._run(work, done, name="bundles.relay")

    def _name_answer(self, path: Path) -> Path:
        """Return a new name beside the file: a stick may be passed on twice."""
        now: datetime = to_local(self._context.counter.clock.now())
        return path.with_name(f"{path.stem}-{self._words('stick.relay_ending')}-{now:%H%M%S}{_SUFFIX}")

    def _run(self, work: Callable[[Progress], T], done: Callable[[T], None], *, name: str) -> None:
        self._cancelled.clear()
        self._show_running(runs=True)

        def ended(result: T) -> None:
            self._show_running(runs=False)
            done(result)
            self.ask()

        def failed(error: AppError) -> None:
            self._show_running(runs=False)
            if error.code == "bundle.cancelled":
                self._tell(self._words("bundle.cancelled"), Severity.INFO)
            else:
                self._context.errors.show(error)
            self.ask()

        self._context.tasks.run_with_progress(
            work, owner=self, done=ended, failed=failed, progressed=self._on_progress, where=Where.POOL, name=name
        )

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, _STEPS if total else 0)
        self.bar.setValue(_STEPS * done // total if total else 0)
        if not total and self.stop.hasFocus():
            self.setFocus()  # the next one in order may stand on another card
        self.stop.setEnabled(total > 0)

    def _show_running(self, *, runs: bool) -> None:
        was_here = self.stop.hasFocus() or self.hasFocus()
        self.bar.setRange(0, 0)
        self.stop.setEnabled(True)
        for chosen in (self.place, self.write, self.take, self.relay):
            chosen.setDisabled(runs)
        if runs:
            self.stop.show()
            self.stop.setFocus()
        elif was_here:
            self.write.setFocus()  # before the key that has the focus goes
        for widget in (self.bar, self.stop):
            widget.setVisible(runs)

    def _tell(self, said: str, severity: Severity = Severity.SUCCESS) -> None:
        self._context.messages.show_message(Message(said, severity))
