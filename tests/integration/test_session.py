import threading
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.unit import Role, Unit
from counter_app.services.answers.drafts import Draft
from counter_app.services.sample_data import LOGIN, PASSWORD
from counter_app.services.session import Session
from tests.fakes.desks import DeskClock, at_work, sample_desk

Desk = tuple[OpenCounter, DeskClock]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = DeskClock()
    with at_work(sample_desk(tmp_path), clock) as made:
        made.counter.session.sign_out()
        yield made, clock


def refusal(session: Session, login: str, password: str) -> str:
    with pytest.raises(UserError) as caught:
        session.sign_in(login, password)
    return caught.value.code


def test_right_password_opens_the_session_of_that_clerk(desk: Desk) -> None:
    session = desk[0].counter.session

    opened = session.sign_in("MAI ", PASSWORD)

    assert (opened.clerk.full_name, opened.unit.code, opened.desk.name) == ("Lê Thị Mai", "H99.14", "Quầy 1")
    assert session.current == opened
    session.sign_out()
    assert session.current is None


@pytest.mark.parametrize(("login", "password"), [(LOGIN, "sai"), (LOGIN, ""), ("không có", PASSWORD), ("", "")])
def test_wrong_login_and_wrong_password_get_the_same_answer(desk: Desk, login: str, password: str) -> None:
    assert refusal(desk[0].counter.session, login, password) == "session.wrong_password"
    assert desk[0].counter.session.current is None


def test_five_wrong_tries_lock_the_account_for_five_minutes_even_for_the_right_password(desk: Desk) -> None:
    (made, clock), session = desk, desk[0].counter.session

    codes = [refusal(session, LOGIN, "sai mật khẩu") for _ in range(5)]
    locked = refusal(session, LOGIN, PASSWORD)
    other = session.sign_in("hung", PASSWORD).clerk.login
    clock.move(timedelta(minutes=4, seconds=59))
    still = refusal(session, LOGIN, PASSWORD)
    clock.move(timedelta(seconds=1))

    assert codes == ["session.wrong_password"] * 5
    assert (locked, other, still) == ("session.locked", "hung", "session.locked")
    assert session.sign_in(LOGIN, PASSWORD).clerk.login == LOGIN
    assert made.counter.verification.verify().is_sound


def test_lock_says_how_many_minutes_are_left(desk: Desk) -> None:
    session = desk[0].counter.session
    for _ in range(5):
        refusal(session, LOGIN, "sai mật khẩu")
    desk[1].move(timedelta(minutes=2, seconds=30))

    with pytest.raises(UserError) as caught:
        session.sign_in(LOGIN, PASSWORD)

    assert caught.value.context == {"minutes": 3}


def test_right_password_forgets_the_wrong_tries_before_it(desk: Desk) -> None:
    session = desk[0].counter.session
    for _ in range(3):
        for _ in range(4):
            refusal(session, LOGIN, "sai mật khẩu")
        assert session.sign_in(LOGIN, PASSWORD).clerk.login == LOGIN


def test_clock_set_back_does_not_lock_the_account_for_longer(desk: Desk) -> None:
    session = desk[0].counter.session
    for _ in range(5):
        refusal(session, LOGIN, "sai mật khẩu")

    desk[1].move(timedelta(days=-1))

    assert session.sign_in(LOGIN, PASSWORD).clerk.login == LOGIN


def test_wrong_tries_made_at_once_in_several_windows_all_count(desk: Desk) -> None:
    made, _clock = desk
    barrier = threading.Barrier(5)

    def guess() -> None:
        barrier.wait(30)
        refusal(Session(made.desk), LOGIN, "sai mật khẩu")

    threads = [threading.Thread(target=guess) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert refusal(made.counter.session, LOGIN, PASSWORD) == "session.locked"


def test_password_is_the_same_however_the_keyboard_composes_its_letters(desk: Desk) -> None:
    session = desk[0].counter.session
    session.act_as()
    session.save_clerk(login="lan", full_name="Vũ Lan", role=Role.CLERK, password="mật khẩu của Lan")
    session.sign_out()

    assert session.sign_in("lan", unicodedata.normalize("NFD", "mật khẩu của Lan")).clerk.login == "lan"


@pytest.mark.parametrize("login", [LOGIN, "hung"])
def test_only_an_administrator_changes_clerks(desk: Desk, login: str) -> None:
    session = desk[0].counter.session
    session.act_as(login)
    before = session.list_clerks()

    with pytest.raises(UserError, match=r"session\.not_allowed"):
        session.save_clerk(login=login, full_name="Tôi", role=Role.ADMINISTRATOR, password=None)

    assert session.list_clerks() == before


@pytest.mark.parametrize(
    ("login", "name", "password", "code"),
    [
        ("", "A", "mật khẩu thử", "session.bad_login"),
        ("hai chữ", "A", "mật khẩu thử", "session.bad_login"),
        ("lan", " ", "mật khẩu thử", "session.name_missing"),
        ("lan", "A", "ngắn", "session.weak_password"),
        ("lan", "A", None, "session.weak_password"),
    ],
)
def test_clerk_that_cannot_be_saved_is_refused_and_nothing_is_changed(
    desk: Desk, login: str, name: str, password: str | None, code: str
) -> None:
    session = desk[0].counter.session
    session.act_as()
    before = session.list_clerks()

    with pytest.raises(UserError) as caught:
        session.save_clerk(login=login, full_name=name, role=Role.CLERK, password=password)

    assert caught.value.code == code
    assert session.list_clerks() == before


def test_desk_keeps_its_last_administrator(desk: Desk) -> None:
    session = desk[0].counter.session
    session.act_as()

    for role, active in ((Role.CLERK, True), (Role.ADMINISTRATOR, False)):
        with pytest.raises(UserError, match=r"session\.last_administrator"):
            session.save_clerk(login="quantri", full_name="Đỗ Quản Trị", role=role, password=None, active=active)


def test_clerk_who_left_cannot_sign_in_and_is_not_offered_and_comes_back_with_the_old_password(desk: Desk) -> None:
    session = desk[0].counter.session
    session.act_as()
    session.save_clerk(login=LOGIN, full_name="Lê Thị Mai", role=Role.CLERK, password=None, active=False)
    session.sign_out()

    assert refusal(session, LOGIN, PASSWORD) == "session.wrong_password"
    assert LOGIN not in session.list_logins()
    session.act_as()
    session.save_clerk(login=LOGIN, full_name="Lê Thị Mai", role=Role.CLERK, password=None)
    assert session.sign_in(LOGIN, PASSWORD).clerk.login == LOGIN


def test_administrator_who_left_does_not_act_for_commands(desk: Desk) -> None:
    session = desk[0].counter.session
    session.act_as()
    session.save_clerk(login="anh", full_name="A", role=Role.ADMINISTRATOR, password="mật khẩu thử")
    session.save_clerk(login="anh", full_name="A", role=Role.ADMINISTRATOR, password=None, active=False)

    assert session.act_as().clerk.login == "quantri"
    with pytest.raises(UserError, match=r"session\.unknown_clerk"):
        session.act_as("anh")


def test_draft_belongs_to_its_clerk_and_page_and_outlives_the_session(desk: Desk) -> None:
    counter = desk[0].counter
    draft = Draft(page="intake", fields={"full_name": "Nguyễn Văn Nháp"}, focus="phone", cursor=3)
    counter.session.sign_in(LOGIN, PASSWORD)
    counter.drafts.save(draft)
    counter.drafts.save(draft)
    counter.session.sign_in("hung", PASSWORD)
    of_another = counter.drafts.find("intake")
    counter.drafts.discard("intake")
    counter.session.sign_in(LOGIN, PASSWORD)

    assert of_another is None
    assert counter.drafts.find("intake") == draft
    assert counter.drafts.find("other") is None
    counter.drafts.discard("intake")
    assert counter.drafts.find("intake") is None


def test_draft_of_an_older_program_counts_as_none(desk: Desk) -> None:
    made, _clock = desk
    made.counter.session.sign_in(LOGIN, PASSWORD)
    made.counter.drafts.save(Draft(page="intake", fields={}, focus="", cursor=0))
    with made.desk.store.writing() as connection:
        connection.exec_driver_sql("UPDATE draft SET facts = ?", (b'{"page": 1}',))

    assert made.counter.drafts.find("intake") is None


def test_draft_needs_somebody_signed_in(desk: Desk) -> None:
    with pytest.raises(UserError, match=r"session\.nobody"):
        desk[0].counter.drafts.find("intake")


@pytest.mark.parametrize(
    ("unit", "login", "code"),
    [
        (Unit(code="H1", name="A"), LOGIN, "session.not_allowed"),
        (Unit(code=" ", name="A"), "hung", "unit.code_missing"),
        (Unit(code="H1", name="\t"), "hung", "unit.name_missing"),
    ],
)
def test_unit_that_cannot_be_saved_is_refused(desk: Desk, unit: Unit, login: str, code: str) -> None:
    counter = desk[0].counter
    counter.session.act_as(login)
    before = counter.units.list_all()

    with pytest.raises(UserError) as caught:
        counter.units.save(unit)

    assert caught.value.code == code
    assert counter.units.list_all() == before
    assert before[0] == counter.units.own()
