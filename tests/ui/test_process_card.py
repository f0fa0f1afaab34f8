from datetime import timedelta

from pytestqt.qtbot import QtBot

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome
from counter_app.domain.procedure import ProcessStep
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.counter import Counter
from tests.conftest import HandClock
from tests.fakes.desks import person
from tests.fakes.processes import LEGS, OFFICE, STEPS, a_procedure
from tests.ui.acting_steps import begin, open_code, receive, said
from ui.shell import MainWindow


def received(counter: Counter, steps: tuple[ProcessStep, ...]) -> str:
    counter.catalogue.publish([a_procedure(steps)])
    form = IntakeForm(procedure_code="X.900001", applicant=person())
    return counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def test_panel_tells_who_had_the_dossier_how_long_and_who_is_late(
    qtbot: QtBot, window: MainWindow, counter: Counter, clock: HandClock
) -> None:
    code = received(counter, STEPS)
    counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver=OFFICE))
    clock.move(timedelta(days=4))

    page = open_code(qtbot, window, code)

    card = page.panel.cards.process
    assert not card.isHidden()
    told = said(card.lines)
    assert "Quầy 1 · Tiếp nhận: 0 phút trên 4 giờ, đúng hạn" in told
    assert f"{OFFICE} · Thẩm định: " in told
    assert "trên 2 ngày, quá hạn " in told
    assert "Chưa đến | Lãnh đạo UBND xã · Ký" in told


def test_dossier_that_is_due_soon_or_late_says_so_beside_its_due_date(
    qtbot: QtBot, window: MainWindow, counter: Counter, clock: HandClock
) -> None:
    code = received(counter, STEPS)
    due = counter.lookup.get_dossier(code).state.due
    assert due is not None
    clock.move(due.due_at - clock.now() - timedelta(hours=1))
    page = open_code(qtbot, window, code)
    assert "· hẹn hôm nay" in said(page.panel.cards.facts)

    clock.move(timedelta(hours=2))
    window.press("F5")

    qtbot.waitUntil(lambda: "· quá hạn 1 giờ" in said(page.panel.cards.facts))


def test_linked_procedure_shows_the_agency_at_work_and_the_form_proposes_its_result(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = received(counter, LEGS)
    counter.dossiers.act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))

    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.RESOLVE)

    told = said(page.panel.cards.process.lines)
    assert "UBND xã Đồng Mẫu: Giấy khai sinh ✓" in told
    assert "Công an xã Đồng Mẫu: Thông báo thường trú (đang giải quyết, 2/3)" in told
    state = page.action_view.presenter.state
    assert state is not None
    assert state.values["result_kind"] == "Thông báo thường trú"
    form = page.action_view.form
    assert "Công an xã Đồng Mẫu (2/3)" in form.inputs["result_kind"].editor.accessibleDescription()
    assert "Đang xử lý" in form.outlook.text()


def test_dossier_without_a_process_has_no_such_card(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_code(qtbot, window, receive(counter))

    assert page.panel.cards.process.isHidden()
