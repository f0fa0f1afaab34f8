from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.domain.actions.table import Action
from counter_app.domain.forms.facts import HandTime, SlipData
from counter_app.domain.procedure import ProcessStep
from counter_app.domain.progress import Kept
from counter_app.services.answers.lists import DossierFilter
from counter_app.services.answers.manifests import Scanned
from tests.fakes.desks import DeskClock, at_work, sample_desk
from tests.fakes.manifests import POST, handed_over, is_whole
from tests.fakes.processes import LEADER, OFFICE, STEPS, act, publish, receive_under


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()  # Monday 23 November 2026, 09:10; Tuesday is a holiday


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path), clock) as made:
        yield made


def test_each_hand_is_measured_against_its_step(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive_under(desk, publish(desk, STEPS))
    clock.move(timedelta(hours=1))
    act(desk, code, Action.TRANSFER, receiver=OFFICE)
    clock.move(timedelta(days=3))
    act(desk, code, Action.TRANSFER, receiver=LEADER)
    clock.move(timedelta(hours=1))

    first, office, leader = desk.counter.lookup.get_dossier(code).progress.holdings

    assert (first.allowed, first.took, first.kept) == (timedelta(hours=4), timedelta(hours=1), Kept.ON_TIME)
    assert (office.allowed, office.took, office.kept) == (timedelta(hours=16), timedelta(hours=16), Kept.ON_TIME)
    assert (leader.allowed, leader.took, leader.ended_at) == (timedelta(hours=4), timedelta(hours=1), None)


def test_control_slip_says_how_each_hand_kept_its_time(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive_under(desk, publish(desk, STEPS))
    act(desk, code, Action.TRANSFER, receiver=OFFICE)
    clock.move(timedelta(days=4))

    (job,) = act(desk, code, Action.TRANSFER, receiver=LEADER).print_jobs

    paper = desk.counter.papers.get_data(job)
    assert isinstance(paper, SlipData)
    assert paper.hand_times == (
        None,
        HandTime(kept="on_time", allowed_minutes=240, took_minutes=0),
        HandTime(kept="late", allowed_minutes=960, took_minutes=1440),
    )


def test_late_list_says_who_holds_the_paper_and_by_how_much(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive_under(desk, publish(desk, STEPS))
    act(desk, code, Action.TRANSFER, receiver=OFFICE)
    clock.move(timedelta(days=8, hours=2))  # due Tuesday 1 December 09:10

    codes = [row.code for row in desk.counter.lists.page(DossierFilter(is_late=True)).rows]
    late = desk.counter.process_times.list_late_holders(codes)[code]

    assert (late.holder, late.step, late.late_by) == (OFFICE, "Thẩm định", timedelta(hours=2))
    assert late.step_late_by == timedelta(hours=5 * 8 + 2 - 16)


def test_resolved_dossier_is_nobodys_any_more(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive_under(desk, publish(desk, STEPS))
    act(desk, code, Action.TRANSFER, receiver=OFFICE)
    clock.move(timedelta(hours=1))
    act(desk, code, Action.RESOLVE, result_kind="Quyết định")
    resolved_at = clock.now()
    clock.move(timedelta(days=9))
    act(desk, code, Action.RESULT_ARRIVED)

    progress = desk.counter.lookup.get_dossier(code).progress

    assert [holding.holder for holding in progress.holdings] == [desk.desk.desk.name, OFFICE]
    assert progress.holdings[-1].ended_at == resolved_at
    assert (progress.current, progress.late_by) == (None, timedelta())


@pytest.mark.parametrize(("counts_transport", "took"), [(True, timedelta(hours=2)), (False, timedelta())])
def test_way_between_two_units_counts_where_the_procedure_counts_it(
    desk: OpenCounter, clock: DeskClock, *, counts_transport: bool, took: timedelta
) -> None:
    steps = (ProcessStep(name="Chuyển", done_by=POST, hours=8),)
    code = receive_under(desk, publish(desk, steps, counts_transport=counts_transport))
    manifest = handed_over(desk, [code]).manifest
    clock.move(timedelta(hours=2))
    desk.counter.custody.receive(manifest.code, Scanned(scanned=(code,)))

    held = desk.counter.lookup.get_dossier(code).progress.holdings[1]

    assert (held.holder, held.took) == (POST, took)


def test_procedure_without_a_process_tells_only_the_time(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive_under(desk, publish(desk, ()))
    clock.move(timedelta(hours=2))

    (held,) = desk.counter.lookup.get_dossier(code).progress.holdings

    assert (held.took, held.allowed, held.kept) == (timedelta(hours=2), None, None)


def test_portal_file_does_not_take_away_the_process_that_the_province_decided(desk: OpenCounter) -> None:
    code = publish(desk, STEPS)
    known = desk.counter.catalogue.get(code)

    publish(desk, (), code=code)

    assert desk.counter.catalogue.get(code) == known
    assert is_whole(desk)
