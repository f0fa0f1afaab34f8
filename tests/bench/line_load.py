"""What carriers are measured with: the real entries of a desk whose dossiers were received and handed on."""

import random
import tempfile
from pathlib import Path

import msgspec
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.journal.entries import Entry
from counter_app.journal.rebuild import iter_entries
from counter_app.services.sample_data import LOGIN
from counter_app.store.tables import dossiers
from counter_app.sync.batch import BATCH_ENTRIES, Batch, seal

_PASS_PHRASE = "a bench has no secrets"
_RECEIVERS = ("Phòng Tư pháp", "Phòng Kinh tế", "Phòng Văn hóa - Xã hội")


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """A desk, what the province has of it before, and what goes over the line."""

    desk_id: str
    unit_code: str
    public_key: bytes
    before: list[Batch]
    batches: list[Batch]


def make_load(size: int) -> Load:
    """Return the load of so many dossiers, two entries each."""
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root) / "desk", state_root=Path(root) / "state")
        init_sample_desk(folder, passphrase=_PASS_PHRASE, dossiers=size)
        with opened(folder, passphrase=_PASS_PHRASE) as made:
            _hand_on(made)
            with made.desk.store.reading() as connection:
                entries = [entry for _position, entry in iter_entries(connection)]
            start = next(number for number, entry in enumerate(entries) if entry.kind == "dossier.received")
            return Load(
                desk_id=made.desk.desk.id,
                unit_code=made.desk.desk.unit_code,
                public_key=made.desk.desk.public_key,
                before=_seal(made, entries[:start]),
                batches=_seal(made, entries[start:]),
            )


def _hand_on(made: OpenCounter) -> None:
    made.counter.session.act_as(LOGIN)
    with made.desk.store.reading() as connection:
        codes = connection.execute(select(dossiers.dossier.c.code).order_by(dossiers.dossier.c.row)).scalars().all()
    dice = random.Random(1)
    for code in codes:
        made.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver=dice.choice(_RECEIVERS)))


def _seal(made: OpenCounter, entries: list[Entry]) -> list[Batch]:
    runs = (entries[start : start + BATCH_ENTRIES] for start in range(0, len(entries), BATCH_ENTRIES))
    return [seal(run, made.desk.journal.sign) for run in runs]
