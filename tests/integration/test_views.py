from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Status
from counter_app.domain.procedure import Channel
from counter_app.domain.unit import Role
from counter_app.services.answers.lists import USUAL_COLUMNS, DossierFilter, ListColumn, ListOrder, Scope
from counter_app.services.sample_data import LOGIN
from counter_app.services.views import LONGEST_NAME, MOST_VIEWS
from counter_app.store.tables import local
from tests.fakes.desks import at_work, sample_desk

MINE_ONLINE = DossierFilter(channel=Channel.ONLINE, statuses=(Status.REGISTERED, Status.RECEIVED), scope=Scope.MINE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as made:
        yield made


def test_view_is_kept_under_its_name_until_it_is_removed(desk: OpenCounter) -> None:
    views = desk.counter.views
    saved = views.save_view("  Trực  tuyến ", MINE_ONLINE, ListOrder.NAME)

    assert (saved.name, saved.wanted, saved.order) == ("Trực tuyến", MINE_ONLINE, ListOrder.NAME)
    assert views.list_views() == (saved,)
    assert views.get_view("Trực tuyến") == saved
    replaced = views.save_view("Trực tuyến", DossierFilter(is_late=True))
    assert views.list_views() == (replaced,)
    views.remove_view("Trực tuyến")
    assert views.list_views() == ()


def test_views_and_columns_belong_to_one_clerk(desk: OpenCounter) -> None:
    views, session = desk.counter.views, desk.counter.session
    session.act_as()
    session.save_clerk(login="hai", full_name="Cán Hai", role=Role.CLERK, password="mật khẩu thử")
    session.act_as(LOGIN)
    views.save_view("Ánh", MINE_ONLINE)
    views.save_view("An", MINE_ONLINE)
    views.keep_columns([ListColumn.STATUS, ListColumn.CODE])

    assert [view.name for view in views.list_views()] == ["An", "Ánh"]
    session.act_as("hai")
    assert (views.list_views(), views.list_columns()) == ((), USUAL_COLUMNS)
    with pytest.raises(UserError, match=r"lists\.unknown_view"):
        views.remove_view("An")
    session.act_as(LOGIN)
    assert views.list_columns() == (ListColumn.CODE, ListColumn.STATUS)
    assert views.keep_columns([]) == USUAL_COLUMNS == views.list_columns()


def test_names_that_say_nothing_or_too_much_and_too_many_views_are_refused(desk: OpenCounter) -> None:
    views = desk.counter.views
    for name, code in (("", "view_name_missing"), (" \t", "view_name_missing"), ("n" * 41, "view_name_long")):
        with pytest.raises(UserError, match=rf"lists\.{code}"):
            views.save_view(name, MINE_ONLINE)
    assert views.list_views() == ()
    for number in range(MOST_VIEWS):
        views.save_view(f"{number}".rjust(LONGEST_NAME, "n"), MINE_ONLINE)
    with pytest.raises(UserError, match=r"lists\.too_many_views"):
        views.save_view("một nữa", MINE_ONLINE)
    views.save_view("0".rjust(LONGEST_NAME, "n"), DossierFilter())
    assert len(views.list_views()) == MOST_VIEWS


def test_view_of_a_newer_program_is_left_out_and_stays(desk: OpenCounter) -> None:
    desk.counter.views.save_view("một", MINE_ONLINE)
    with desk.desk.store.writing() as connection:
        connection.execute(update(local.kept_choice).values(facts=b'{"name":"x","wanted":{"scope":"galaxy"}}'))

    assert desk.counter.views.list_views() == ()


def test_nobody_signed_in_has_no_views(desk: OpenCounter) -> None:
    desk.counter.session.sign_out()

    with pytest.raises(UserError, match=r"session\.nobody"):
        desk.counter.views.list_views()
