"""Previews, runs and reports one thing done with many dossiers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Signal

from counter_app.core.errors import AppError
from counter_app.domain.forms.kinds import Form
from counter_app.domain.manifest import ManifestState
from counter_app.services.answers.bulk import BulkAnswer, BulkKind, BulkOrder
from counter_app.services.answers.manifests import ManifestRow
from ui.page import PageContext
from ui.tasks import Progress, Where


class Phase(StrEnum):
    """Where it is: being chosen, with its preview; running; over, with its result."""

    CHOOSING = "choosing"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkWork:
    """What is shown. `answer` is the preview while choosing, None while it is being made; then the result."""

    codes: tuple[str, ...] = ()
    kind: BulkKind = BulkKind.ACCEPT
    manifests: tuple[ManifestRow, ...] = ()
    manifest: str = ""
    """An open manifest, "" for a new one."""
    form: Form = Form.CONTROL_SLIP
    reason: str = ""
    answer: BulkAnswer | None = None
    phase: Phase = Phase.CHOOSING
    done: int = 0
    total: int = 0

    @property
    def order(self) -> BulkOrder:
        """What would be done."""
        return BulkOrder(kind=self.kind, manifest=self.manifest, form=self.form, reason=self.reason)

    @property
    def begins_manifest(self) -> bool:
        """Whether the dossiers go on a manifest that does not exist yet."""
        return self.kind is BulkKind.MANIFEST and not self.manifest

    @property
    def is_ready(self) -> bool:
        """Whether there is something to do."""
        return self.phase is Phase.CHOOSING and self.answer is not None and bool(self.answer.ready)


class BulkPresenter(QObject):
    """Holds the state in the window's thread: `changed(BulkWork)`. `manifest_wanted(codes)` asks for a new manifest;
    `finished` when something was done.
    """

    changed = Signal(object)
    manifest_wanted = Signal(object)
    finished = Signal()

    def __init__(self, context: PageContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._stop = threading.Event()
        self.state = BulkWork()

    def open(self, codes: tuple[str, ...]) -> None:
        """Take up these dossiers."""
        if self.state.phase is Phase.RUNNING:
            return
        custody = self._context.counter.custody
        self._put(codes=codes, reason="", phase=Phase.CHOOSING, answer=None, manifest="")

        def done(manifests: tuple[ManifestRow, ...]) -> None:
            self._put(manifests=manifests)
            self.preview()

        self._context.tasks.run(
            lambda: custody.list_all(state=ManifestState.OPEN), owner=self, done=done, name="bulk.manifests"
        )

    def choose(self, **changes: Any) -> None:
        """Take another thing to do, or another manifest, form or reason."""
        if self.state.phase is not Phase.RUNNING:
            self._put(**{**changes, "phase": Phase.CHOOSING, "answer": None})
            self.preview()

    def preview(self) -> None:
        """Say for each dossier what would come of it."""
        bulk, order, codes = self._context.counter.bulk, self.state.order, self.state.codes

        def done(answer: BulkAnswer) -> None:
            # A preview that comes late must not stand where the result of the run does.
            is_wanted = self.state.phase is Phase.CHOOSING
            if is_wanted and (self.state.order, self.state.codes) == (order, codes):
                self._put(answer=answer)

        self._context.tasks.run(
            lambda: bulk.preview(order, codes),
            owner=self,
            done=done,
            where=Where.POOL,
            supersedes="preview",
            name="bulk.preview",
        )

    def start(self) -> None:
        """Do it with those that the preview says can be done."""
        state = self.state
        if not state.is_ready or state.answer is None:
            return
        if state.begins_manifest:
            self.manifest_wanted.emit(state.answer.ready)
            return
        bulk, order, codes, stop = self._context.counter.bulk, state.order, state.codes, self._stop
        stop.clear()
        self._put(phase=Phase.RUNNING, done=0, total=len(codes))

        def work(progress: Progress) -> BulkAnswer:
            return bulk.run(order, codes, progressed=progress.report, is_cancelled=stop.is_set)

        self._context.tasks.run_with_progress(
            work,
            owner=self,
            done=self._on_done,
            failed=self._on_failed,
            progressed=lambda done, total: self._put(done=done, total=total),
            where=Where.POOL,
            name="bulk.run",
        )

    def stop(self) -> None:
        """Stop after the dossier that is being done."""
        self._stop.set()

    def _on_done(self, answer: BulkAnswer) -> None:
        self._put(answer=answer, phase=Phase.OVER)
        if self.state.kind is BulkKind.PRINT or any(line.error_code == "" for line in answer.lines):
            self._context.printing.wake()
        self.finished.emit()

    def _on_failed(self, error: AppError) -> None:
        self._put(phase=Phase.CHOOSING)
        self._context.errors.show(error)
        self.preview()

    def _put(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self.changed.emit(self.state)
