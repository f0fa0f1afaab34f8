"""Real desks that a province knows."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from counter_app.bootstrap import OpenCounter, opened
from counter_app.core.clock import Clock
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.province.service import Province
from counter_app.services.enrolling import fetch_invitation
from counter_app.services.open_desk import read_local, write_local
from counter_app.sync.https_line import LineIdentity
from counter_app.sync.roster import DeskKind
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form
from tests.fakes.exchanging import ADMIN, hall_unit
from tests.fakes.province import next_slice


@contextmanager
def at(folder: DataFolder, clock: Clock | None = None) -> Iterator[OpenCounter]:
    with opened(folder, passphrase=PASSPHRASE, clock=clock or DeskClock()) as made:
        made.counter.session.act_as(ADMIN)
        yield made


def enrol(made: OpenCounter, province: Province, unit_code: str, *, with_numbers: bool = False) -> None:
    """Let the province admit a desk that was made without it; with its own numbers, where a test forks its journal."""
    unit = msgspec.structs.replace(hall_unit(), code=unit_code)
    numbers = made.desk.desk.number_slice if with_numbers else next_slice()
    code = province.invite(unit=unit, kind=DeskKind.DESK, name="Quầy", number_slice=numbers)
    made.counter.province_line.enrolling.enrol(fetch_invitation(province.url, code))


def receive(made: OpenCounter, number: int = 0) -> str:
    return made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def is_sound(made: OpenCounter) -> bool:
    return made.counter.verification.verify().is_sound


def go_by(made: OpenCounter, url: str) -> None:
    """Let a desk reach the province by another address."""
    with made.desk.store.writing() as connection:
        identity = msgspec.msgpack.decode(read_local(connection, "line") or b"", type=LineIdentity)
        write_local(connection, "line", msgspec.msgpack.encode(msgspec.structs.replace(identity, url=url)))
