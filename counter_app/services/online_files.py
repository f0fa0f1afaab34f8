"""Files of online requests are brought to the desk by themselves, so that the line may fail before a clerk looks."""

import hashlib
import threading
from collections.abc import Callable

from sqlalchemy import select, update

from counter_app.core.changes import Topic
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.services.open_desk import OpenDesk
from counter_app.store.tables import dossiers, local
from counter_app.store.writer_queue import Priority
from counter_app.sync.papers import PaperLine, PaperName

_FILE, _ASKED, _DOSSIER = local.online_file.c, local.online_submission.c, dossiers.dossier.c


class OnlineFetching:
    """One exchange at a time; from a thread that may wait for the line. What came of a file goes on after a cut."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk
        self._part: tuple[str, bytearray] = ("", bytearray())

    def fetch(self, line: PaperLine, *, must_stop: Callable[[], bool], stopped: threading.Event) -> bool:
        """Bring the files of requests that wait, the oldest first; whether it ended in between for records to go.

        Raises:
            EnvironmentFailure: the line, or the disk.
        """
        is_news = False
        self.note_here()
        try:
            for sha256, size_bytes in self._list_missing():
                if not self._fetch(line, sha256, size_bytes, must_stop, stopped):
                    return not stopped.is_set() and must_stop()
                is_news = True
        finally:
            if is_news:
                self._desk.announcer.announce(Topic.ONLINE)
        return False

    def note_here(self) -> None:
        """Look which files lie in the vault by now, however they came."""
        with self._desk.store.reading() as connection:
            missing = set(connection.execute(select(_FILE.sha256).where(~_FILE.is_here)).scalars())
        here = [one for one in missing if self._desk.vault.holds(one)]
        for sha256 in here:
            self._note(sha256)
        if here:
            self._desk.announcer.announce(Topic.ONLINE)

    def _note(self, sha256: str) -> None:
        with self._desk.store.writing(Priority.LINE) as connection:
            connection.execute(update(local.online_file).where(_FILE.sha256 == sha256).values(is_here=True))

    def _list_missing(self) -> list[tuple[str, int]]:
        query = (
            select(_FILE.sha256, _FILE.size_bytes)
            .join(local.online_submission, _ASKED.id == _FILE.submission_id)
            .outerjoin(dossiers.dossier, _DOSSIER.id == _ASKED.id)
            .where(_DOSSIER.id.is_(None), ~_FILE.is_here)
            .order_by(_ASKED.handed_in_at, _FILE.place)
        )
        with self._desk.store.reading() as connection:
            return list(dict.fromkeys((row.sha256, row.size_bytes) for row in connection.execute(query)))

    def _fetch(
        self, line: PaperLine, sha256: str, size_bytes: int, must_stop: Callable[[], bool], stopped: threading.Event
    ) -> bool:
        """Bring one file, checked by its hash; False when told to stop."""
        if not self._desk.vault.holds(sha256):
            name = PaperName(sha256=bytes.fromhex(sha256), size_bytes=size_bytes)
            if self._part[0] != sha256:
                self._part = (sha256, bytearray())
            data = self._part[1]
            while len(data) < size_bytes:
                if stopped.is_set() or must_stop():
                    return False
                came = _read_part(line, name, len(data))
                if not came:
                    return True  # the province cannot give it now: asked for again at the next exchange
                data += came
            self._part = ("", bytearray())
            if hashlib.sha256(data).hexdigest() != sha256:
                return True
            self._desk.vault.put([bytes(data)])
        self._note(sha256)
        return True


def _read_part(line: PaperLine, name: PaperName, offset: int) -> bytes:
    try:
        came = line.read_part(name, offset)
    except AppError as error:
        if isinstance(error, EnvironmentFailure) and error.retryable:
            raise
        return b""
    return came if offset + len(came) <= name.size_bytes else b""
