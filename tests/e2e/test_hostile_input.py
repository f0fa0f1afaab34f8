"""What a stranger or an accident may hand to the program: one sentence, the right exit code, nothing half done."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Answer, Program

pytestmark = pytest.mark.slow

CARD = "036199001234|012345678|Nguyễn Thị Tưởng|01021999|Nữ|Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu|01012021"
WORDS = {"full_name": "Nguyễn Văn Bí Mật", "id_number": "036099005678"}
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes, devices and byte arguments")


@pytest.fixture(scope="module")
def quiet_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A desk on which nothing may ever be saved."""
    program = Program(tmp_path_factory.mktemp("hostile") / "data")
    program.ask("init")
    before = program.ask("verify")["entries"]
    yield program
    assert program.ask("verify") == {"ok": True, "entries": before, "papers": 0, "findings": []}


@pytest.fixture
def fresh(tmp_path: Path) -> Program:
    return Program(tmp_path / "fresh")


def document(**changes: Any) -> bytes:
    return json.dumps({"procedure": "1.001193", "card": CARD, **changes}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 400_000,
        b'{"procedure": ' + b"[" * 400_000,
        b"\xff\xfe{\x00}\x00",
        b"\x00" * 1_000_001,
        document(dossier_count=-5),
        document(dossier_count=10**24),
        document(working_days=-3),
        document(working_days=0),
        document(applicant={"full_name": "N" * 301}),
        document(applicant={**WORDS, "birth_year": 99_999_999_999}),
        document(components=[{"name": "x"}] * 301),
        document(components=[{"name": "x", "copy": 1_001}]),
        document().replace(b'"card"', b'"dossier_count": NaN, "card"'),
        b'{"procedure": "1.001193", "applicant": {"full_name": "\\ud800"}}',
        b'{"procedure": "1.001193", "a\\nb\\u001b[31m": 1}',
    ],
    ids=lambda content: repr(content[-40:]),
)
def test_hostile_intake_file_is_one_clean_sentence(quiet_desk: Program, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "intake.json"
    file.write_bytes(content)

    refused = quiet_desk.run("intake", file)

    assert refused.is_refusal(2), refused
    assert "\x1b" not in refused.err


def test_refused_intake_file_does_not_repeat_what_it_says_of_people(quiet_desk: Program, tmp_path: Path) -> None:
    file = tmp_path / "intake.json"
    file.write_bytes(document(applicant={"sex": "Nguyễn Văn Bí Mật"}))

    refused = quiet_desk.run("intake", file)

    assert refused.is_refusal(2)
    assert "Bí Mật" not in refused.err
    assert "sex" in refused.err


@posix_only
@pytest.mark.parametrize("command", [("intake",), ("catalogue", "import")], ids=" ".join)
def test_file_without_an_end_is_refused(quiet_desk: Program, command: tuple[str, ...]) -> None:
    assert quiet_desk.run(*command, "/dev/zero").is_refusal(2)


@posix_only
@pytest.mark.parametrize(
    "arguments",
    [
        ("show", b"\xff"),
        ("search", b"\xff"),
        ("due", "--procedure", b"\xff", "--at", "2026-11-20"),
        ("intake", b"\xff"),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_argument_that_is_no_text_is_one_sentence(quiet_desk: Program, arguments: tuple[str | bytes, ...]) -> None:
    command = [*quiet_desk.command(), *arguments]
    ended = subprocess.run(command, env=quiet_desk.variables(), capture_output=True, check=False, timeout=60)

    assert Answer(ended.returncode, ended.stdout.decode(), ended.stderr.decode()).is_refusal(2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("unit", "save", "../../x", "--name", "y"),
        ("unit", "save", "a\nb", "--name", "y"),
        ("user", "save", "../x", "--name", "y"),
        ("show", "../../etc/passwd"),
        ("search", "a " * 600),
        ("search", "a", "--limit", "²"),
        ("--clerk", "nobody", "user", "list"),
        ("catalogue", "template", "no/such/folder/x.xlsx"),
        ("print", "H99.01-261120-0001", "../receipt"),
    ],
    ids=repr,
)
def test_argument_that_cannot_be_meant_changes_nothing(quiet_desk: Program, arguments: tuple[str, ...]) -> None:
    assert quiet_desk.run(*arguments).is_refusal(2)


@pytest.mark.parametrize(
    "arguments",
    [("--unit", "../x"), ("--unit", ""), ("--admin", "a b"), ("--admin-name", "\u200b"), ("--slice", "²-³")],
    ids=repr,
)
def test_desk_is_made_whole_or_not_at_all(fresh: Program, arguments: tuple[str, ...]) -> None:
    assert fresh.run("init", *arguments).is_refusal(2)
    assert not fresh.data.exists() or list(fresh.data.iterdir()) == []
    assert fresh.run("init").code == 0


@pytest.mark.parametrize("command", [("init",), ("demo",), ("verify",), ("search", "a"), ("doctor",)], ids=" ".join)
def test_data_folder_that_is_a_file_is_left_alone(fresh: Program, command: tuple[str, ...]) -> None:
    fresh.data.write_text("somebody's letter", encoding="utf-8")

    answer = fresh.run(*command)

    assert answer.code == 3
    assert command == ("doctor",) or answer.is_refusal(3)
    assert fresh.data.read_text(encoding="utf-8") == "somebody's letter"


def test_data_folder_without_a_name_is_not_taken_for_the_users_own(fresh: Program) -> None:
    command = [sys.executable, "-m", "counter_app", "--data", "", "verify"]
    ended = subprocess.run(command, env=fresh.variables(), capture_output=True, text=True, check=False, timeout=60)

    assert Answer(ended.returncode, ended.stdout, ended.stderr).is_refusal(2)


def test_only_one_of_many_at_the_same_time_makes_the_desk(fresh: Program) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: fresh.run("init"), range(3)))

    assert [answer.code for answer in answers].count(0) == 1
    assert fresh.ask("verify")["ok"]
    assert len(fresh.ask("user", "list")) == 1


def test_key_file_of_another_desk_opens_nothing_and_spoils_nothing(quiet_desk: Program, fresh: Program) -> None:
    fresh.ask("init")
    own = (fresh.data / "keys.json").read_bytes()
    (fresh.data / "keys.json").write_bytes((quiet_desk.data / "keys.json").read_bytes())

    assert fresh.run("search", "an").is_refusal(3)
    (fresh.data / "keys.json").write_bytes(own)
    assert fresh.ask("verify")["ok"]


@posix_only
def test_answer_that_cannot_be_written_is_no_success(quiet_desk: Program) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            quiet_desk.command("unit", "list", "--json"),
            env=quiet_desk.variables(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )

    assert ended.returncode == 3
    assert len(ended.stderr.decode().strip().splitlines()) == 1


@posix_only
def test_reader_that_leaves_early_is_no_failure(quiet_desk: Program) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            quiet_desk.command("catalogue", "list", "--json"),
            env=quiet_desk.variables(),
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writing)

    assert (ended.returncode, ended.stderr) == (0, b"")


@posix_only
def test_everything_in_the_data_folder_is_its_users_alone(fresh: Program, tmp_path: Path) -> None:
    file = tmp_path / "intake.json"
    file.write_bytes(b"\xef\xbb\xbf" + document())
    before = os.umask(0)
    try:
        fresh.data.mkdir(0o777)
        fresh.ask("init")
        fresh.ask("intake", file)
    finally:
        os.umask(before)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in fresh.data.rglob("*")}
    assert {"counter.db", "keys.json", "counter.log", "receipts"} <= modes.keys()
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


@posix_only
def test_print_does_not_replace_a_device_or_a_folder(quiet_desk: Program, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    assert quiet_desk.run("print", "H99.01-261120-0001", "--out", pipe).is_refusal(2)
    assert quiet_desk.run("print", "H99.01-261120-0001", "--out", tmp_path).is_refusal(2)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_options_for_all_commands_stand_before_the_command_or_after_it(quiet_desk: Program) -> None:
    command = [sys.executable, "-m", "counter_app"]
    orders = [
        ["--json", "--data", str(quiet_desk.data), "unit", "list"],
        ["unit", "--data", str(quiet_desk.data), "--json", "list"],
        ["unit", "list", "--json", "--data", str(quiet_desk.data)],
    ]
    answers = [
        subprocess.run([*command, *order], env=quiet_desk.variables(), capture_output=True, check=True, timeout=60)
        for order in orders
    ]

    assert [json.loads(answer.stdout)[0]["code"] for answer in answers] == ["H99.01"] * 3
