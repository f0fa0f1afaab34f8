"""A card that says otherwise than the desk's earlier dossiers: both values are shown, the clerk chooses by key."""

from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.dossier import Outcome
from counter_app.domain.person import FieldSource, Party, Sex
from counter_app.services.answers.intake import IntakeForm
from tests.fakes.intake_place import BIRTH, HUNG, LAN, Place
from ui.actions import ActionId
from ui.intake.differences import find_other, list_differing, take_other
from ui.intake.form_reading import fill_from_card, fill_from_earlier, fill_gaps, texts_of
from ui.intake.state import IntakeState, TypedForm

OLD_ADDRESS = "Thôn Cũ, xã Đồng Mẫu, tỉnh Mẫu"
TEXTS = st.sampled_from(["", "Thôn Đông", "thôn đông", "Thôn Tây", "Xóm 5"])
PARTIES = st.builds(
    Party,
    full_name=st.sampled_from(["Nguyễn Thị Lan", "NGUYỄN THỊ LAN", "Nguyễn Thị Hồng Lan"]),
    id_number=st.just("036190001234"),
    address=TEXTS,
    sex=st.sampled_from([None, Sex.FEMALE, Sex.MALE]),
    birth_year=st.sampled_from([None, 1990, 1991]),
    phone=st.sampled_from(["", "0912345678"]),
    current_place=st.sampled_from(["", "Xã Mẫu, Tỉnh Mẫu", "Xã Khác, Tỉnh Mẫu"]),
)


def known_before(place: Place, address: str = OLD_ADDRESS, name: str = "Nguyễn Thị Hồng Lan") -> None:
    person = Party(full_name=name, id_number="036190001234", address=address, sex=Sex.FEMALE, phone="0912345678")
    place.open_desk.counter.intake.receive(IntakeForm(procedure_code=BIRTH, applicant=person), Outcome.ACCEPTED)


def hint(place: Place, name: str) -> str:
    return place.page.applicant.inputs[name]._message.text()


def test_other_address_stands_under_the_card_s_and_a_key_takes_it_and_gives_it_back(place: Place) -> None:
    known_before(place)
    place.scan(LAN)
    place.qtbot.waitUntil(lambda: "1 mục" in place.bar.text)
    card = place.line("applicant.address").text()
    assert f"Trước: {OLD_ADDRESS}" in hint(place, "applicant.address")

    place.page.perform(ActionId.INTAKE_OTHER)
    assert place.page.place()[0] == "applicant.address"
    place.page.perform(ActionId.INTAKE_OTHER)
    assert place.line("applicant.address").text() == OLD_ADDRESS
    assert place.page.presenter.state.form.source("applicant.address") is FieldSource.EARLIER
    assert f"Thẻ: {card}" in hint(place, "applicant.address")

    place.page.perform(ActionId.INTAKE_OTHER)
    assert place.line("applicant.address").text() == card
    assert place.page.presenter.state.form.source("applicant.address") is FieldSource.CARD


def test_today_s_unit_goes_with_its_address(place: Place) -> None:
    known_before(place)
    place.scan(LAN)
    place.qtbot.waitUntil(lambda: "1 mục" in place.bar.text)
    of_card = place.page.presenter.state.form.text("applicant.current_place")
    assert of_card

    place.page.perform(ActionId.INTAKE_OTHER)
    place.page.perform(ActionId.INTAKE_OTHER)
    assert place.page.presenter.state.form.text("applicant.current_place") == ""

    place.page.perform(ActionId.INTAKE_OTHER)
    assert place.page.presenter.state.form.text("applicant.current_place") == of_card


def test_year_of_birth_written_before_is_no_other_date_than_the_card_s(place: Place) -> None:
    card = place.open_desk.counter.intake.party_from_card(place.open_desk.counter.intake.read_card(LAN))
    form = fill_from_card(TypedForm(), "applicant", card)

    def differing(**said: object) -> tuple[str, ...]:
        known = msgspec.structs.replace(card, **said)
        return list_differing(IntakeState(form=form, card=card, known=known))

    assert differing(birth_on=None, birth_year=1990) == ()
    assert differing(birth_on=None, birth_year=1991) == ("applicant.birth_on",)
    assert differing(birth_on=date(1990, 3, 6)) == ("applicant.birth_on",)


def test_what_the_clerk_types_is_not_questioned(place: Place) -> None:
    known_before(place)
    place.scan(LAN)
    place.page.focus_field("applicant.address")
    place.write(" số 2")
    typed = place.line("applicant.address").text()
    place.page.perform(ActionId.INTAKE_OTHER)

    assert place.line("applicant.address").text() == typed
    assert "Trước" not in hint(place, "applicant.address")


def test_nothing_is_shown_where_card_and_desk_agree_or_nobody_is_known(place: Place) -> None:
    place.scan(LAN)
    assert place.bar.text == ""
    address = place.line("applicant.address").text()
    place.page.presenter.start_anew()
    known_before(place, address=address.upper(), name="NGUYỄN THỊ HỒNG LAN")
    place.scan(LAN)

    assert list_differing(place.page.presenter.state) == ()


def test_card_of_another_person_offers_nothing_of_the_first(place: Place) -> None:
    known_before(place)
    place.scan(LAN)
    place.scan(HUNG)

    assert list_differing(place.page.presenter.state) == ()


def test_another_number_that_is_typed_ends_the_choice(place: Place) -> None:
    known_before(place)
    place.scan(LAN)
    place.page.presenter.edit("applicant.id_number", "036190009999")

    assert list_differing(place.page.presenter.state) == ()


def _place(form: TypedForm) -> str:
    """Today's unit of the address: an address taken over brings it, one that was typed has none."""
    return form.text("applicant.current_place")


def _without_place(form: TypedForm) -> dict[str, str]:
    return {name: text for name, text in form.texts.items() if name != "applicant.current_place"}


@given(card=PARTIES, known=PARTIES, typed=st.dictionaries(st.sampled_from(["address", "full_name"]), TEXTS))
def test_taking_twice_is_as_before_and_typing_stays(card: Party, known: Party, typed: dict[str, str]) -> None:
    form = TypedForm()
    for name, text in typed.items():
        form = form.with_text(f"applicant.{name}", text)
    state = IntakeState(form=fill_from_card(form, "applicant", card), card=card, known=known)
    for name in list_differing(state):
        field = name.removeprefix("applicant.")
        other = find_other(state, name)
        assert other is not None
        assert {other.text, state.form.text(name)} == {texts_of(card)[field], texts_of(known)[field]}
        taken = IntakeState(form=take_other(state, name), card=card, known=known)
        assert taken.form.text(name) == other.text
        again = take_other(taken, name)
        assert _without_place(again) == _without_place(state.form)
        if field == "address":
            assert _place(taken.form) == (card if other.source is FieldSource.CARD else known).current_place
            assert _place(again) == (known if other.source is FieldSource.CARD else card).current_place
        else:
            assert again.texts == state.form.texts
    for name in {"applicant.address", "applicant.full_name"} - set(list_differing(state)):
        assert take_other(state, name) == state.form


def test_place_of_an_earlier_dossier_never_stands_beside_the_card_s_address() -> None:
    card = Party(full_name="Trần Mẫu", id_number="036190001234", address="Thôn Tây, xã Mẫu")
    known = Party(full_name="Trần Mẫu", id_number="036190001234", address="Xóm 5", current_place="Xã Cũ, Tỉnh Mẫu")
    form = fill_from_card(TypedForm(), "applicant", card)

    assert fill_gaps(form, "applicant", known).text("applicant.current_place") == ""
    assert fill_from_earlier(form, known).text("applicant.current_place") == "Xã Cũ, Tỉnh Mẫu"
    assert fill_gaps(TypedForm(), "applicant", known).text("applicant.current_place") == "Xã Cũ, Tỉnh Mẫu"
