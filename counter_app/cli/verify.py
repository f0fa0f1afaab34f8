"""``verify`` and ``rebuild``: whether a store is whole, and its rows made anew."""

import argparse
import time

from counter_app.cli.opening import reading
from counter_app.cli.output import Output
from counter_app.core.paths import DataFolder
from counter_app.journal.verify import Finding, Stage

# A check of a small store is over before anybody asks how far it is.
_TOLD_EVERY_S = 5.0


class _Telling:
    """Says on stderr now and then how far a check is."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._told_at = time.monotonic()

    def tell(self, stage: Stage, done: int, whole: int) -> None:
        now = time.monotonic()
        if now - self._told_at < _TOLD_EVERY_S:
            return
        self._told_at = now
        self._output.tell(self._output.words(f"verify.at_{stage.value}", done=done, whole=whole))


def verify(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    """Check the store from top to bottom; exit code 3 when something is wrong.

    Raises:
        AppError: as `counter_app.services.verification.Verification.verify`.
    """
    with reading(folder) as made:
        report = made.counter.verification.verify(_Telling(output).tell)
    findings = [_words(finding, output) for finding in report.findings]
    key = "verify.sound" if report.is_sound else "verify.unsound"
    summary = output.words(key, entries=report.entries, papers=report.papers, count=len(findings))
    document = {"ok": report.is_sound, "entries": report.entries, "papers": report.papers, "findings": findings}
    output.answer(document, summary, *findings)
    output.exit_code = 0 if report.is_sound else 3


def _words(finding: Finding, output: Output) -> str:
    return output.words(finding.code, epoch=finding.epoch, seq=finding.seq, table=finding.table)


def rebuild(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    """Make every derived row anew.

    Raises:
        AppError: as `counter_app.services.verification.Verification.rebuild`.
    """
    with reading(folder) as made:
        count = made.counter.verification.rebuild(_Telling(output).tell)
    output.answer({"entries": count}, output.words("cli.rebuilt", entries=count))
