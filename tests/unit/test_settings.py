import json
import os
import sys
from pathlib import Path

import pytest

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.replacing import replace_file
from counter_app.settings.declared import DECLARED, Scope
from counter_app.settings.settings import Settings

MACHINE = "print.slip.copies"
USER = "ui.language"


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_without_any_file_defaults_hold_and_no_file_is_made(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")

    assert {name: settings.get(name) for name in DECLARED} == {name: one.default for name, one in DECLARED.items()}
    assert list(tmp_path.iterdir()) == []


def test_value_outlives_the_program_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "settings.json"
    Settings(file).set(MACHINE, 3)

    assert Settings(file).get(MACHINE) == 3
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"print.slip.copies": ', bytes(5000)],
    ids=["empty", "cut", "list", "null", "no utf-8", "deep", "cut value", "zeros"],
)
def test_damaged_file_counts_as_none_and_can_be_written_again(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    settings = Settings(file)

    assert settings.get(MACHINE) == 2
    settings.set(MACHINE, 1)
    assert Settings(file).get(MACHINE) == 1


@pytest.mark.parametrize("value", ["3", 4, True, None, 2.0, [2]])
def test_value_of_another_type_or_choice_counts_as_absent_and_cannot_be_set(tmp_path: Path, value: object) -> None:
    settings = Settings(write(tmp_path / "settings.json", {MACHINE: value, "no.such": 1}))

    assert settings.get(MACHINE) == 2
    with pytest.raises(UserError, match=r"settings\.wrong_value"):
        settings.set(MACHINE, value)


def test_locked_value_wins_and_cannot_be_changed(tmp_path: Path) -> None:
    machine = write(tmp_path / "settings.json", {MACHINE: 3})
    locked = write(tmp_path / "locked.json", {MACHINE: 1, "ui.theme": "plaid"})
    settings = Settings(machine, locked_file=locked)

    assert (settings.get(MACHINE), settings.is_locked(MACHINE)) == (1, True)
    with pytest.raises(UserError, match=r"settings\.locked"):
        settings.set(MACHINE, 2)
    assert json.loads(machine.read_text(encoding="utf-8")) == {MACHINE: 3}
    assert not settings.is_locked("ui.theme")  # a lock on a value that does not exist locks nothing
    settings.set("ui.theme", "dark")
    assert settings.get("ui.theme") == "dark"


def test_each_file_speaks_only_for_its_scope(tmp_path: Path) -> None:
    assert (DECLARED[MACHINE].scope, DECLARED[USER].scope) == (Scope.MACHINE, Scope.USER)
    machine = write(tmp_path / "machine.json", {MACHINE: 3, USER: "en"})
    user = write(tmp_path / "user.json", {MACHINE: 1})
    settings = Settings(machine, user_file=user)

    assert (settings.get(MACHINE), settings.get(USER)) == (3, "vi")
    settings.set(USER, "en")
    settings.set(MACHINE, 2)

    assert json.loads(user.read_text(encoding="utf-8")) == {USER: "en"}
    assert json.loads(machine.read_text(encoding="utf-8")) == {MACHINE: 2}


def test_two_programs_that_set_different_values_keep_both(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    window, command = Settings(file), Settings(file)

    window.set(USER, "en")
    command.set(MACHINE, 3)

    assert (Settings(file).get(USER), Settings(file).get(MACHINE)) == ("en", 3)


@pytest.mark.parametrize(
    "ask", [lambda s: s.get("no.such"), lambda s: s.set("no.such", 1), lambda s: s.is_locked("x") or s.get("x")]
)
def test_name_that_is_not_declared_does_not_exist(tmp_path: Path, ask: object) -> None:
    with pytest.raises(UserError, match=r"settings\.unknown"):
        ask(Settings(tmp_path / "settings.json"))  # type: ignore[operator]


def test_disk_that_refuses_keeps_the_old_value_and_leaves_no_draft(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    settings = Settings(file)
    settings.set(MACHINE, 3)
    file.unlink()
    file.mkdir()  # a folder in the way: the draft is written, its new name is refused

    with pytest.raises(EnvironmentFailure) as caught:
        settings.set(MACHINE, 1)

    assert (caught.value.code, caught.value.retryable) == ("disk.write_failed", True)
    assert settings.get(MACHINE) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_replacing_a_file_never_shows_half_of_it(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    replace_file(file, b"old")
    with file.open("rb") as reader:
        replace_file(file, os.urandom(100_000))
        assert reader.read() == b"old"
    assert file.stat().st_size == 100_000
