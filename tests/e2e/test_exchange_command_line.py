"""Held entries and bundles, as a script uses them."""

from pathlib import Path

import pytest

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome, Status
from tests.e2e.program import Program
from tests.fakes.desks import PASSPHRASE, a_form
from tests.fakes.exchanging import hall, meet


@pytest.fixture
def programs(tmp_path: Path) -> tuple[Program, Program, str]:
    """Two desks where the second did what the first one had made impossible; they met since."""
    with hall(tmp_path) as (one, two):
        code = one.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code
        meet(one, two)
        one.counter.dossiers.act(code, Action.WITHDRAW, ActionFacts(reason="theo đơn"))
        two.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        meet(one, two)
    found = []
    for number in (1, 2):
        state = {"COUNTER_APP_PASSPHRASE": PASSPHRASE, "XDG_STATE_HOME": str(tmp_path / str(number) / "xdg")}
        found.append(Program(tmp_path / str(number) / "desk", state))
    return found[0], found[1], code


def test_held_entry_is_listed_decided_and_the_decision_goes_by_bundle(
    programs: tuple[Program, Program, str], tmp_path: Path
) -> None:
    one, two, code = programs
    (held,) = one.ask("held")
    assert held["dossier"] == code
    assert (held["desk"], held["reason"], held["decisions"]) == ("Quầy 2", "wrong_status", ["apply", "drop"])
    assert held["sentence"].startswith("Another desk was first")
    shown = one.ask("show", code)
    assert (shown["status"], shown["held"]) == (int(Status.WITHDRAWN), [held])
    assert (shown["ticks"]["second_machine"], shown["ticks"]["province"]) == (True, False)
    assert one.ask("held", "decide", held["entry"], "drop", "--reason", "đã rút")["held"] == []

    path = tmp_path / "stick.bundle"
    made = one.ask("bundle", "export", path, "--to", "Quầy 2")
    assert (made["entries"], made["papers"]) == (1, 0)
    assert one.run("bundle", "import", path).is_refusal(2)
    taken = two.ask("bundle", "import", path)
    assert (taken["giver"], taken["entries"], taken["held"]) == ("Quầy 1", 1, 0)
    assert "needs attention" in two.run("list", "--held").out
