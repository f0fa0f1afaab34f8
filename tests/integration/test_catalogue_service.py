from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Outcome
from counter_app.domain.procedure import Procedure
from counter_app.domain.working_time import DayOverride
from counter_app.services.sample_data import LOGIN
from tests.fakes.desks import PROCEDURE, DeskClock, a_form, at_work, sample_desk

DUMP = Path(__file__).parents[1] / "data" / "catalogue" / "portal_dump.json"
PACKET = Path(__file__).parents[1] / "data" / "catalogue" / "national_packet.json"
Desk = tuple[OpenCounter, DeskClock]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = DeskClock()
    with at_work(sample_desk(tmp_path), clock) as made:
        yield made, clock


def entries(made: OpenCounter) -> int:
    return made.counter.desk_status.read().unsent


def renamed(procedure: Procedure, name: str, effective_on: date) -> Procedure:
    return msgspec.structs.replace(procedure, name=name, effective_on=effective_on)


@pytest.mark.parametrize("file", [DUMP, PACKET], ids=["portal dump", "national packet"])
def test_import_adds_versions_and_the_same_file_again_adds_nothing(desk: Desk, file: Path) -> None:
    made, _clock = desk

    first = made.counter.catalogue.import_file(file)
    before = entries(made)
    again = made.counter.catalogue.import_file(file)

    assert first.added > 0
    assert (again.added, again.unchanged) == (0, first.added + first.unchanged)
    assert again.doubts == first.doubts
    assert entries(made) == before


def test_version_is_in_force_from_its_day_and_earlier_dossiers_keep_theirs(desk: Desk) -> None:
    (made, clock), catalogue = desk, desk[0].counter.catalogue
    now = catalogue.get(PROCEDURE)
    catalogue.publish([renamed(now, "Tên mới của thủ tục", date(2026, 12, 1))])

    today = made.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier
    found_today = catalogue.find_procedures("tên mới của")
    clock.move(timedelta(days=8))
    later = made.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier

    assert (today.procedure_name, later.procedure_name) == (now.name, "Tên mới của thủ tục")
    assert (today.procedure_effective_on, later.procedure_effective_on) == (now.effective_on, date(2026, 12, 1))
    assert PROCEDURE not in {hit.code for hit in found_today}
    assert PROCEDURE in {hit.code for hit in catalogue.find_procedures("tên mới của")}
    assert catalogue.get(PROCEDURE, on=date(2026, 11, 30)) == now
    assert made.counter.lookup.get_dossier(today.code).dossier == today


def test_version_that_says_the_same_as_the_one_in_force_is_unchanged(desk: Desk) -> None:
    catalogue = desk[0].counter.catalogue
    now = catalogue.get(PROCEDURE)

    assert catalogue.publish([renamed(now, now.name, date(2026, 12, 1))]) == (0, 1)
    assert catalogue.publish([renamed(now, "khác", date(2026, 12, 1))]) == (1, 0)
    assert catalogue.publish([renamed(now, now.name, date(2027, 1, 1))]) == (1, 0)  # and back again


def test_procedure_not_yet_in_force_or_not_known_is_refused(desk: Desk) -> None:
    catalogue = desk[0].counter.catalogue

    for code, on in ((PROCEDURE, date(1990, 1, 1)), ("9.999999", None), ("", None)):
        with pytest.raises(UserError, match=r"catalogue\.unknown_procedure"):
            catalogue.get(code, on=on)


def test_broken_file_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    made, _clock = desk
    before = entries(made)
    for name, content in {"a.json": b"{", "b.xlsx": b"PK\x03\x04", "c.json": DUMP.read_bytes()[:-20]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError):
            made.counter.catalogue.import_file(tmp_path / name)
    with pytest.raises(UserError, match=r"catalogue\.no_such_file"):
        made.counter.catalogue.import_file(tmp_path / "không có.json")

    assert entries(made) == before


def test_publishing_that_fails_half_way_publishes_nothing(desk: Desk) -> None:
    made, _clock = desk
    now, before = made.counter.catalogue.get(PROCEDURE), entries(made)

    def versions() -> Iterator[Procedure]:
        yield renamed(now, "một", date(2026, 12, 1))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        made.counter.catalogue.publish(versions())

    assert entries(made) == before
    assert made.counter.catalogue.get(PROCEDURE, on=date(2026, 12, 2)) == now


def test_empty_search_offers_what_this_desk_used_last_first(desk: Desk) -> None:
    made, _clock = desk
    other = next(hit.code for hit in made.counter.catalogue.find_procedures("nuôi con nuôi") if not hit.recent)
    form = msgspec.structs.replace(a_form(), procedure_code=other)
    limit = made.counter.catalogue.get(other).time_limits
    made.counter.intake.receive(form, Outcome.ACCEPTED if limit else Outcome.REFUSED)

    first = made.counter.catalogue.find_procedures("")[0]

    assert (first.code, first.recent) == (other, True)


def test_days_of_the_table_win_are_replaced_and_move_a_due_date(desk: Desk) -> None:
    counter = desk[0].counter
    form = msgspec.structs.replace(a_form(), procedure_code=procedure_of_several_days(desk[0]))
    before = counter.intake.quote(form).due
    assert before is not None
    off = [DayOverride(day=date(2026, 11, 25), working=False, name="nghỉ bù")]

    counter.calendars.set_days(off)
    later = counter.intake.quote(form).due
    counter.calendars.set_days([DayOverride(day=date(2026, 11, 25), working=True, name="làm bù")])

    assert later is not None
    assert later.due_at > before.due_at
    assert counter.intake.quote(form).due == before
    assert [day.name for day in counter.calendars.list_overrides()] == ["làm bù"]


def procedure_of_several_days(made: OpenCounter) -> str:
    for hit in made.counter.catalogue.find_procedures("", limit=50):
        procedure = made.counter.catalogue.get(hit.code)
        if any(line.limit.unit.value == "working_day" and line.limit.amount > 2 for line in procedure.time_limits):
            return procedure.code
    raise AssertionError("the starter catalogue has such procedures")


def test_clerk_is_named_in_what_was_published(desk: Desk) -> None:
    made, _clock = desk
    clerk = made.counter.session.act_as(LOGIN).clerk
    made.counter.catalogue.publish([renamed(made.counter.catalogue.get(PROCEDURE), "mới", date(2026, 12, 1))])

    with made.desk.store.reading() as connection:
        row = connection.exec_driver_sql("SELECT clerk, kind FROM journal_entry ORDER BY position DESC LIMIT 1").one()
    assert tuple(row) == (clerk.id, "procedure.published")
