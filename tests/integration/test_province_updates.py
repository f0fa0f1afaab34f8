"""Update packs that a province offers: to a share of its desks, through cuts, each checked like one from a stick."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.cli import run
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.hall.upward import Upward
from counter_app.province.locks import Lock
from counter_app.province.service import Province
from counter_app.province.updates import list_offered, offer, set_share
from counter_app.sync.https_line import HttpsLine, parse_url
from counter_app.sync.https_updates import HttpsUpdates
from counter_app.sync.papers import CHUNK_BYTES
from counter_app.sync.roster import DeskKind
from counter_app.sync.updates import UpdateAsked, UpdateAtHall, UpdatePart
from counter_app.update.pack import write_pack
from counter_app.update.staging import is_chosen
from counter_app.update.state import change_state, read_state, version_folder
from counter_app.update.version import platform_name
from tests.fakes.cut_line import cut_line
from tests.fakes.desks import START, DeskClock
from tests.fakes.exchanging import hall_folder, hall_unit
from tests.fakes.halls import RunningHall, carry_up, hall_of, running_hall
from tests.fakes.province import admit, empty, province_folder, serving
from tests.fakes.province_desks import at, enrol, go_by, receive
from tests.fakes.versions import new_key, program_folder, terms

pytestmark = pytest.mark.usefixtures("_stretched_once")

_CONTENT = os.urandom(20 * CHUNK_BYTES)


@pytest.fixture(scope="module")
def served_from() -> Iterator[Path]:
    with province_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def service(served_from: Path) -> Iterator[Province]:
    with serving(served_from) as made:
        yield made


@pytest.fixture
def province(service: Province) -> Province:
    empty(service)
    with service.database.transaction() as connection:
        connection.execute("TRUNCATE program_update")
    return service


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The maker's private key; its public one is known on this machine."""
    key, _public = new_key(tmp_path / "etc" / "QuayMotCua")
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    return key


def made_pack(root: Path, key: Path, version: str = "9.1.0", *, share: int = 100, minimum: str = "0.0") -> Path:
    folder = program_folder(root / version, version=version)
    (folder / "content").write_bytes(_CONTENT)
    out = root / f"{version}.qmcu"
    write_pack(folder, out, key=key, terms=terms(version, share=share, minimum_version=minimum))
    return out


def offered(province: Province, pack: Path, share: int = 100) -> None:
    with province.database.transaction() as connection:
        offer(connection, province.papers, pack, share=share, now=province.clock.now())


def exchange_anew(folder: DataFolder) -> None:
    """Exchange once, in a program that has just begun."""
    with at(folder) as made:
        made.counter.province_line.exchange()


def coming(folder: DataFolder) -> int:
    """Return how many bytes of a pack have come."""
    return sum(file.stat().st_size for file in (folder.updates / "coming").glob("*"))


def test_a_share_of_the_desks_fetches_an_update_first_and_the_others_when_it_grows(
    tmp_path: Path, province: Province, served_from: Path, maker: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = made_pack(tmp_path, maker)
    folders = [hall_folder(tmp_path / str(number), number) for number in (1, 2)]
    ids = []
    for folder in folders:
        with at(folder) as made:
            enrol(made, province, "H99.61")
            ids.append(made.desk.desk.id)
    share = next(share for share in range(101) if is_chosen(ids[0], share) != is_chosen(ids[1], share))
    first, later = folders if is_chosen(ids[0], share) else reversed(folders)
    command = ["--data", str(served_from), "province", "update"]

    assert run([*command, "give", str(pack), "--share", str(share)]) == 0
    for folder in folders:
        exchange_anew(folder)
    assert read_state(first).staged == "9.1.0"
    assert (version_folder(first, "9.1.0") / "content").read_bytes() == _CONTENT
    assert read_state(later).staged == ""

    assert run([*command, "share", "9.1.0", "100"]) == 0
    exchange_anew(later)
    assert read_state(later).staged == "9.1.0"
    assert coming(first) == coming(later) == 0
    assert run([*command, "share", "9.2.0", "100"]) == 2
    assert "100 %" in capsys.readouterr().out
    with province.database.transaction() as connection:
        set_share(connection, "9.1.0", 0)
    assert run([*command, "list"]) == 0
    assert " 0 %" in capsys.readouterr().out


def test_an_update_goes_on_where_the_line_was_cut_and_records_come_first(
    tmp_path: Path, province: Province, maker: Path
) -> None:
    offered(province, made_pack(tmp_path, maker))
    folder = hall_folder(tmp_path / "desk", 1)
    with at(folder) as made:
        enrol(made, province, "H99.62")
        receive(made)
        # A kept connection that was cut is tried once more: only two cuts in a row end an exchange.
        with cut_line(parse_url(province.url), [60_000, 100] * 30) as line:
            go_by(made, line.url)
            came = [0]
            while not read_state(folder).staged:
                came.append(_came_after_a_cut(made))
                assert len(came) < 30
            assert line.cuts > 3
            assert line.carried_bytes < 2 * len(_CONTENT)
        assert made.counter.province_line.read_answer().oldest_unsent_s is None
    assert came[:-1] == sorted(came[:-1])
    assert len(set(came)) > 3
    assert (version_folder(folder, "9.1.0") / "content").read_bytes() == _CONTENT


def _came_after_a_cut(made: OpenCounter) -> int:
    with suppress(EnvironmentFailure):
        made.counter.province_line.exchange()
    return coming(made.desk.folder)


def test_what_no_desk_would_take_is_neither_offered_nor_fetched_twice(
    tmp_path: Path, province: Province, maker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign, _public = new_key(tmp_path / "foreign" / "QuayMotCua")
    alien = made_pack(tmp_path / "alien", foreign)
    with pytest.raises(AppError, match=r"update\.not_signed"):
        offered(province, alien)
    good = made_pack(tmp_path / "good", maker)
    offered(province, good)
    with pytest.raises(AppError, match=r"update\.other_file"):
        offered(province, made_pack(tmp_path / "other", maker, share=7))
    folder = hall_folder(tmp_path / "desk", 1)
    with at(folder) as made:
        enrol(made, province, "H99.63")
        # A province that was taken over offers what its own machine believes; the desk believes the maker alone.
        monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "foreign"))
        with province.database.transaction() as connection:
            connection.execute("TRUNCATE program_update")
        offered(province, alien)
        monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
        with cut_line(parse_url(province.url)) as line:
            go_by(made, line.url)
            made.counter.province_line.exchange()
            assert line.carried_bytes > len(_CONTENT)
    assert (read_state(folder).staged, coming(folder)) == ("", 0)
    with cut_line(parse_url(province.url)) as line:
        with at(folder) as made:
            go_by(made, line.url)
        exchange_anew(folder)
        assert 0 < line.carried_bytes < len(_CONTENT)  # the same file again is not fetched again
    with at(folder) as made:
        go_by(made, province.url)
    with province.database.transaction() as connection:
        connection.execute("TRUNCATE program_update")
    offered(province, good)
    change_state(folder, lambda state: type(state)(failures={"9.1.0": 2}))
    exchange_anew(folder)
    assert read_state(folder).staged == ""  # it failed here twice and is left alone
    change_state(folder, lambda state: type(state)())
    exchange_anew(folder)
    assert read_state(folder).staged == "9.1.0"


def test_a_pack_is_laid_down_while_the_portal_is_told(tmp_path: Path, province: Province, maker: Path) -> None:
    pack = made_pack(tmp_path, maker)
    with province.database.only_one(Lock.TELLING_PORTAL), province.database.transaction() as connection:
        connection.execute("SET LOCAL lock_timeout = '5s'")  # or it would wait to the end of the telling
        assert offer(connection, province.papers, pack, share=100, now=province.clock.now()).share == 100


def test_a_desk_is_offered_the_newest_version_that_may_follow_its_own(
    tmp_path: Path, province: Province, maker: Path
) -> None:
    for version, minimum, share in (("9.1.0", "0.0", 100), ("9.10", "0.0", 40), ("9.20", "9.10", 100)):
        offered(province, made_pack(tmp_path, maker, version, minimum=minimum, share=share))
    with province.database.transaction() as connection:
        assert [one.share for one in set_share(connection, "9.10", 100)] == [40]  # its maker's word
        assert {one.version for one in list_offered(connection)} == {"9.1.0", "9.10", "9.20"}
    desk = admit(province)
    best = "9.10" if is_chosen(desk.id, 40) else "9.1.0"
    with desk.line() as line:
        updates = HttpsUpdates(line)

        def asked(version: str, platform: str = platform_name()) -> str:
            return updates.find_offer(UpdateAsked(version=version, platform=platform)).version

        assert asked("0.1.0") == best
        assert asked("9.10") == "9.20"
        assert asked("9.20") == asked("0.1.0", "windows-arm") == ""
        with pytest.raises(EnvironmentFailure, match=r"sync\.line_refused"):
            asked("latest")
        with pytest.raises(EnvironmentFailure, match=r"sync\.line_refused"):
            updates.read_part(UpdatePart(sha256=bytes(32), offset=0))
        found = updates.find_offer(UpdateAsked(version="9.10", platform=platform_name()))
        assert updates.read_part(UpdatePart(sha256=found.sha256, offset=found.size_bytes)) == b""
    stranger = HttpsLine(desk.identity.__class__(url=province.url, authority=province.authority.pem))
    with pytest.raises(EnvironmentFailure, match=r"sync\.line_refused"):
        HttpsUpdates(stranger).find_offer(UpdateAsked(version="0.1.0", platform=platform_name()))
    stranger.close()


def test_a_pack_comes_over_the_outside_line_once_for_all_desks_of_a_hall(
    tmp_path: Path, province: Province, maker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = made_pack(tmp_path, maker)
    offered(province, pack)
    unit = hall_unit()
    node = admit(province, unit=unit, kind=DeskKind.HALL)
    with cut_line(parse_url(province.url), [60_000, 100] * 3) as line:
        hall = hall_of(province, node, tmp_path, unit=unit, url=line.url)
        folders = [hall_folder(tmp_path / str(number), number) for number in (1, 2, 3)]
        for folder in folders:
            with at(folder) as made:
                enrol(made, province, unit.code)
        while carry_up(hall):
            pass
        first, second, third = folders
        with running_hall(hall) as running, monkeypatch.context() as patched:
            patched.setattr("counter_app.hall.disk_room.RESERVE_BYTES", 1 << 60)
            ask_hall(running, pack)
            while ends_early(running):
                pass
            assert files_below(hall) == []
        with running_hall(hall) as running:
            for folder in (first, second):
                exchange_at(folder, running.url)
                assert (coming(folder), read_state(folder).staged) == (0, "")
            ask_hall(running, pack, size_bytes=1)  # what a desk says of its size is only its word
            left_over = hall.root / "packs" / "parts" / bytes(32).hex()
            left_over.parent.mkdir(parents=True, exist_ok=True)
            left_over.write_bytes(b"of a pack that no desk wants any more")
            before = line.carried_bytes
            while not running.keeping.updates.measure_bytes():
                ends_early(running)
            assert len(files_below(hall)) == 1
            assert line.cuts > 2
            assert len(_CONTENT) < line.carried_bytes - before < 1.5 * len(_CONTENT)
        with running_hall(hall) as running, cut_line(parse_url(province.url)) as own:
            for folder in (first, second):
                exchange_at(folder, running.url, province_url=own.url)
                assert read_state(folder).staged == "9.1.0"
            assert own.carried_bytes < len(_CONTENT) // 4
            (kept,) = (file for file in (hall.root / "packs").rglob("*") if file.is_file())
            kept.write_bytes(bytes(kept.stat().st_size))  # what a hall gives proves itself, or comes from the province
            exchange_at(third, running.url)
            assert read_state(third).staged == "9.1.0"


def test_a_hall_that_does_not_get_a_pack_keeps_no_desk_waiting_for_ever(
    tmp_path: Path, province: Province, maker: Path
) -> None:
    offered(province, made_pack(tmp_path, maker))
    unit = hall_unit()
    hall = hall_of(province, admit(province, unit=unit, kind=DeskKind.HALL), tmp_path, unit=unit)
    folder = hall_folder(tmp_path / "1", 1)
    with at(folder) as made:
        enrol(made, province, unit.code)
    carry_up(hall)
    with running_hall(hall) as running:
        staged = []
        for hours in (0, 23, 25):
            exchange_at(folder, running.url, hours=hours)
            staged.append(read_state(folder).staged)
    assert staged == ["", "", "9.1.0"]


def test_a_hall_that_gives_rubbish_or_a_byte_at_a_time_keeps_no_desk_waiting_for_ever(
    tmp_path: Path, province: Province, maker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = made_pack(tmp_path, maker)
    offered(province, pack)
    unit = hall_unit()
    hall = hall_of(province, admit(province, unit=unit, kind=DeskKind.HALL), tmp_path, unit=unit)
    folders = [hall_folder(tmp_path / str(number), number) for number in (1, 2)]
    for folder in folders:
        with at(folder) as made:
            enrol(made, province, unit.code)
    carry_up(hall)
    content = pack.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    kept = hall.root / "packs" / digest[:2] / digest
    kept.parent.mkdir(parents=True)
    kept.write_bytes(bytes(len(content) - 1))
    staged = []
    with running_hall(hall) as running:
        for hours in (0, 25, 26):
            exchange_at(folders[0], running.url, hours=hours)
            staged.append(read_state(folders[0]).staged)
        kept.write_bytes(content)
        monkeypatch.setattr("counter_app.hall.update_shelf.CHUNK_BYTES", 1)
        monkeypatch.setattr("counter_app.services.line_turns._TURN_S", 0.3)
        monkeypatch.setattr("counter_app.services.update_line._SLOW_AFTER_S", 0.2)
        exchange_at(folders[1], running.url)
        staged.append(read_state(folders[1]).staged)
    assert staged == ["", "", "9.1.0", "9.1.0"]


def ask_hall(running: RunningHall, pack: Path, *, size_bytes: int = 0) -> None:
    content = pack.read_bytes()
    wanted = UpdateAtHall(sha256=hashlib.sha256(content).digest(), size_bytes=size_bytes or len(content), offset=0)
    assert running.keeping.updates.read_part(wanted) == b""


def ends_early(running: RunningHall) -> bool:
    """Let a hall exchange once; whether the line was cut."""
    try:
        Upward(running.keeping).exchange_once()
    except EnvironmentFailure:
        return True
    return False


def files_below(hall: DataFolder) -> list[Path]:
    return [file for file in (hall.root / "packs").rglob("*") if file.is_file()]


def exchange_at(folder: DataFolder, hall_url: str, *, province_url: str = "", hours: int = 0) -> None:
    """Exchange once, in a program that has just begun and knows a hall."""
    with at(folder, DeskClock(START + timedelta(hours=hours))) as made:
        made.settings.set("sync.hall_url", hall_url)
        if province_url:
            go_by(made, province_url)
        made.counter.province_line.exchange()
