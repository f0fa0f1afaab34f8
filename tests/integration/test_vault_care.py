"""Files of papers that nothing names go a day later, damage is found, and no paper under way is taken."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.dossier import Outcome
from counter_app.scanning.scanned import ScannedPage
from counter_app.services.vault_care import HOLD, KNOWN
from counter_app.store.tables.base import metadata
from tests.e2e.program import Program
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form, at_work, sample_desk
from tests.fakes.escl_scanner import wait_until

YEAR_S = 365 * 24 * 3600


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def made(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path), clock) as one:
        yield one


def capture(made: OpenCounter, count: int) -> str:
    scan = made.counter.digitising.begin_scan()
    for number in range(1, count + 1):
        page = ScannedPage(picture=f"{scan} {number}".encode() * 100, number=number, dpi=200)
        made.counter.digitising.tray.capture(scan, page)
    return scan


def put_forgotten(made: OpenCounter) -> Path:
    blob = made.desk.vault.put([b"of no use to anybody"])
    return path_of(made, blob.sha256)


def path_of(made: OpenCounter, sha256: str) -> Path:
    name = made.desk.vault.name_of(sha256)
    return made.folder.vault / name[:2] / name


def files_of(made: OpenCounter) -> list[Path]:
    return sorted(path for path in made.folder.vault.rglob("*") if path.is_file())


def age(made: OpenCounter) -> None:
    for path in files_of(made):
        os.utime(path, (path.stat().st_mtime - YEAR_S,) * 2)


def test_files_that_no_row_names_go_and_pages_that_wait_stay(made: OpenCounter) -> None:
    scan = capture(made, 3)
    forgotten = put_forgotten(made)
    age(made)
    fresh = made.desk.vault.put([b"of a scan under way"])
    report = made.counter.vault_care.tend()

    assert (report.files, report.deleted, report.waiting, report.damaged) == (3, 1, 1, ())
    assert not forgotten.exists()
    assert path_of(made, fresh.sha256).exists()
    pages = made.counter.digitising.tray.list_of_session(scan)
    assert [made.counter.digitising.tray.read_scanned(page).number for page in pages] == [1, 2, 3]


def test_discarded_pages_stay_a_day_whatever_their_age_and_whatever_a_sweep_knew(made: OpenCounter) -> None:
    tray = made.counter.digitising.tray
    scan = capture(made, 2)
    age(made)
    gone = tray.discard(tray.list_of_session(scan))
    assert made.counter.vault_care.tend().deleted == 0
    tray.restore(gone)

    age(made)
    gone = tray.discard(tray.list_of_session(scan))
    known = made.counter.vault_care._list_known()
    tray.restore(gone)
    made.counter.vault_care._sweep(known)
    assert [tray.read_scanned(page).number for page in tray.list_of_session(scan)] == [1, 2]

    gone = tray.discard(tray.list_of_session(scan))
    age(made)
    assert made.counter.vault_care.tend().deleted == 2
    with pytest.raises(EnvironmentFailure, match=r"vault\.missing"):
        tray.restore(gone)
    assert tray.list_of_session(scan) == ()


def test_every_table_that_names_a_file_is_asked() -> None:
    # What was read from a file to find it by its words, and which files the province has: they keep no file.
    derived = {"paper_read", "paper_page", "paper_confirmed"}
    naming = {table.name for table in metadata.tables.values() if "sha256" in table.c}

    assert naming > derived
    assert [name for name in naming - derived if f"{name}.sha256" not in str(KNOWN)] == []


def test_files_are_read_by_shares_until_damage_is_found_and_it_is_told_until_it_is_mended(made: OpenCounter) -> None:
    capture(made, 4)
    care, (path, *_others) = made.counter.vault_care, files_of(made)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    reports = [care.tend(share_bytes=1) for _start in range(4)]

    assert len(reports[-1].damaged) == 1, "four starts read all four"
    assert care.find_damage()[0] == 4
    assert [blob.sha256 for blob in care.find_damage()[1]] == list(reports[-1].damaged)
    path.write_bytes(whole)
    assert care.tend(share_bytes=1).damaged == ()


def test_a_file_that_is_gone_is_noticed_at_the_next_start(made: OpenCounter) -> None:
    capture(made, 4)
    files_of(made)[2].unlink()

    assert len(made.counter.vault_care.tend(share_bytes=1).damaged) == 1


def test_a_restored_store_deletes_nothing_for_a_month(tmp_path: Path, clock: DeskClock) -> None:
    folder = sample_desk(tmp_path)
    with at_work(folder, clock) as made:
        made.counter.vault_care.tend()
        backup = folder.store.read_bytes()
        capture(made, 2)
        made.counter.intake.receive(a_form(), Outcome.ACCEPTED)
    for beside in folder.root.glob("counter.db-*"):
        beside.unlink()
    folder.store.write_bytes(backup)
    with at_work(folder, clock) as made:
        age(made)
        held = made.counter.vault_care.tend()
        clock.move(HOLD - timedelta(hours=1))
        still = made.counter.vault_care.tend()
        clock.move(timedelta(hours=2))
        after = made.counter.vault_care.tend()

    assert (held.deleted, still.deleted, after.deleted) == (0, 0, 2)
    assert held.hold_until is not None


def test_it_is_done_beside_other_work_and_the_doctor_and_verify_tell(made: OpenCounter, tmp_path: Path) -> None:
    capture(made, 2)
    files_of(made)[0].unlink()
    care = made.counter.vault_care
    care.start(after_s=0)
    wait_until(lambda: care.last() is not None)
    care.stop()
    made.close()
    desk = Program(made.folder.root, environment={"COUNTER_APP_PASSPHRASE": PASSPHRASE})
    (made.folder.root / "settings.json").write_text('{"scan.network.search": false}', encoding="utf-8")
    (said,) = (check for check in json.loads(desk.run("doctor", "--json").out)["checks"] if check["name"] == "vault")
    verified = json.loads(desk.run("verify", "--json").out)

    assert said["state"] == "failed"
    assert "1 of 2 files" in said["sentence"]
    assert (verified["papers"], len(verified["findings"])) == (2, 1)
