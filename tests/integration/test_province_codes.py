"""Which dossier a code leads to at the province: the one that has it at every desk, whatever came first."""

from datetime import date
from itertools import permutations

import msgspec
import pytest

from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.dossier import Outcome
from counter_app.domain.unit import Slice
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import DossierReceived, Entry, encode_body
from counter_app.journal.journal import make_entry
from counter_app.province.service import Province
from counter_app.sync.roster import DeskKind
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.province import UNIT, RemoteDesk, admit

_AT = 1_795_000_000_000 << 16
#: Its first epoch gives 5000 to 5499, the second 5500 to 5749, the third 5750 to 5874.
_NUMBERS = Slice(5_000, 5_999)
_IN_FIRST = f"{UNIT.code}-261016-5001"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> DossierReceived:
    with at_work(sample_desk(tmp_path_factory.mktemp("desk"))) as made:
        drawn = made.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier
    return DossierReceived(dossier=drawn, number=1, numbered_on=date(2026, 10, 16))


def _desk(province: Province, numbers: Slice = _NUMBERS) -> RemoteDesk:
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=numbers)
    return admit(province, code=code)


def _intake(
    desk: RemoteDesk,
    template: DossierReceived,
    *,
    epoch: int = 1,
    at: int = 0,
    after: Entry | None = None,
    subject: str = "",
    code: str = _IN_FIRST,
) -> Entry:
    dossier = msgspec.structs.replace(template.dossier, id=new_id(), code=code)
    body = msgspec.structs.replace(template, dossier=dossier)
    seq = after.seq + 1 if after is not None else 1
    header = (new_id(), desk.id, epoch, seq, _AT + at + seq, "program", body.KIND, 1, subject or dossier.id)
    return make_entry(header, body=encode_body(body), prev_hash=after.hash if after is not None else GENESIS)


def _take(province: Province, desk: RemoteDesk, *entries: Entry) -> None:
    for entry in entries:
        province.take(desk.id, desk.seal([entry])[0].data)


def test_a_code_with_another_desks_number_leads_nowhere_and_that_desk_gives_it(
    province: Province, template: DossierReceived
) -> None:
    home, other = _desk(province), _desk(province, Slice(6_000, 6_999))
    first = _intake(other, template)
    _take(province, other, first)
    with pytest.raises(UserError, match=r"dossier\.unknown_code"):
        province.show_dossier(_IN_FIRST)

    theirs = _intake(home, template)
    _take(province, home, theirs)
    _take(province, other, _intake(other, template, after=first))

    shown = province.show_dossier(_IN_FIRST)
    assert (shown.desk, shown.id) == (home.id, theirs.subject)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_one_desks_intakes_with_one_code_the_same_has_it_as_at_desks_in_whatever_order_they_come(
    province: Province, template: DossierReceived, order: tuple[int, ...]
) -> None:
    desk = _desk(province)
    at_home = _intake(desk, template, at=300)
    intakes = [
        [at_home, _intake(desk, template, at=400, after=at_home)],
        [_intake(desk, template, epoch=2, at=200)],
        [_intake(desk, template, epoch=3, at=100)],
    ]
    came = []
    for number in order:
        _take(province, desk, *intakes[number])
        came.append(number)
        first = next(one for one in (0, 2, 1) if one in came)  # the one at home, then by the clock

        assert province.show_dossier(_IN_FIRST).id == intakes[first][0].subject


def test_an_intake_that_is_filed_under_another_dossier_gives_no_code(
    province: Province, template: DossierReceived
) -> None:
    desk = _desk(province)
    wrong = _intake(desk, template, subject=new_id())
    right = _intake(desk, template, after=wrong)

    _take(province, desk, wrong, right, _intake(desk, template, after=right, subject=new_id()))

    assert province.show_dossier(_IN_FIRST).id == right.subject
