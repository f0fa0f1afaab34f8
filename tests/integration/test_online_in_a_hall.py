"""An online request in a hall without its outside line: both desks have it, one answer takes it from the other."""

from pathlib import Path

import pytest

from counter_app.core.errors import UserError
from counter_app.domain.dossier import Outcome
from counter_app.domain.online import Submission
from counter_app.sync.online import sign_submission
from tests.fakes.desks import PROCEDURE, START, person
from tests.fakes.exchanging import hall_folder, picture_of
from tests.fakes.halls import UNIT, Invited, make_store, running_hall
from tests.fakes.province_desks import at, is_sound


def a_request(unit: str = UNIT) -> Submission:
    return Submission(
        id="a-request",
        number="DVC-1",
        unit_code=unit,
        handed_in_at=START,
        procedure_code=PROCEDURE,
        applicant=person(1),
    )


def test_a_hall_gives_a_request_to_its_desks_and_the_answer_of_one_to_the_other(tmp_path: Path) -> None:
    invited = Invited(folder=tmp_path / "province")
    store = make_store(tmp_path, invited)
    with (
        at(hall_folder(tmp_path / "1", 1)) as one,
        at(hall_folder(tmp_path / "2", 2)) as two,
        running_hall(store) as hall,
    ):
        invited.admit(one, two)
        signed = sign_submission(a_request(), invited.authority.signer.sign)
        hall.keeping.take_submission(signed)
        hall.keeping.take_submission(signed)
        hall.keeping.take_submission(sign_submission(a_request("H99.77"), invited.authority.signer.sign))
        with pytest.raises(UserError, match=r"sync\.bad_submission"):
            hall.keeping.take_submission(sign_submission(a_request(), one.desk.journal.sign))
        for made in (one, two):
            made.settings.set("sync.hall_url", hall.url)
            made.counter.hall_line.exchange()
            assert [row.submission.number for row in made.counter.online.list_waiting()] == ["DVC-1"]

        form = one.counter.online.prepare("DVC-1").form
        code = one.counter.online.receive(form, Outcome.ACCEPTED, "a-request").dossier.code
        for made in (one, two):
            made.counter.hall_line.exchange()
        assert two.counter.online.list_waiting() == ()
        with pytest.raises(UserError, match=r"online\.answered"):
            two.counter.online.receive(form, Outcome.ACCEPTED, "a-request")
        assert two.counter.lookup.get_dossier(code).dossier.id == "a-request"
        assert picture_of(one) == picture_of(two)
        assert hall.keeping.verify().damaged == ()
        assert is_sound(one)
        assert is_sound(two)
