"""Pages that lie in the vault and in no document yet: those of a scan under way, and those that no code placed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from counter_app.core.changes import Topic
from counter_app.core.clock import to_millis
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.domain.document import TrayReason
from counter_app.domain.likely_line import find_likely_line
from counter_app.domain.pile import Group
from counter_app.scanning.files import PageFile
from counter_app.scanning.ready import ReadyPage
from counter_app.scanning.scanned import ScannedPage
from counter_app.services.answers.documents import DiscardedPages, TrayPage, WaitingScan
from counter_app.services.document_places import get_dossier_at
from counter_app.services.open_desk import OpenDesk
from counter_app.store.tables import local
from counter_app.store.vault import Blob

_encode = msgspec.msgpack.Encoder().encode
_page = local.captured_page.c
_PILE = "#"


class SealedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the vault that no row names yet, and where it likely belongs."""

    blob: Blob
    group: Group
    line: int


class Tray:
    """Each page is durable in the vault before its row says so. Any thread; reads and writes the disk."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk

    def capture(self, session: str, page: ScannedPage, *, code: str = "", line: int = 0, is_pile: bool = False) -> str:
        """Keep one page of a scan as the device gave it, before the next is asked for. Returns the page's id.

        `code` and `line` are where the scan is meant to go, `is_pile` that it is to be separated by its codes: that is
        offered when it is cut off.
        """
        blob = self._desk.vault.put([page.picture])
        likely = _PILE if is_pile else _write_likely(code, line)
        return self._add(session, page.number, blob, is_ready=False, dpi=page.dpi, likely=likely)

    def seal(self, page: ReadyPage, group: Group) -> SealedPage:
        """Put a page into the vault; it waits once `keep` says so."""
        line = group.component or (self._line_by_words(page, group.code) if group.code else 0)
        return SealedPage(blob=self._desk.vault.put([_encode(page)]), group=group, line=line)

    def keep(self, session: str, number: int, page: SealedPage) -> TrayPage:
        """Let a page that no code placed wait, with the likely dossier and line."""
        blob, group, line = page.blob, page.group, page.line
        reason = group.reason or TrayReason.UNKNOWN_COMPONENT
        likely = _write_likely(group.code, line)
        page_id = self._add(session, number, blob, is_ready=True, dpi=0, reason=reason.value, likely=likely)
        return TrayPage(id=page_id, number=number, reason=reason, likely_code=group.code, likely_line=line)

    def hold(
        self, page_ids: Sequence[str], pages: Sequence[SealedPage], *, gone: Sequence[str]
    ) -> tuple[TrayPage, ...]:
        """Let pages of a scan wait in the tray, as they went through the pipeline, and others go with them.

        Raises:
            UserError: ``document.unknown_page``: another window or command has taken one meanwhile; nothing changed.
        """
        with self._desk.transaction() as connection:
            for page_id, page in zip(page_ids, pages, strict=True):
                reason = page.group.reason or TrayReason.UNKNOWN_COMPONENT
                values = {
                    "sha256": page.blob.sha256,
                    "size_bytes": page.blob.size_bytes,
                    "is_ready": True,
                    "dpi": 0,
                    "reason": reason.value,
                    "likely": _write_likely(page.group.code, page.line),
                }
                changed = connection.execute(update(local.captured_page).where(_page.id == page_id).values(values))
                if changed.rowcount != 1:
                    raise UserError("document.unknown_page")
            take_out(connection, gone)
        return tuple(_tray_page(self._get(page_id)) for page_id in page_ids)

    def list_waiting(self) -> tuple[TrayPage, ...]:
        """Return the pages that wait for a clerk, in the order in which they came."""
        query = select(local.captured_page).where(_page.reason != "").order_by(_page.captured_at, _page.number)
        with self._desk.store.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(_tray_page(row) for row in rows)

    def list_interrupted(self) -> tuple[WaitingScan, ...]:
        """Return the scans that ended in the middle, oldest first: their pages are all here."""
        query = select(_page.session, _page.id, _page.likely).where(_page.reason == "")
        with self._desk.store.reading() as connection:
            rows = connection.execute(query.order_by(_page.session, _page.number)).all()
        return tuple(_waiting_scan(scan, list(pages)) for scan, pages in groupby(rows, key=lambda row: row.session))

    def discard(self, page_ids: Sequence[str]) -> DiscardedPages:
        """Let waiting pages go; `restore` brings them back as long as their files are there, a day at least.

        Raises:
            UserError: ``document.unknown_page``; all of them wait on.
        """
        with self._desk.transaction() as connection:
            query = select(local.captured_page).where(_page.id.in_(page_ids))
            rows = [row._asdict() for row in connection.execute(query)]
            for row in rows:  # before no row names them: a sweep may be under way
                self._desk.vault.touch(row["sha256"])
            take_out(connection, page_ids)
        self.announce()
        return DiscardedPages(rows=tuple(rows))

    def restore(self, discarded: DiscardedPages) -> None:
        """Let discarded pages wait again.

        Raises:
            EnvironmentFailure: ``vault.missing``: too late.
        """
        with self._desk.transaction() as connection:
            if not all(self._desk.vault.touch(row["sha256"]) for row in discarded.rows):
                raise EnvironmentFailure("vault.missing")
            connection.execute(insert(local.captured_page), list(discarded.rows))
        self.announce()

    def announce(self) -> None:
        """Say that other pages wait now; asked for once where many were captured."""
        self._desk.announcer.announce(Topic.DOSSIERS)

    def list_of_session(self, session: str) -> tuple[str, ...]:
        """Return the ids of a scan's pages in the order in which they came, without those that wait in the tray."""
        query = select(_page.id).where(_page.session == session, _page.reason == "").order_by(_page.number)
        with self._desk.store.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def read_ready(self, page_id: str) -> ReadyPage:
        """Return a page that waits in the tray.

        Raises:
            UserError: ``document.unknown_page``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        row = self._get(page_id)
        if not row.is_ready:
            raise UserError("document.unknown_page")
        return msgspec.msgpack.decode(self._desk.vault.get(row.sha256), type=ReadyPage)

    def read_scanned(self, page_id: str) -> ScannedPage:
        """Return a page as the device gave it.

        Raises:
            UserError: ``document.unknown_page``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        row = self._get(page_id)
        if row.is_ready:
            raise UserError("document.unknown_page")
        return ScannedPage(picture=self._desk.vault.get(row.sha256), number=row.number, dpi=row.dpi)

    def as_file(self, page_id: str) -> PageFile:
        """Return a scanned page as the device gave it.

        Raises:
            UserError: ``document.unknown_page``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        page = self.read_scanned(page_id)
        return PageFile(data=page.picture, dpi=page.dpi, is_one_page=True)

    def read_any(self, page_id: str) -> ReadyPage | ScannedPage:
        """Return a page as it waits: gone through the pipeline, or as the device gave it.

        Raises:
            UserError: ``document.unknown_page``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        return self.read_ready(page_id) if self._get(page_id).is_ready else self.read_scanned(page_id)

    def _line_by_words(self, page: ReadyPage, code: str) -> int:
        """Return the line of a dossier whose name the page begins with, 0 for none or an unknown dossier."""
        try:
            with self._desk.store.reading() as connection:
                papers = get_dossier_at(connection, code).papers
        except UserError:
            return 0
        return find_likely_line(page.text.text, [paper.name for paper in papers])

    def _get(self, page_id: str) -> Any:
        query = select(local.captured_page).where(_page.id == page_id)
        with self._desk.store.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UserError("document.unknown_page")
        return row

    def _add(
        self, session: str, number: int, blob: Blob, *, is_ready: bool, dpi: int, reason: str = "", likely: str = ""
    ) -> str:
        page_id = new_id()
        values = {
            "id": page_id,
            "session": session,
            "number": number,
            "sha256": blob.sha256,
            "size_bytes": blob.size_bytes,
            "is_ready": is_ready,
            "dpi": dpi,
            "reason": reason,
            "likely": likely,
            "captured_at": to_millis(self._desk.clock.now()),
        }
        with self._desk.transaction() as connection:
            connection.execute(insert(local.captured_page), values)
        return page_id


def _write_likely(code: str, line: int) -> str:
    return f"{code}#{line}" if code and line else code


def _read_likely(written: str) -> tuple[str, int]:
    code, _mark, line = written.partition("#")
    return code, int(line or 0)


def _tray_page(row: Any) -> TrayPage:
    code, line = _read_likely(row.likely)
    return TrayPage(id=row.id, number=row.number, reason=TrayReason(row.reason), likely_code=code, likely_line=line)


def _waiting_scan(scan: str, pages: Sequence[Any]) -> WaitingScan:
    code, line = _read_likely(pages[0].likely)
    ids = tuple(row.id for row in pages)
    is_pile = pages[0].likely == _PILE
    return WaitingScan(id=scan, page_ids=ids, likely_code=code, likely_line=line, is_pile=is_pile)


def take_out(connection: Connection, page_ids: Iterable[str]) -> None:
    """Let pages go that a document holds now, in that document's own transaction; the sweep frees their files.

    Raises:
        UserError: ``document.unknown_page``: another window or command has taken one of them meanwhile.
    """
    ids: Sequence[str] = tuple(page_ids)
    if not ids:
        return
    gone = connection.execute(delete(local.captured_page).where(_page.id.in_(ids)))
    if gone.rowcount != len(ids):
        raise UserError("document.unknown_page")
