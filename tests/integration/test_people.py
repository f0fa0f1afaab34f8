from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.correction import facts_of
from counter_app.domain.dossier import Outcome
from counter_app.domain.person import DoubleReason, Party, PartyKind
from counter_app.journal.rebuild import derived_digest
from counter_app.services.people import People
from counter_app.services.sample_data import LOGIN
from counter_app.store.tables import people as tables
from tests.fakes.desks import a_form, at_work, sample_desk

OLD, NEW = "145123456", "036085004321"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as made:
        made.counter.session.act_as()
        yield made


@pytest.fixture
def people(desk: OpenCounter) -> People:
    return desk.counter.people


def receive(desk: OpenCounter, applicant: Party, submitter: Party | None = None) -> str:
    form = msgspec.structs.replace(a_form(), applicant=applicant, submitter=submitter)
    return desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def codes(desk: OpenCounter, person: str) -> list[str]:
    return [one.row.code for one in desk.counter.people.get_person(person).dossiers]


def hung(number: str, **facts: object) -> Party:
    return msgspec.structs.replace(Party(full_name="Trần Văn Hùng", id_number=number, birth_year=1985), **facts)


def test_person_has_every_dossier_and_the_newest_word_on_each_fact(desk: OpenCounter, people: People) -> None:
    first = receive(desk, hung(NEW, address="Thôn Một", phone="0912345678"))
    second = receive(desk, Party(full_name="Người Khác", id_number="036199123123"), hung(NEW, phone="0987654321"))

    view = people.get_person(NEW)

    assert [one.row.code for one in view.dossiers] == [second, first]
    assert [one.role.value for one in view.dossiers] == ["submitter", "applicant"]
    assert (view.person.party.address, view.person.party.phone) == ("Thôn Một", "0987654321")
    assert (view.person.dossier_count, view.person.merged_count) == (2, 0)
    assert people.get_person(first).person == view.person
    assert [row.code for row in desk.counter.lookup.get_dossier(first).related] == [second]


def test_merged_people_show_their_dossiers_together_everywhere_and_a_split_gives_back_both(
    desk: OpenCounter, people: People
) -> None:
    old = receive(desk, hung(OLD))
    new = receive(desk, hung(NEW, old_id_number=OLD, phone="0912345678"))
    before = (people.get_person(OLD), people.get_person(NEW))
    assert [double.reasons for double in before[1].doubles] == [(DoubleReason.OLD_NUMBER,)]

    merged = people.merge(NEW, OLD, reason="đổi thẻ")

    assert [one.row.code for one in merged.dossiers] == [new, old]
    assert codes(desk, OLD) == codes(desk, NEW) == [new, old]
    lookup = desk.counter.lookup
    for number in (OLD, NEW):
        assert [row.code for row in lookup.list_of_person(number)] == [new, old]
        known = lookup.find_person(number)
        assert known is not None
        assert (known.id_number, known.phone) == (NEW, "0912345678")
        twins = lookup.list_open_twins(procedure_code=a_form().procedure_code, applicant=hung(number))
        assert [row.code for row in twins] == [new, old]
    assert [row.code for row in lookup.get_dossier(new).related] == [old]
    assert merged.doubles == ()
    assert [(link.is_merge, link.reason) for link in merged.links] == [(True, "đổi thẻ")]
    assert {member.key for member in merged.members} == {f"id:{NEW}", f"id:{OLD}"}
    assert [row.key for row in people.list_people("hung tran")[0] if row.party.id_number in (OLD, NEW)] == [f"id:{NEW}"]

    kept, parted = people.split(NEW, OLD, reason="hai anh em")

    assert (kept.person, parted.person) == (before[1].person, before[0].person)
    assert codes(desk, OLD) == [old]
    assert [link.is_merge for link in kept.links] == [link.is_merge for link in parted.links] == [True, False]
    assert desk.counter.verification.verify().is_sound


def test_split_takes_along_who_had_been_merged_into_the_other_before(desk: OpenCounter, people: People) -> None:
    numbers = ("036085000001", "036085000002", "036085000003")
    first, second, third = (receive(desk, hung(number)) for number in numbers)
    people.merge(numbers[1], numbers[2], reason="một người")
    people.merge(numbers[0], numbers[1], reason="một người")
    assert codes(desk, numbers[2]) == [third, second, first]

    people.split(numbers[0], numbers[1], reason="nhầm")

    assert codes(desk, numbers[0]) == [first]
    assert codes(desk, numbers[1]) == codes(desk, numbers[2]) == [third, second]


def test_only_a_head_merges_with_a_reason_and_two_who_are_two(desk: OpenCounter, people: People) -> None:
    receive(desk, hung(OLD))
    receive(desk, hung(NEW))
    entries = desk.counter.verification.verify().entries

    def refused(code: str, *names: str, reason: str = "một người", splits: bool = False) -> None:
        with pytest.raises(UserError, match=rf"person\.{code}"):
            (people.split if splits else people.merge)(*names, reason=reason)

    refused("same", NEW, NEW)
    refused("unknown", NEW, "000000000001")
    refused("reason_missing", NEW, OLD, reason=" ")
    refused("not_merged", NEW, OLD, splits=True)
    desk.counter.session.act_as(LOGIN)
    refused("not_allowed", NEW, OLD)
    refused("not_allowed", NEW, OLD, splits=True)
    assert desk.counter.verification.verify().entries == entries


def test_corrected_number_moves_the_dossier_to_the_right_person(desk: OpenCounter, people: People) -> None:
    code = receive(desk, hung("036085004312"))
    stays = receive(desk, hung(NEW))
    before = facts_of(desk.counter.lookup.get_dossier(code).dossier)
    after = msgspec.structs.replace(before, applicant=hung(NEW))

    desk.counter.corrections.correct(code, before=before, after=after, reason="gõ nhầm số")

    assert codes(desk, NEW) == [stays, code]
    with pytest.raises(UserError, match=r"person\.unknown"):
        people.get_person("036085004312")
    assert desk.counter.verification.verify().is_sound


def test_person_left_without_dossiers_stays_under_the_one_it_was_merged_into(desk: OpenCounter, people: People) -> None:
    code = receive(desk, hung(OLD))
    kept = receive(desk, hung(NEW))
    people.merge(NEW, OLD, reason="đổi thẻ")
    before = facts_of(desk.counter.lookup.get_dossier(code).dossier)
    other = msgspec.structs.replace(before, applicant=hung("036085999999"))
    desk.counter.corrections.correct(code, before=before, after=other, reason="gõ nhầm số")

    assert codes(desk, OLD) == [kept]
    left = people.split(NEW, OLD, reason="không còn hồ sơ")
    assert [view.person.key for view in left] == [f"id:{NEW}"]
    with pytest.raises(UserError, match=r"person\.unknown"):
        people.get_person(OLD)
    assert desk.counter.verification.verify().is_sound


def test_people_are_listed_by_given_name_and_found_by_name_number_and_telephone(
    desk: OpenCounter, people: People
) -> None:
    receive(desk, Party(full_name="Đặng Thị Ân", id_number="036199000001", phone="0912000333"))
    receive(desk, Party(full_name="Lê Văn An", id_number="036199000002", old_id_number="168000111"))
    receive(desk, Party(kind=PartyKind.ORGANISATION, full_name="Công ty Mẫu", tax_code="0100109106"))

    def found(words: str) -> list[str]:
        return [row.party.full_name for row in people.list_people(words)[0]]

    assert found("036199000001") == found("0912000333") == found("000333") == found("dang an") == ["Đặng Thị Ân"]
    assert found("168000111") == ["Lê Văn An"]
    assert found("cong ty") == found("0100109106") == ["Công ty Mẫu"]
    assert found("không ai") == found("12") == []
    paged: list[str] = []
    place = None
    while True:
        rows, place = people.list_people(after=place, limit=3)
        paged += [row.key for row in rows]
        if place is None:
            break
    assert paged == [row.key for row in people.list_people(limit=500)[0]]
    assert len(set(paged)) == len(paged) > 6
    names = [row.party.full_name for row in people.list_people(limit=500)[0]]
    assert names.index("Lê Văn An") < names.index("Đặng Thị Ân")


def test_doubles_are_found_behind_any_number_of_namesakes_of_the_same_year(desk: OpenCounter, people: People) -> None:
    apart = [f"036085{first * 3}{second * 3}" for first in "01234" for second in "01"]
    for number in (*apart, "036085876543", "036085876534"):
        receive(desk, hung(number))
    receive(desk, hung("", phone="0912345678", birth_year=None))
    receive(desk, hung("036199123123", phone="0912345678", birth_year=1999))

    pairs = [pair for pair in people.list_doubles(limit=3) if pair.first.party.full_name == "Trần Văn Hùng"]

    told = {frozenset((pair.first.party.id_number, pair.second.party.id_number)): pair.reasons for pair in pairs}
    assert told == {
        frozenset(("036085876534", "036085876543")): (DoubleReason.NEAR_NUMBER,),
        frozenset(("", "036199123123")): (DoubleReason.NAME_AND_PHONE,),
    }


def test_pairs_that_may_be_one_are_listed_once(desk: OpenCounter, people: People) -> None:
    receive(desk, hung(OLD))
    receive(desk, hung(NEW, old_id_number=OLD))
    receive(desk, hung("001085777777"))

    pairs = [pair for pair in people.list_doubles() if pair.first.party.full_name == "Trần Văn Hùng"]

    assert [
        (pair.first.party.id_number, pair.second.party.id_number)
        for pair in pairs
        if DoubleReason.OLD_NUMBER in pair.reasons
    ] == [(NEW, OLD)]
    assert all({pair.first.party.id_number, pair.second.party.id_number} != {NEW, "001085777777"} for pair in pairs)


NUMBERS = tuple(f"03608500{number:04d}" for number in (11, 222, 3333, 4444))


class Registry(RuleBasedStateMachine):
    """Dossiers come, numbers are corrected, people are merged and split in any order."""

    made: OpenCounter

    def __init__(self) -> None:
        super().__init__()
        self.given: list[str] = []

    @rule(number=st.sampled_from(NUMBERS), submitter=st.none() | st.sampled_from(NUMBERS), phone=st.booleans())
    def receive(self, number: str, submitter: str | None, phone: bool) -> None:
        other = hung(submitter) if submitter else None
        self.given.append(receive(self.made, hung(number, phone="0912345678" if phone else ""), other))

    @rule(place=st.integers(0, 20), number=st.sampled_from(NUMBERS))
    def correct(self, place: int, number: str) -> None:
        if self.given:
            code = self.given[place % len(self.given)]
            before = facts_of(self.made.counter.lookup.get_dossier(code).dossier)
            after = msgspec.structs.replace(before, applicant=hung(number))
            if after != before:
                self._tried(lambda: self.made.counter.corrections.correct(code, before=before, after=after, reason="x"))

    @rule(keep=st.sampled_from(NUMBERS), other=st.sampled_from(NUMBERS))
    def merge_and_split_undo_each_other(self, keep: str, other: str) -> None:
        before = self._groups()
        counter = self.made.counter
        try:
            keys = [member.key for member in counter.people.get_person(other).members]
            counter.people.merge(keep, other, reason="một người")
        except UserError as error:
            assert error.code in ("person.unknown", "person.same")  # noqa: PT017
            return
        assert set(keys) <= {member.key for member in counter.people.get_person(keep).members}
        root = next(link.other for link in reversed(counter.people.get_person(keep).links))
        counter.people.split(keep, root, reason="nhầm")
        assert self._groups() == before

    @rule(keep=st.sampled_from(NUMBERS), other=st.sampled_from(NUMBERS))
    def merge(self, keep: str, other: str) -> None:
        self._tried(lambda: self.made.counter.people.merge(keep, other, reason="một người"))

    @rule(keep=st.sampled_from(NUMBERS), other=st.sampled_from(NUMBERS))
    def split(self, keep: str, other: str) -> None:
        self._tried(lambda: self.made.counter.people.split(keep, other, reason="nhầm"))

    @invariant()
    def everybody_is_shown_under_one_and_rows_follow_the_journal(self) -> None:
        for key, root in self._groups().items():
            assert self._groups()[root] == root, (key, root)
        assert self.made.counter.verification.verify().findings == ()

    def teardown(self) -> None:
        with self.made.desk.store.reading() as connection:
            before = derived_digest(connection)
        self.made.counter.verification.rebuild()
        with self.made.desk.store.reading() as connection:
            assert derived_digest(connection) == before

    def _groups(self) -> dict[str, str]:
        with self.made.desk.store.reading() as connection:
            return {row.key: row.root for row in connection.execute(select(tables.person))}

    @staticmethod
    def _tried(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except UserError as error:
            assert error.code.startswith(("person.", "correction.")), error.code  # noqa: PT017


def test_merges_splits_and_corrections_in_any_order_keep_every_rule(tmp_path_factory: pytest.TempPathFactory) -> None:
    with at_work(sample_desk(tmp_path_factory.mktemp("registry"))) as made:
        made.counter.session.act_as()

        class RegistryHere(Registry):
            def __init__(self) -> None:
                super().__init__()
                self.made = made

        run_machine(
            RegistryHere,
            settings=settings(
                max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
            ),
        )
