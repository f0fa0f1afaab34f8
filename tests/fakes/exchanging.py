"""Desks of one commune with a province that signs whom they believe; their batches are carried by the test."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from counter_app.bootstrap import FirstClerk, OpenCounter, init_desk, opened
from counter_app.core.clock import Clock
from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.domain.unit import Slice, Unit
from counter_app.journal.chain import Signer
from counter_app.journal.dossier_states import STATE_COLUMNS, state_of
from counter_app.journal.entries import Entry
from counter_app.province.folding import fold_dossier
from counter_app.services.sample_data import OWN_UNIT
from counter_app.store.tables import documents, exchange, journal
from counter_app.sync.batch import seal
from counter_app.sync.exchange import Exchange
from counter_app.sync.roster import DeskKind, Roster, RosterDesk, sign_roster
from tests.fakes.desks import PASSPHRASE, START, DeskClock

PROVINCE_SIGNER = Signer(bytes(range(7, 39)))
ADMIN = "quantri"


@cache
def _template(number: int) -> Path:
    root = Path(tempfile.mkdtemp(prefix=f"counter-hall-{number}-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    init_desk(
        DataFolder(root / "desk", state_root=root / "state"),
        passphrase=PASSPHRASE,
        unit=hall_unit(),
        desk_name=f"Quầy {number}",
        number_slice=Slice(number * 1_000, number * 1_000 + 999),
        administrator=FirstClerk(login=ADMIN, full_name=f"Đỗ Thị Quầy {number}", password="mật khẩu thử nghiệm"),
        clock=DeskClock(),
    )
    return root


def hall_unit() -> Unit:
    return OWN_UNIT


def hall_folder(root: Path, number: int) -> DataFolder:
    """Return a closed desk of the hall below `root`: `Quầy 1`, `Quầy 2` and so on."""
    shutil.copytree(_template(number), root, dirs_exist_ok=True)
    return DataFolder(root / "desk", state_root=root / "state")


def roster_of(*desks: OpenCounter, number: int = 1, **changes: Any) -> Roster:
    """Return the province's list of these desks; `changes` are made to each."""
    rows = tuple(
        msgspec.structs.replace(
            RosterDesk(
                desk_id=made.desk.desk.id,
                unit_code=made.desk.desk.unit_code,
                name=made.desk.desk.name,
                kind=DeskKind.DESK,
                public_key=made.desk.desk.public_key,
                number_slice=made.desk.desk.number_slice,
                recipient=exchange_of(made).own_recipient(),
            ),
            **changes,
        )
        for made in desks
    )
    return Roster(number=number, issued_at=START, desks=rows)


def exchange_of(made: OpenCounter) -> Exchange:
    desk = made.desk
    return Exchange(
        store=desk.store,
        desk_id=desk.desk.id,
        sign=desk.journal.sign,
        clock=desk.clock,
        announcer=desk.announcer,
    )


def batches_of(made: OpenCounter, *, each: int = 1) -> list[bytes]:
    """Return this desk's journal in batches of so many entries."""
    chain = journal.entry.c.desk == made.desk.desk.id
    with made.desk.store.reading() as connection:
        rows = connection.execute(select(journal.entry).where(chain).order_by(journal.entry.c.seq)).all()
    names = Entry.__struct_fields__
    entries = [Entry(**{name: getattr(row, name) for name in names}) for row in rows]
    runs = [entries[start : start + each] for start in range(0, len(entries), each)]
    return [seal(run, made.desk.journal.sign).data for run in runs]


def introduce(*desks: OpenCounter) -> None:
    """Let all of them believe the province and one another."""
    data = sign_roster(roster_of(*desks), PROVINCE_SIGNER.sign)
    for made in desks:
        exchange_of(made).trust_province(PROVINCE_SIGNER.public_key)
        exchange_of(made).take_roster(data)


@contextmanager
def hall(root: Path, count: int = 2, clock: Clock | None = None) -> Iterator[list[OpenCounter]]:
    """Give open desks that know one another, with their administrators acting."""
    with ExitStack() as stack:
        desks = []
        for number in range(1, count + 1):
            folder = hall_folder(root / str(number), number)
            made = stack.enter_context(opened(folder, passphrase=PASSPHRASE, clock=clock or DeskClock()))
            made.counter.session.act_as(ADMIN)
            desks.append(made)
        introduce(*desks)
        yield desks


def carry(giver: OpenCounter, taker: OpenCounter) -> int:
    """Bring everything that the giver knows and the taker lacks, all desks' entries. Returns how many were new."""
    source, target = exchange_of(giver), exchange_of(taker)
    source.acknowledge(taker.desk.desk.id, target.list_held_chains(), is_whole=True)
    batches = source.next_batches(taker.desk.desk.id, most=1_000, only_own=False)
    count = 0
    for answer in target.take_run([batch.data for batch in batches]):
        if isinstance(answer, AppError):
            raise answer
        count += answer.entries
    source.acknowledge(taker.desk.desk.id, target.list_held_chains(), is_whole=True)
    return count


def meet(*desks: OpenCounter) -> None:
    """Carry everything between all of them until nobody has anything new."""
    pairs = [(giver, taker) for giver in desks for taker in desks if giver is not taker]
    while sum(carry(giver, taker) for giver, taker in pairs):
        pass


def province_folds_alike(made: OpenCounter) -> bool:
    """Whether the province makes of each dossier's entries what this store makes of them."""
    entry, held = journal.entry, exchange.held_entry
    moving = select(held.c.entry_id).where(held.c.kind.in_(("dossier.acted", "dossier.handed")))
    with made.desk.store.reading() as connection:
        known = {row.id: state_of(row) for row in connection.execute(STATE_COLUMNS)}
        held_ids = set(connection.execute(moving).scalars())
        for dossier_id, (dossier, state) in known.items():
            rows = connection.execute(select(entry).where(entry.c.subject == dossier_id)).all()
            count = len(held_ids & {row.id for row in rows})
            if fold_dossier(rows) != (dossier, state, count):
                return False
    return True


def picture_of(made: OpenCounter) -> dict[str, Any]:
    """Return what a store says, without what is each store's own: the places of rows, its own clerks and catalogue."""
    held = exchange.held_entry
    with made.desk.store.reading() as connection:
        dossiers = {row.id: state_of(row) for row in connection.execute(STATE_COLUMNS)}
        waits = sorted(tuple(row) for row in connection.execute(select(held)))
        papers = select(documents.document.c.id, documents.document.c.withdrawn_reason)
        counts = connection.exec_driver_sql(
            "SELECT standing, unit_code, desk_id, sum(dossiers) FROM dossier_total GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        return {
            "dossiers": dossiers,
            "held": waits,
            "documents": sorted(tuple(row) for row in connection.execute(papers)),
            "counts": [tuple(row) for row in counts],
        }
