"""Real desks and a real province: what one desk does the other has, through cuts and after either side was set back."""

import random
import shutil
import socket
import threading
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.changes import Topic
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.journal.entries import BODIES, DossierActed
from counter_app.province.authority import open_authority
from counter_app.province.feeds import publish
from counter_app.province.service import Province
from counter_app.services.open_desk import read_local, write_local
from counter_app.sync import reading
from counter_app.sync.https_line import LineIdentity, fetch_authority, parse_url
from tests.fakes.cut_line import cut_line
from tests.fakes.daemons import wait_until
from tests.fakes.exchanging import hall_folder, hall_unit, picture_of
from tests.fakes.province_desks import at, enrol, enrolled, go_by, is_sound, receive

HOME = hall_unit().code


pytestmark = pytest.mark.usefixtures("_stretched_once")


def status_at(made: OpenCounter, code: str) -> Status:
    return made.counter.lookup.get_dossier(code).dossier.status


def test_what_one_desk_does_the_other_has_and_goes_on_with(tmp_path: Path, province: Province) -> None:
    with enrolled(tmp_path, province, HOME) as (one, other):
        code, heard = receive(one), list[frozenset[Topic]]()
        one.desk.announcer.subscribe(heard.append)
        assert not one.counter.lookup.get_dossier(code).ticks.province
        sent = one.counter.province_line.exchange()
        assert one.counter.lookup.get_dossier(code).ticks.province
        assert frozenset({Topic.EXCHANGE}) in heard
        assert (sent.pushed, sent.acknowledged, sent.oldest_unsent_s, sent.forks) == (sent.pushed, sent.pushed, None, 0)
        got = other.counter.province_line.exchange()
        assert (got.received, got.refused, got.held) == (sent.pushed, 0, 0)
        other.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        assert other.counter.province_line.exchange().received == 0
        assert one.counter.province_line.exchange().received > 0
        assert status_at(one, code) == status_at(other, code) == province.show_dossier(code).status
        assert picture_of(one) == picture_of(other)
        assert one.counter.province_line.exchange().pushed == 0
        assert is_sound(one)
        assert is_sound(other)


def test_a_line_that_is_cut_anywhere_delays_and_loses_nothing(tmp_path: Path, province: Province) -> None:
    dice = random.Random(20261128)
    with enrolled(tmp_path, province, HOME) as (one, other):
        for number in range(60):
            receive(one, number)
            if number == 30:
                other.counter.province_line.exchange()
        allowances = [dice.randrange(8_000) for _ in range(30)]
        with cut_line(parse_url(province.url), allowances) as line:
            for made in (one, other):
                go_by(made, line.url)
            while _is_behind(one, other):
                for made in (one, other):
                    _try_exchange(made)
            assert line.cuts > 10
        assert picture_of(one) == picture_of(other)
        assert is_sound(one)
        assert is_sound(other)


def _try_exchange(made: OpenCounter) -> None:
    try:
        made.counter.province_line.exchange()
    except EnvironmentFailure as exc:
        assert exc.code == "sync.line_down"  # noqa: PT017 - most of them are expected to end so


def test_what_only_a_newer_program_can_read_delays_nothing_behind_it_and_is_read_after_the_update(
    tmp_path: Path, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    with enrolled(tmp_path, province, HOME, count=3) as (newer, other, old):
        code = receive(newer)
        newer.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        newer.counter.province_line.exchange()
        with province.database.transaction() as connection:
            publish(connection, HOME, "a kind to come", b"a message to come")
        behind = receive(other)
        other.counter.province_line.exchange()
        with monkeypatch.context() as before:
            before.delitem(BODIES, (DossierActed.KIND, DossierActed.VERSION))
            assert old.counter.province_line.exchange().refused == 0
            assert status_at(old, behind) is Status.RECEIVED
            with pytest.raises(UserError):
                status_at(old, code)
            assert old.counter.province_line.exchange().received == 0
        assert old.counter.province_line.exchange().received == 0  # asked for again when the program is another one
        monkeypatch.setattr(reading, "__version__", "9.9.9")
        assert old.counter.province_line.exchange().received > 0
        other.counter.province_line.exchange()
        assert picture_of(old) == picture_of(other)
        assert old.counter.province_line.exchange().received == 0
        assert is_sound(old)


def _is_behind(one: OpenCounter, other: OpenCounter) -> bool:
    return picture_of(one) != picture_of(other)


def test_a_desk_that_was_set_back_unnoticed_gets_its_own_entries_back(tmp_path: Path, province: Province) -> None:
    folder = hall_folder(tmp_path / "1", 1)
    with at(folder) as made:
        enrol(made, province, HOME)
        first = receive(made)
        made.counter.province_line.exchange()
    shutil.copytree(tmp_path / "1", tmp_path / "copy")
    with at(folder) as made:
        codes = [receive(made, number) for number in range(1, 4)]
        made.counter.province_line.exchange()
    shutil.rmtree(tmp_path / "1")
    shutil.move(tmp_path / "copy", tmp_path / "1")  # the note of how far it was came back too
    with at(folder) as made:
        answer = made.counter.province_line.exchange()
        assert (answer.received, answer.forks) == (len(codes), 0)
        assert [status_at(made, code) for code in codes] == [Status.RECEIVED] * 3
        later = receive(made, 9)
        assert later not in {first, *codes}
        assert made.counter.province_line.exchange().acknowledged == 1
        assert is_sound(made)


def test_a_province_that_was_set_back_is_told_again(tmp_path: Path, province: Province) -> None:
    with enrolled(tmp_path, province, HOME) as (one, other):
        codes = [receive(one, number) for number in range(3)]
        for made in (one, other):
            made.counter.province_line.exchange()
        ids = [made.desk.desk.id for made in (one, other)]
        with province.database.transaction() as connection:
            for table in ("entry", "chain", "feed"):
                connection.execute(f"DELETE FROM {table} WHERE desk = ANY(%s)", (ids,))
            connection.execute("UPDATE unit SET feed_position = 2 WHERE code = %s", (HOME,))
            connection.execute("DELETE FROM dossier WHERE unit_code = %s", (HOME,))
        assert one.counter.province_line.exchange().pushed > 3
        other.counter.province_line.exchange()
        assert [province.show_dossier(code).status for code in codes] == [Status.RECEIVED] * 3
        fleet = [desk for desk in province.list_fleet() if desk.unit == HOME]
        assert [(desk.unsent, desk.forks, desk.waiting) for desk in fleet] == [(0, 0, 0)] * 2


def test_another_province_under_the_same_address_is_told_nothing(tmp_path: Path, province: Province) -> None:
    with enrolled(tmp_path, province, HOME, count=1) as (one,):
        receive(one)
        with one.desk.store.writing() as connection:
            identity = msgspec.msgpack.decode(read_local(connection, "line") or b"", type=LineIdentity)
            other = msgspec.structs.replace(identity, authority=open_authority(_made(tmp_path / "other")).pem)
            write_local(connection, "line", msgspec.msgpack.encode(other))
        with pytest.raises(EnvironmentFailure, match="line_untrusted"):
            one.counter.province_line.exchange()
        assert next(desk for desk in province.list_fleet() if desk.id == one.desk.desk.id).entries == 0


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_desk_that_was_never_enrolled_says_so(tmp_path: Path) -> None:
    with at(hall_folder(tmp_path, 1)) as made, pytest.raises(UserError, match="not_enrolled"):
        made.counter.province_line.exchange()


def test_what_is_received_goes_up_by_itself_and_closing_waits_for_no_line(tmp_path: Path, province: Province) -> None:
    with enrolled(tmp_path, province, HOME, count=1) as (one,):
        keeper = one.counter.line_keeper
        keeper.start()
        wait_until(lambda: _unsent(province) == 0, "the first exchange")
        code = receive(one)
        wait_until(lambda: _holds(province, code), "the dossier at the province")
        with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never says a word
            go_by(one, f"https://127.0.0.1:{silent.getsockname()[1]}")
            receive(one, 1)
            connection, _address = silent.accept()
            with connection:
                keeper.stop()
                wait_until(lambda: "line" not in {thread.name for thread in threading.enumerate()}, "its thread's end")


def _unsent(province: Province) -> int | None:
    return province.list_fleet()[0].unsent


def _holds(province: Province, code: str) -> bool:
    try:
        return bool(province.show_dossier(code).entries)
    except UserError:
        return False


def test_an_answer_whose_end_never_comes_is_a_line_that_is_down_and_no_answer(province: Province) -> None:
    def answer_half(listener: socket.socket) -> None:
        near, _address = listener.accept()
        with province.authority.server_context().wrap_socket(near, server_side=True) as line:
            line.recv(4_096)
            line.sendall(b"HTTP/1.1 200 \r\nContent-Length: 10\r\n\r\nhalf")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_half, args=(listener,))
        thread.start()
        with pytest.raises(EnvironmentFailure, match=r"sync\.line_down"):
            fetch_authority(f"https://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
