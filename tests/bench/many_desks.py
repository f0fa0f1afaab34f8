"""Journals of many desks at once: real bodies of received and handed-on dossiers under invented ids, signed by each."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import msgspec

from counter_app.core.clock import to_millis
from counter_app.core.ids import new_id
from counter_app.domain.unit import Desk, Slice, Unit
from counter_app.journal.chain import GENESIS, Signer
from counter_app.journal.entries import (
    Body,
    DeskEnrolled,
    DossierActed,
    DossierReceived,
    Entry,
    decode_body,
    encode_body,
)
from counter_app.journal.journal import make_entry
from counter_app.province.service import Province
from counter_app.sync.batch import BATCH_ENTRIES, Batch, open_batch, seal
from tests.bench.line_load import make_load

NEW_YEAR = datetime(2026, 1, 5, tzinfo=UTC)
_MODELS, _A_DAY = 200, 800


class Model(NamedTuple):
    """What one dossier left in a real journal."""

    received: DossierReceived
    acted: DossierActed


class BusyDesk:
    """One desk of a province and how far its chain is."""

    def __init__(self, number: int, unit: Unit, models: Sequence[Model]) -> None:
        """`number`: which desk of its unit it is, from 0 to 9."""
        self.id, self.unit, self.number = new_id(), unit, number
        self.signer, _secret = Signer.generate()
        self._models, self._dice = models, random.Random(number)
        self._last: Entry | None = None
        self._waiting: list[Entry] = []
        self._received = 0
        slice_ = Slice(number * 1_000 + 1, number * 1_000 + 999)
        desk = Desk(
            id=self.id,
            unit_code=unit.code,
            name=f"Quầy {number + 1}",
            number_slice=slice_,
            public_key=self.signer.public_key,
        )
        self._append(DeskEnrolled(unit=unit, desk=desk, part=slice_), self.id, to_millis(NEW_YEAR) - 1)

    def write(self, count: int, at: datetime) -> Iterator[Batch]:
        """Receive so many dossiers and hand them on; yield the batches."""
        at_ms = to_millis(at)
        for step in range(count):
            model, dossier_id = self._dice.choice(self._models), new_id()
            received, acted = self._vary(model, dossier_id)
            self._append(received, dossier_id, at_ms + 2 * step)
            self._append(acted, dossier_id, at_ms + 2 * step + 1)
        while self._waiting:
            run, self._waiting = self._waiting[:BATCH_ENTRIES], self._waiting[BATCH_ENTRIES:]
            yield seal(run, self.signer.sign)

    def _vary(self, model: Model, dossier_id: str) -> tuple[DossierReceived, DossierActed]:
        day, number = divmod(self._received, _A_DAY)
        self._received += 1
        numbered_on = date(2026, 1, 5) + timedelta(days=day)
        number += self.number * 1_000 + 1
        code = f"{self.unit.code}-{numbered_on:%y%m%d}-{number:04d}"
        dossier = msgspec.structs.replace(model.received.dossier, id=dossier_id, code=code)
        prints = tuple(msgspec.structs.replace(one, id=new_id()) for one in model.received.prints)
        return (
            msgspec.structs.replace(
                model.received, dossier=dossier, number=number, numbered_on=numbered_on, prints=prints
            ),
            msgspec.structs.replace(model.acted, dossier_id=dossier_id, prints=()),
        )

    def _append(self, body: Body, subject: str, at_ms: int) -> None:
        seq = self._last.seq + 1 if self._last is not None else 1
        header = (new_id(), self.id, 1, seq, at_ms << 16, "bench", body.KIND, body.VERSION, subject)
        prev_hash = self._last.hash if self._last is not None else GENESIS
        self._last = make_entry(header, body=encode_body(body), prev_hash=prev_hash)
        self._waiting.append(self._last)


def make_models() -> list[Model]:
    """Return what some dossiers left in the journal of a real desk."""
    load = make_load(_MODELS)
    records = [record for batch in load.batches for record in open_batch(batch.data).run.records]
    bodies = {(one.subject, one.kind): decode_body(one.kind, one.version, one.body) for one in records}
    found = []
    for (subject, _kind), body in bodies.items():
        acted = bodies.get((subject, DossierActed.KIND))
        if isinstance(body, DossierReceived) and isinstance(acted, DossierActed):
            found.append(Model(body, acted))
    return found


def admit_all(province: Province, desks: Sequence[BusyDesk]) -> None:
    """Let a province know them, as if each had claimed its code."""
    with province.database.transaction() as connection:
        for unit in {desk.unit.code: desk.unit for desk in desks}.values():
            connection.execute(
                "INSERT INTO unit (code, facts) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (unit.code, msgspec.json.encode(unit)),
            )
        for desk in desks:
            numbers = (desk.number * 1_000 + 1, desk.number * 1_000 + 999)
            connection.execute(
                "INSERT INTO desk (id, unit_code, name, kind, public_key, slice_low, slice_high, enrolled_at)"
                " VALUES (%s, %s, 'bench', 'desk', %s, %s, %s, now())",
                (desk.id, desk.unit.code, desk.signer.public_key, *numbers),
            )
