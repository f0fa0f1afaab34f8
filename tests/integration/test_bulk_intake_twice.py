"""One batch file, two processes or two clerks: each line is one dossier, all of them share one receipt."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter, opened
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier_code import parse_dossier_code
from counter_app.domain.forms.kinds import Form
from counter_app.domain.unit import Role
from counter_app.services.bulk_files import digest_of
from counter_app.store.tables import postal
from tests.fakes.desks import PASSPHRASE, PROCEDURE, DeskClock
from tests.fakes.manifests import is_whole
from tests.fakes.posting import posting_desk

LINES = 12
SHEET = "Mã thủ tục,Chủ hồ sơ,Số định danh,Năm sinh,Giới tính,Giấy tờ\n" + "".join(
    f"{PROCEDURE},Nguyễn Văn Mẫu {number},0361990{number:05d},1999,Nam,đủ\n" for number in range(LINES)
)

# Opens the desk, says so, waits for a word, and receives the file; with a third argument it is killed after so many
# lines by itself, as a power cut would.
RECEIVER = """
import json, os, signal, sys
from pathlib import Path
from counter_app.bootstrap import opened
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.services.bulk_files import digest_of
from tests.fakes.desks import DeskClock, PASSPHRASE

root, data, most = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3])
folder = DataFolder(root / "post", state_root=root / "post-state")
with opened(folder, passphrase=PASSPHRASE, clock=DeskClock()) as desk:
    desk.counter.session.act_as()
    bulk, received = desk.counter.post.bulk, 0

    def progressed(batch):
        global received
        received += 1
        if received == most:
            os.kill(os.getpid(), signal.SIGKILL)

    print("ready", flush=True)
    sys.stdin.readline()
    try:
        batch = desk.counter.post.bulk_files.read(data, bulk.begin(source=digest_of(data))).batch
        said = {"codes": bulk.end(bulk.receive(batch, progressed=progressed)).codes}
    except UserError as error:
        said = {"refused": error.code}
    print(json.dumps(said), flush=True)
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "pile.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def start(root: Path, sheet: Path, *, most: int = 0) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", RECEIVER, str(root), str(sheet), str(most)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def finish(processes: list["subprocess.Popen[str]"]) -> list[str]:
    """Let them begin at once; return the last word of each."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[0] for process in processes]


def assert_received_once(desk: OpenCounter) -> None:
    """Every line is one dossier, numbered without a gap; one batch and one receipt name them all."""
    codes = [row.code for row in desk.counter.lookup.list_recent(limit=10 * LINES)]
    names = {row.applicant_name for row in desk.counter.lookup.list_recent(limit=10 * LINES)}
    assert (len(codes), len(names)) == (LINES, LINES)
    assert sorted(parse_dossier_code(code).number for code in codes) == list(range(1, LINES + 1))
    with desk.desk.store.reading() as connection:
        (facts,) = connection.execute(select(postal.batch.c.facts)).scalars()
    assert sorted(json.loads(facts)["codes"]) == sorted(codes)
    assert [job.form for job in desk.counter.printing_jobs.list_open()] == [Form.RECEIPT_BULK]
    with pytest.raises(UserError, match="batch_known"):
        desk.counter.post.bulk.begin(source=digest_of(SHEET.encode()))
    assert is_whole(desk)


def reopened(root: Path) -> DataFolder:
    return DataFolder(root / "post", state_root=root / "post-state")


def test_two_processes_at_one_file_receive_each_line_once_and_print_one_receipt(tmp_path: Path, sheet: Path) -> None:
    with posting_desk(tmp_path, DeskClock()):
        pass

    words = [json.loads(said) for said in finish([start(tmp_path, sheet), start(tmp_path, sheet)])]

    assert sorted(len(said.get("codes", ())) for said in words) == [0, LINES]
    assert [said["refused"] for said in words if "refused" in said] == ["postal.batch_known"]
    with opened(reopened(tmp_path), passphrase=PASSPHRASE, clock=DeskClock()) as desk:
        desk.counter.session.act_as()
        assert_received_once(desk)


def test_killed_within_a_file_another_clerk_goes_on_and_nothing_is_received_again(tmp_path: Path, sheet: Path) -> None:
    with posting_desk(tmp_path, DeskClock()) as desk:
        save = desk.counter.session.save_clerk
        save(login="hai", full_name="Lê Thị Hai", role=Role.CLERK, password="mật khẩu thử nghiệm")
    killed = start(tmp_path, sheet, most=5)
    assert finish([killed]) == [""]
    assert killed.returncode == -signal.SIGKILL

    with opened(reopened(tmp_path), passphrase=PASSPHRASE, clock=DeskClock()) as desk:
        desk.counter.session.act_as("hai")
        data, bulk = SHEET.encode(), desk.counter.post.bulk
        with pytest.raises(UserError, match="batch_elsewhere"):
            bulk.require_untouched(digest_of(data))
        batch = desk.counter.post.bulk_files.read(data, bulk.begin(source=digest_of(data))).batch
        assert len(batch.received) == 5
        done = bulk.receive(batch)
        bulk.end(done)
        for late in (bulk.end, bulk.receive):
            with pytest.raises(UserError, match="batch_known"):
                late(done)
        assert_received_once(desk)
