"""A province's backup comes back equal or not at all, and desks send again what it lacks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.domain.dossier import Status
from counter_app.domain.unit import Slice, Unit
from counter_app.province.backup_file import iter_parts, sealing
from counter_app.province.backups import back_up, check_chains, drill, read_figures, restore
from counter_app.province.database import Database
from counter_app.province.officers import add_officer, is_token
from counter_app.province.service import Province
from counter_app.services.open_desk import read_local, write_local
from counter_app.store.paper_folder import PaperFolder
from counter_app.sync.https_line import LineIdentity
from counter_app.sync.roster import DeskKind, read_enrolment
from tests.fakes.daemons import wait_until
from tests.fakes.desks import PASSPHRASE
from tests.fakes.exchanging import hall_folder
from tests.fakes.province import OTHER_UNIT, UNIT, province_folder, serving
from tests.fakes.province_desks import at, enrol, is_sound, receive


def test_a_restored_province_is_equal_and_desks_send_again_what_came_after(tmp_path: Path) -> None:
    with province_folder() as root, at(hall_folder(tmp_path, 1)) as desk:
        first, again, path = root / "first", root / "again", tmp_path / "province.backup"
        with serving(first) as province:
            enrol(desk, province, "H99.14")
            receive(desk)
            desk.counter.province_line.exchange()
            with province.database.transaction() as connection:
                token = add_officer(connection, "Cán bộ cũ", now=province.clock.now())
            (first / "papers").mkdir()
            (first / "papers" / "one").write_bytes(b"\x00" * 3_000_000)
            for coming in (first / "papers" / "parts" / "two", first / "sealed" / "three"):  # which go at any moment
                coming.parent.mkdir()
                coming.write_bytes(b"part")
            now = province.clock.now()
            with pytest.raises(UserError, match="backup_inside"):
                back_up(province.database, first, first / "papers" / "two", passphrase=PASSPHRASE, now=now)
            _go_back_a_version(province)
            made = back_up(province.database, first, path, passphrase=PASSPHRASE, now=now)
            late = receive(desk, 1)
            desk.counter.province_line.exchange()
            assert b"Nguy" not in path.read_bytes()
            practised = drill(province.database, first, passphrase="x" * 20, now=now)
            with province.database.transaction() as connection:
                present = read_figures(connection, now=now)
            assert practised.figures.differs_from(present) == ()
            assert practised.figures.differs_from(made) != ()
            assert not (first / "drill").exists()
            _nothing_comes_of_it(path, root, tmp_path)

        restored = restore(path, again, passphrase=PASSPHRASE)
        assert (restored.figures, restored.entries) == (made, made.rows["entry"])
        assert (again / "papers" / "one").stat().st_size == 3_000_000
        assert not (again / "papers" / "parts").exists()
        assert not (again / "sealed").exists()
        with pytest.raises(UserError, match="not_empty"):
            restore(path, again, passphrase=PASSPHRASE)
        with serving(again) as province:
            with pytest.raises(UserError, match="unknown_code"):
                province.show_dossier(late)
            _numbers_are_given_when_somebody_saw_that_they_are_free(province)
            with province.database.transaction() as connection:
                assert not is_token(connection, token)  # perhaps it was taken away since
            _go_by(desk, province.url)
            answer = desk.counter.province_line.exchange()
            assert (answer.pushed > 0, answer.forks) == (True, 0)
            assert province.show_dossier(late).status is Status.RECEIVED
            with province.database.transaction() as connection:
                connection.execute("UPDATE entry SET body = body || ' '::bytea WHERE seq = 3")
            with (
                province.database.transaction() as connection,
                pytest.raises(EnvironmentFailure, match="backup_differs"),
            ):
                check_chains(connection)
        assert is_sound(desk)


def _go_back_a_version(province: Province) -> None:
    """Make the tables those of an earlier program: its backups must come back too."""
    with province.database.transaction() as connection:
        connection.execute("DROP TABLE put_back")
        connection.execute("ALTER TABLE unit DROP COLUMN numbers_checked")
        connection.execute("DELETE FROM schema_version WHERE number IN (15, 18)")


def _numbers_are_given_when_somebody_saw_that_they_are_free(province: Province) -> None:
    """Also in a unit that is new here: perhaps it is only forgotten."""

    def invite(unit: Unit, **options: Any) -> Slice:
        code = province.invite(unit=unit, kind=DeskKind.DESK, name="Quầy", **options)
        return read_enrolment(province.show_enrolment(code)).number_slice

    beyond = Slice(5_000, 5_499)
    for unit in (msgspec.structs.replace(UNIT, code="H99.14"), OTHER_UNIT):
        for wanted in (None, beyond):
            with pytest.raises(UserError, match="numbers_unsure"):
                invite(unit, number_slice=wanted)
        assert province.invite(unit=unit, kind=DeskKind.HALL, name="Trung tâm")
        assert invite(unit, number_slice=beyond, numbers_checked=True) == beyond
        assert invite(unit).low > beyond.high


def _nothing_comes_of_it(path: Path, root: Path, tmp_path: Path) -> None:
    """A sentence, and no folder that looks like a province."""
    target = root / "none"
    for place, passphrase, code in (
        (path, "another pass phrase", "wrong_passphrase"),
        (tmp_path / "missing", PASSPHRASE, "no_backup_file"),
    ):
        with pytest.raises(AppError, match=code):
            restore(place, target, passphrase=passphrase)
        assert not target.exists()


def _go_by(desk: OpenCounter, url: str) -> None:
    with desk.desk.store.writing() as connection:
        identity = msgspec.msgpack.decode(read_local(connection, "line") or b"", type=LineIdentity)
        write_local(connection, "line", msgspec.msgpack.encode(msgspec.structs.replace(identity, url=url)))


class _Watched(PaperFolder):
    """Papers that look, when they are read, whether anybody reads entries at that moment."""

    def __init__(self, folder: Path, database: Database) -> None:
        super().__init__(folder)
        self._database, self.is_free = database, False

    def iter_held(self) -> Iterator[bytes]:
        wait_until(self._is_unread, "entries that nobody reads")  # others may for a moment
        self.is_free = True
        return super().iter_held()

    def _is_unread(self) -> bool:
        query = "SELECT count(*) AS count FROM pg_locks WHERE relation = 'entry'::regclass"
        with self._database.transaction() as connection:
            row = connection.execute(query).fetchone()
        return row is not None and row.count == 0


def test_a_backup_keeps_no_table_while_it_writes_papers(tmp_path: Path) -> None:
    with province_folder() as root, serving(root) as province:
        papers, now = _Watched(tmp_path / "elsewhere", province.database), province.clock.now()

        back_up(province.database, root, tmp_path / "a", passphrase=PASSPHRASE, now=now, papers=papers)

    assert papers.is_free


def test_a_backup_file_gives_back_its_parts_and_one_that_is_cut_anywhere_never_all_of_them(tmp_path: Path) -> None:
    path, parts = tmp_path / "file", {"one": b"x" * 3_000_000, "two": b"", "ba/three": b"abc"}
    with sealing(path, PASSPHRASE) as put:
        for name, content in parts.items():
            put(name, [content[:7], content[7:]] if content else [])
    assert _read(path) == parts
    whole = path.read_bytes()
    altered = bytearray(whole)
    altered[len(whole) // 2] ^= 1
    for data in (b"", whole[:40], whole[: len(whole) // 2], whole[:-1], bytes(altered)):
        path.write_bytes(data)
        with pytest.raises(EnvironmentFailure, match="backup_damaged"):
            _read(path)


def _read(path: Path) -> dict[str, bytes]:
    return {name: b"".join(pieces) for name, pieces in iter_parts(path, PASSPHRASE)}


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), sealing(tmp_path / "file", PASSPHRASE) as put:
        put("one", (bytes(1 // number) for number in (1, 0)))
    assert list(tmp_path.iterdir()) == []
