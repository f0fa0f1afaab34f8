"""Papers on their way from a hall to the province: behind the records, as sealed, at the hours and speed that are set.

The settings are those of desks for papers, in the hall's own folder.
"""

import logging
import threading
import time
from collections.abc import Callable

from counter_app.core.clock import Clock
from counter_app.core.errors import EnvironmentFailure
from counter_app.hall.paper_shelf import PaperShelf
from counter_app.services.line_turns import Turn, is_time
from counter_app.settings.settings import Settings
from counter_app.sync.https_line import HttpsLine
from counter_app.sync.https_papers import HttpsPapers
from counter_app.sync.https_sealed import HttpsSealed
from counter_app.sync.papers import HELD, MOST_ASKED
from counter_app.sync.sealed_papers import SealedName, SealedPart

_log = logging.getLogger(__name__)
#: A paper that the province refused is offered again after so long: its entry may have come.
TRIED_AGAIN_S = 3_600.0
_LATER_S = 60.0


class PaperCarrying:
    """One exchange at a time."""

    def __init__(self, shelf: PaperShelf, settings: Settings, clock: Clock) -> None:
        self._shelf, self._settings, self._clock = shelf, settings, clock
        self._refused: dict[SealedName, float] = {}
        self._rests_until = self._sweep_at = 0.0

    def carry(self, line: HttpsLine, *, must_stop: Callable[[], bool], stopped: threading.Event) -> bool:
        """Carry papers up until the province has them all, or the settings say not now.

        Returns whether it ended in between because `must_stop` said so, asked before each chunk, or a turn was over.

        Raises:
            EnvironmentFailure: the line; what was sent goes on from there.
        """
        self._sweep()
        turn = Turn(self._settings, must_stop, stopped)
        if time.monotonic() < self._rests_until:
            return False
        try:
            return self._carry(line, turn)
        except EnvironmentFailure as exc:
            if exc.code not in ("sync.papers_later", "sync.line_refused"):
                raise
            rest_s = TRIED_AGAIN_S if exc.code == "sync.line_refused" else _LATER_S
            self._rests_until = time.monotonic() + rest_s
            _log.warning("the province takes no papers now: %s", exc.context.get("reason", exc.code))
            return False

    def _carry(self, line: HttpsLine, turn: Turn) -> bool:
        passed_over = {one for one, until in self._refused.items() if time.monotonic() < until}
        while self._is_time() and (names := self._shelf.list_waiting(most=MOST_ASKED, but=passed_over)):
            kept = HttpsPapers(line).list_kept([one.paper for one in names])
            self._shelf.note_held([one.paper for one, at in zip(names, kept, strict=True) if at == HELD])
            for name in (one for one, at in zip(names, kept, strict=True) if at != HELD):
                if not self._carry_one(HttpsSealed(line), name, turn):
                    return turn.is_over()
                passed_over.add(name)
        return False

    def _carry_one(self, line: HttpsSealed, name: SealedName, turn: Turn) -> bool:
        """Carry the rest of one paper; whether the next one may follow."""
        try:
            kept, before = line.put_part(SealedPart(name=name)), HELD - 1
            while kept != HELD and kept > before:
                if turn.is_over() or not self._is_time():
                    return False
                before, kept = kept, self._carry_part(line, name, kept, turn)
        except EnvironmentFailure as exc:
            if exc.code != "sync.line_refused":
                raise
            self._note_refusal(name, str(exc.context.get("reason", "")))
            return True
        if kept == HELD:
            self._shelf.note_held([name.paper])
        return True

    def _carry_part(self, line: HttpsSealed, name: SealedName, offset: int, turn: Turn) -> int:
        data = self._shelf.read_file(name, offset)
        begun = time.monotonic()
        kept = line.put_part(SealedPart(name=name, offset=offset, data=data))
        turn.rest(len(data), time.monotonic() - begun)
        return kept

    def _note_refusal(self, name: SealedName, reason: str) -> None:
        match reason:
            case "province.unknown_paper":
                self._shelf.note_refused(name)
                self._refused[name] = time.monotonic() + TRIED_AGAIN_S
            case "province.paper_damaged":  # another desk's copy may be the true one
                self._shelf.drop(name)
            case _:
                raise EnvironmentFailure("sync.line_refused", reason=reason)
        _log.warning("the province did not take a paper: %s", reason)

    def _is_time(self) -> bool:
        return is_time(self._settings, self._clock)

    def _sweep(self) -> None:
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + TRIED_AGAIN_S
            self._shelf.sweep()
