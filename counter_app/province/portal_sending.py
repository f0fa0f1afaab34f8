"""Telling the national portal what it was not told yet, one dossier after the other, each until it answers.

Nothing is queued: a row counts the entries about a dossier as they are taken, and how many of them the portal has
answered to. What is sent is made from the unit's mirror at that moment. A call whose answer was lost is made again with
the same words: the portal knows a dossier by its code and then wants an update, and a step by its instant and words.
"""

import hashlib
import logging
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select

from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.domain.national_portal.dossier import Fields
from counter_app.province.database import Connection
from counter_app.province.feeds import publish
from counter_app.province.locks import Lock
from counter_app.province.mirrors import Mirror, Mirrors
from counter_app.province.national_portal import BAD_ANSWER, NationalPortal, PortalSaid
from counter_app.province.service import Province
from counter_app.province.tries import STRANGE, later, next_try
from counter_app.services.portal_payloads import PortalPayload
from counter_app.store.tables import dossiers
from counter_app.sync.portal_answers import Covered, PortalAnswer, sign_portal_answer
from counter_app.sync.ports import FeedKind

_log = logging.getLogger(__name__)
_AT_ONCE = 200
#: Dossiers that the portal answers with nothing of sense, one after the other, before it counts as down.
_MOST_BAD = 5
_STEP_DIGEST_BYTES = 8
_KNOWN_ALREADY = "đã tồn tại"
_CODE = select(dossiers.dossier.c.code)

_DUE = """
SELECT * FROM portal_sending WHERE told < changes AND (try_after IS NULL OR try_after <= %s)
ORDER BY try_after NULLS FIRST, unit_code, dossier LIMIT %s
"""
_COVERS = "SELECT desk, epoch, max(seq) AS seq FROM entry WHERE subject = %s GROUP BY desk, epoch ORDER BY desk, epoch"


class Sent(NamedTuple):
    """What one round did: dossiers that the portal took, refused, and that wait for another try."""

    taken: int = 0
    refused: int = 0
    waiting: int = 0


class PortalSender:
    """Sends from one thread."""

    def __init__(self, province: Province, mirrors: Mirrors, portal: NationalPortal) -> None:
        self._province, self._mirrors, self._portal = province, mirrors, portal

    def send(self, *, is_stopped: threading.Event | None = None) -> Sent:
        """Tell the portal of everything that is due; ends early when told to stop.

        Raises:
            EnvironmentFailure: ``portal.unreachable``, ``portal.not_admitted``, ``portal.bad_answer`` to several
                dossiers in a row: the next one is not tried either; the database.
        """
        stopped = is_stopped or threading.Event()
        with self._province.database.only_one(Lock.TELLING_PORTAL) as is_ours:
            if not is_ours:
                return Sent()
            counts = [0, 0, 0]
            for answer in self._send_all(stopped):
                counts[answer] += 1
        return Sent(*counts)

    def _send_all(self, stopped: threading.Event) -> Iterator[int]:
        bad = 0
        while rows := self._list_due():
            for row, covers in rows:
                if stopped.is_set():
                    return
                try:
                    outcome, bad = self._send_one(row, covers), 0
                except EnvironmentFailure as exc:
                    outcome, bad = 2, bad + 1
                    if exc.code != BAD_ANSWER or bad == _MOST_BAD:
                        raise
                yield outcome

    def _list_due(self) -> list[tuple[Any, tuple[Covered, ...]]]:
        """Return what is due, with how far the entries about each go: read before the mirror is, so never beyond it."""
        with self._province.database.transaction() as connection:
            rows = connection.execute(_DUE, (self._province.clock.now(), _AT_ONCE)).fetchall()
            return [(row, tuple(_covered(connection, row.dossier))) for row in rows]

    def _send_one(self, row: Any, covers: tuple[Covered, ...]) -> int:
        try:
            mirror = self._mirrors.follow(row.unit_code)
            code = _find_code(mirror, row.dossier)
            payload = mirror.payloads.get(code) if code is not None else None
        except (AppError, *STRANGE) as exc:
            why = exc.code if isinstance(exc, AppError) else type(exc).__name__
            _log.warning("a dossier cannot be told to the national portal: %s", why)
            self._wait(row)
            return 2
        if payload is None:  # its receipt is held, or not here yet: there is nothing to tell
            self._keep(row, told=row.changes)
            return 2
        digest, steps = _digest(payload.dossier), _new_steps(payload, bytes(row.steps))
        if row.is_known and not row.refusal and bytes(row.digest or b"") == digest and not steps:
            self._note_answer(
                row, covers, PortalSaid(is_taken=True, message="")
            )  # nothing new to it, and the desks know
            return 0
        return self._tell(row, covers, payload, digest)

    def _tell(self, row: Any, covers: tuple[Covered, ...], payload: PortalPayload, digest: bytes) -> int:
        try:
            said = self._tell_dossier(payload.dossier, is_known=row.is_known)
            if said.is_taken:
                self._keep(row, is_known=True, digest=digest)
                said = self._tell_steps(row, payload)
        except EnvironmentFailure:
            self._wait(row)
            raise
        self._note_answer(row, covers, said)
        return 0 if said.is_taken else 1

    def _tell_dossier(self, body: Fields, *, is_known: bool) -> PortalSaid:
        said = self._portal.call({**body, "isUpdating": str(is_known)})
        if not said.is_taken and not is_known and _KNOWN_ALREADY in said.message.casefold():
            return self._portal.call({**body, "isUpdating": str(True)})
        return said

    def _tell_steps(self, row: Any, payload: PortalPayload) -> PortalSaid:
        done = bytes(row.steps)
        for body, digests in _new_steps(payload, done):
            said = self._portal.call(body)
            if not said.is_taken:
                return said
            done += b"".join(digests)
            self._keep(row, steps=done)
        return PortalSaid(is_taken=True, message="")

    def _note_answer(self, row: Any, covers: tuple[Covered, ...], said: PortalSaid) -> None:
        """Keep the answer and put it on the unit's feed, both or neither. What was refused waits for a change."""
        now, refusal = later(self._province.clock.now(), row.answered_at), "" if said.is_taken else said.message or "?"
        answer = PortalAnswer(dossier_id=row.dossier, at=now, covers=covers, refusal=refusal)
        data = sign_portal_answer(answer, self._province.authority.signer.sign)
        with self._province.database.transaction() as connection:
            publish(connection, row.unit_code, FeedKind.PORTAL, data)
            connection.execute(
                "UPDATE portal_sending SET told = %s, refusal = %s, answered_at = %s, tries = 0, try_after = NULL"
                " WHERE dossier = %s",
                (row.changes, refusal, now, row.dossier),
            )

    def _wait(self, row: Any) -> None:
        self._keep(row, tries=row.tries + 1, try_after=next_try(self._province.clock.now(), row.tries))

    def _keep(self, row: Any, **values: bool | int | bytes | datetime) -> None:
        columns = ", ".join(f"{name} = %({name})s" for name in values)
        with self._province.database.transaction() as connection:
            connection.execute(
                f"UPDATE portal_sending SET {columns} WHERE dossier = %(dossier)s",  # noqa: S608 - our own names
                {**values, "dossier": row.dossier},
            )


def _covered(connection: Connection, dossier_id: str) -> Iterator[Covered]:
    for row in connection.execute(_COVERS, (dossier_id,)):
        yield Covered(desk=row.desk, epoch=row.epoch, seq=row.seq)


def _find_code(mirror: Mirror, dossier_id: str) -> str | None:
    with mirror.desk.store.reading() as connection:
        code: str | None = connection.execute(_CODE.where(dossiers.dossier.c.id == dossier_id)).scalar()
    return code


def _digest(body: Fields) -> bytes:
    without = {name: value for name, value in body.items() if name != "isUpdating"}
    return hashlib.sha256(msgspec.json.encode(without, order="deterministic")).digest()


def _new_steps(payload: PortalPayload, done: bytes) -> list[tuple[Fields, list[bytes]]]:
    """Return the calls for the steps that the portal has not taken, each with the digests of its steps."""
    known = {done[start : start + _STEP_DIGEST_BYTES] for start in range(0, len(done), _STEP_DIGEST_BYTES)}
    calls: list[tuple[Fields, list[bytes]]] = []
    for body in payload.progress:
        steps = [(step, _step_digest(step)) for step in body["data"] if isinstance(step, dict)]
        fresh = [(step, digest) for step, digest in steps if digest not in known]
        if fresh:
            calls.append(({**body, "data": [step for step, _ in fresh]}, [digest for _, digest in fresh]))
    return calls


def _step_digest(step: Fields) -> bytes:
    """What makes a step this one, whatever came to stand before it since."""
    names = ("MaHoSo", "NguoiXuLy", "ThoiDiemXuLy", "NoiDungXuLy", "TrangThai")
    words = "\x00".join(str(step[name]) for name in names)
    return hashlib.sha256(words.encode()).digest()[:_STEP_DIGEST_BYTES]
