import base64
import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from msgspec.structs import replace
from sqlalchemy import Connection, text

from counter_app.core.changes import Announcer
from counter_app.core.errors import EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.state import RUNNING
from counter_app.domain.correction import facts_of
from counter_app.domain.dossier import ENDED, Outcome, Status
from counter_app.services.open_desk import open_desk
from counter_app.store import migrating
from counter_app.store.keys import load_key
from counter_app.store.migrating import HEAD_REVISION, migrate, read_revision
from counter_app.store.store import Store
from counter_app.store.tables import metadata
from counter_app.store.tables.dossiers import SEARCH_TABLE
from counter_app.store.tables.local import PAPER_SEARCH_TABLE
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form, at_work, digest_of, sample_desk

KEY = bytes(range(32))
SCRIPTS = Path(migrating.__file__).parent / "migrations"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "counter.db", KEY, create=True)


def config_for(connection: Connection, scripts: Path = SCRIPTS) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    return config


def schema_of(store: Store) -> set[tuple[str, str, str]]:
    with store.reading() as connection:
        rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE name <> 'alembic_version'"))
        return {(kind, name, sql or "") for kind, name, sql in rows if "alembic" not in name}


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    return not (kind == "table" and (name or "").startswith((SEARCH_TABLE, PAPER_SEARCH_TABLE)))


def test_migrated_store_has_exactly_the_tables_that_the_program_speaks_of(store: Store) -> None:
    migrate(store)

    with store.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": is_ours, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    store.close()


def test_program_knows_the_newest_migration_as_its_own() -> None:
    scripts = ScriptDirectory(str(SCRIPTS))

    assert scripts.get_heads() == [HEAD_REVISION]


def test_up_down_and_up_again_gives_the_same_schema(store: Store) -> None:
    migrate(store)
    first = schema_of(store)
    with store.writing() as connection:
        command.downgrade(config_for(connection), "base")
    empty = schema_of(store)
    migrate(store)

    assert empty == set()
    assert schema_of(store) == first
    store.close()


def test_migrating_again_changes_nothing(store: Store) -> None:
    migrate(store)
    store.close()
    before = store.path.read_bytes()

    migrate(store)
    store.close()

    assert store.path.read_bytes() == before


FAILING = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "HEAD"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("half_made", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("dossier", sa.Column("half_made", sa.Text(), nullable=True))
    op.execute("UPDATE unit SET name = 'half made'")
    op.execute("INSERT INTO no_such_table VALUES (1)")
"""


def test_migration_that_fails_half_way_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = sample_desk(tmp_path)
    scripts = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    failing = FAILING.replace("HEAD", HEAD_REVISION)
    (scripts / "versions" / "v9999_failing.py").write_text(failing, encoding="utf-8")
    monkeypatch.setattr(migrating, "_SCRIPTS", scripts)
    monkeypatch.setattr(migrating, "HEAD_REVISION", "9999")
    store = Store(desk.store, load_key(desk, passphrase=PASSPHRASE))
    before = schema_of(store)

    with pytest.raises(Exception, match=r"store\.refused"):
        migrate(store)

    assert schema_of(store) == before
    with store.reading() as connection:
        assert read_revision(connection) == HEAD_REVISION
        names = set(connection.execute(text("SELECT name FROM unit")).scalars())
    assert "half made" not in names
    store.close()


def test_store_of_a_newer_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    desk = sample_desk(tmp_path)
    store = Store(desk.store, load_key(desk, passphrase=PASSPHRASE))
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    store.close()
    before = digest_of(desk.root)

    with pytest.raises(EnvironmentFailure) as caught:
        open_desk(desk, passphrase=PASSPHRASE, clock=DeskClock(), announcer=Announcer())

    assert (caught.value.code, caught.value.context) == ("store.newer", {"revision": "0999"})
    assert digest_of(desk.root) == before


def test_empty_file_in_place_of_the_store_is_no_desk(tmp_path: Path) -> None:
    desk: DataFolder = sample_desk(tmp_path)
    desk.store.write_bytes(b"")

    with pytest.raises(EnvironmentFailure, match=r"store\.not_enrolled"):
        open_desk(desk, passphrase=PASSPHRASE, clock=DeskClock(), announcer=Announcer())


def test_store_of_the_first_version_is_brought_up_with_its_data_and_is_still_what_its_journal_says(
    tmp_path: Path,
) -> None:
    desk = sample_desk(tmp_path)
    store = Store(desk.store, load_key(desk, passphrase=PASSPHRASE))
    with store.writing() as connection:
        command.downgrade(config_for(connection), "0001")
        jobs = connection.execute(text("SELECT id, dossier_id, form FROM print_job ORDER BY id")).all()
    assert jobs
    store.close()

    with at_work(desk) as made:
        assert made.counter.verification.verify().is_sound
        with made.desk.store.reading() as connection:
            assert read_revision(connection) == HEAD_REVISION
            after = connection.execute(text("SELECT id, dossier_id, form FROM print_job ORDER BY id")).all()
    assert after == jobs


def test_the_store_is_kept_before_a_newer_program_changes_it_and_goes_on_in_a_new_epoch(tmp_path: Path) -> None:
    desk = sample_desk(tmp_path)
    store = Store(desk.store, load_key(desk, passphrase=PASSPHRASE))
    with store.writing() as connection:
        command.downgrade(config_for(connection), "0020")
    store.close()
    with at_work(desk) as made:
        lost = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier.code

    desk.store_before.replace(desk.store)
    for part in ("-wal", "-shm"):
        desk.store.with_name(desk.store.name + part).unlink(missing_ok=True)
    with at_work(desk) as made:
        assert lost not in {row.code for row in made.counter.search.find(lost)}
        assert made.counter.intake.receive(a_form(2), Outcome.ACCEPTED).dossier.code != lost
        assert made.counter.verification.verify().is_sound


def test_only_what_runs_waits_for_the_unit_that_decides_once_the_store_is_brought_up(store: Store) -> None:
    with store.writing() as connection:
        command.upgrade(config_for(connection), "0025")
        add = "INSERT INTO concerned_dossier VALUES (:name, 'H99.14', :name, 1, NULL, :is_open, :data)"
        for status in Status:
            shown = json.dumps({"status": status}).encode()
            data = json.dumps({"document": base64.b64encode(shown).decode(), "signature": ""}).encode()
            values = {"name": status.name, "is_open": status not in ENDED, "data": data}
            connection.execute(text(add), values)
        connection.execute(text(add), {"name": "spoilt", "is_open": True, "data": b"{}"})
    migrate(store)

    with store.reading() as connection:
        found = connection.execute(text("SELECT code FROM concerned_dossier WHERE turn_from = 0")).scalars()
        assert set(found) == {status.name for status in RUNNING}
        assert connection.execute(text("SELECT max(turn_from) FROM concerned_dossier")).scalar() == 0
    store.close()


def test_what_waits_goes_on_waiting_once_the_store_is_brought_up(store: Store) -> None:
    with store.writing() as connection:
        command.upgrade(config_for(connection), "0026")
        add = "INSERT INTO waiting_batch (desk, epoch, first_seq, data, came_at) VALUES ('d', 1, :first, :data, 7)"
        for first in (2, 3):
            connection.execute(text(add), {"first": first, "data": b"batch %d" % first})
    migrate(store)

    with store.reading() as connection:
        found = connection.execute(text("SELECT first_seq, digest, holder, data, came_at FROM waiting_batch")).all()
    batches = {first: b"batch %d" % first for first in (2, 3)}
    assert found == [(first, sha256(data).digest(), "", data, 7) for first, data in batches.items()]
    store.close()


def test_entries_and_what_is_held_come_whole_over_the_change_of_their_keys(store: Store) -> None:
    tables = ("journal_entry", "held_entry")
    with store.writing() as connection:
        command.upgrade(config_for(connection), "0027")
        add = "INSERT INTO journal_entry VALUES (:place, :id, 'd', 1, :place, 1, '', 'k', 1, 's', x'00', x'01', x'02')"
        connection.execute(text(add), [{"place": place, "id": f"e{9 - place}"} for place in range(1, 9)])
        connection.execute(text("INSERT INTO held_entry VALUES ('e1', 's', 'd', 1, '', 'k', '', 'refused', '')"))
        before = [connection.execute(text(f"SELECT * FROM {one} ORDER BY 1")).all() for one in tables]
    migrate(store)

    with store.reading() as connection:
        after = [connection.execute(text(f"SELECT * FROM {one} ORDER BY 1")).all() for one in tables]
    assert [len(rows) for rows in after] == [8, 1]
    assert after == before
    store.close()


def test_without_room_for_what_was_before_the_store_is_not_changed(tmp_path: Path) -> None:
    desk = sample_desk(tmp_path)
    store = Store(desk.store, load_key(desk, passphrase=PASSPHRASE))
    with store.writing() as connection:
        command.downgrade(config_for(connection), "0020")
    desk.store_before.with_name("counter-before.db.new").mkdir()

    with pytest.raises(EnvironmentFailure, match=r"disk\.write_failed"):
        open_desk(desk, passphrase=PASSPHRASE, clock=DeskClock(), announcer=Announcer())

    with store.reading() as connection:
        assert read_revision(connection) == "0020"
    store.close()


def test_corrected_dossier_is_found_by_what_is_right_after_the_index_was_made_anew(tmp_path: Path) -> None:
    desk = sample_desk(tmp_path)
    with at_work(desk) as made:
        code = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier.code
        before = facts_of(made.counter.lookup.get_dossier(code).dossier)
        after = replace(before, applicant=replace(before.applicant, full_name="Vi Văn Quý", phone="0987 111 222"))
        made.counter.corrections.correct(code, before=before, after=after, reason="gõ nhầm")
    store = Store(desk.store, load_key(desk, passphrase=PASSPHRASE))
    with store.writing() as connection:
        command.downgrade(config_for(connection), "0008")
    store.close()

    with at_work(desk) as made:
        assert [row.code for row in made.counter.search.find("vy van qui 111222")] == [code]
        assert code not in {row.code for row in made.counter.search.find(before.applicant.full_name)}
        assert made.counter.verification.verify().is_sound
