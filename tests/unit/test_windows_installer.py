"""The Windows installer's names and versions, and that nothing made for Wine gets into it. Building it is no test."""

import ast
import re
import shlex
import zipfile
from pathlib import Path

import pytest

from counter_app.core import paths
from installer.windows.parts import NAME, NEEDED, list_faults, split_version, version_resource
from installer.windows.signed_python import UnsignedError, unpack

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "installer" / "windows"
SCRIPT = (WINDOWS / "setup.nsi").read_text(encoding="utf-8")


def defined(name: str) -> str:
    found = re.search(rf'^!define {name} "([^"]+)"$', SCRIPT, re.MULTILINE)
    assert found is not None, name
    return found[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NEEDED:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"MZ" + bytes(62) + b"This program cannot be run in DOS mode.")
    return tmp_path


def test_the_script_names_the_programs_that_the_spec_makes() -> None:
    spec = (ROOT / "installer" / "counter-app.spec").read_text(encoding="utf-8")
    made = {f"{name}.exe" for name in re.findall(r'program\("([^"]+)"', spec)}
    assert {defined("WINDOW"), defined("CONSOLE")} == made
    assert made <= set(NEEDED)
    assert f'Name "{NAME}"' in SCRIPT


def test_the_script_knows_where_the_program_keeps_data_and_locks() -> None:
    assert paths.default_data_folder().root.name == defined("DATA")
    assert paths.locked_settings_file().parent.name == defined("DATA")
    windows_notes = re.search(r'else "([\w-]+)"', (ROOT / "counter_app/core/paths.py").read_text(encoding="utf-8"))
    assert windows_notes is not None
    assert windows_notes[1] == defined("DATA") + "-state"
    assert SCRIPT.count("${DATA}-state") == 2, "one for each account, one for whoever removes the program"


def test_data_goes_only_where_it_was_asked_for() -> None:
    before, removing = SCRIPT.split("Function un.RemoveData")
    assert "/SD IDNO" in before, "a silent removal keeps the data"
    assert not re.search(r"^\s*(?:RMDir|Delete)\b.*(?:APPDATA|\$\{DATA\})", before, re.MULTILINE)
    assert "RMDir /r" in removing
    assert "locked.json" not in re.sub(r"^;.*$", "", SCRIPT, flags=re.MULTILINE)


def test_every_text_stands_in_both_languages() -> None:
    texts = re.findall(r'^LangString (\w+) \$\{LANG_(\w+)\} "(.+)"$', SCRIPT, re.MULTILINE)
    languages: dict[str, set[str]] = {}
    for name, language, said in texts:
        assert said.strip()
        languages.setdefault(name, set()).add(language)
    assert len(languages) > 5
    assert set(map(frozenset, languages.values())) == {frozenset({"VIETNAMESE", "ENGLISH"})}
    assert set(re.findall(r"!insertmacro Stop \d (\w+)", SCRIPT)) <= set(languages)


def test_a_version_is_four_numbers_for_windows() -> None:
    assert split_version("0.1.0") == (0, 1, 0, 0)
    for wrong in ("1.2", "1.2.3.4", "1.2.70000", "1.2.x"):
        with pytest.raises(ValueError, match=r"version|literal"):
            split_version(wrong)


def test_the_programs_say_name_and_version() -> None:
    said = version_resource("12.3.4")
    ast.parse(said)
    assert "filevers=(12, 3, 4, 0)" in said
    assert f"StringStruct('ProductName', '{NAME}')" in said
    assert "StringStruct('ProductVersion', '12.3.4')" in said


def test_a_whole_folder_has_no_fault_and_a_part_that_lacks_is_named(folder: Path) -> None:
    assert list_faults(folder) == []
    (folder / "_internal/tessdata/vie.traineddata").unlink()
    assert list_faults(folder) == ["_internal/tessdata/vie.traineddata is missing"]


def test_every_stub_for_wine_carries_the_mark_and_none_can_be_packed(folder: Path) -> None:
    mark = "only_for_wine"
    for source in (WINDOWS / "wine").glob("*.c"):
        assert f'"{mark}"' in source.read_text(encoding="utf-8"), source.name
    assert f"s/Wine builtin DLL/{mark}   /" in (WINDOWS / "wine" / "make_stubs.sh").read_text(encoding="utf-8")
    (folder / "_internal/harmless.dll").write_bytes(b"MZ" + bytes(5000) + mark.encode())
    assert list_faults(folder) == ["harmless.dll is a stub that is meant for Wine only"]


@pytest.mark.parametrize("name", ["icuuc.dll", "ucrtbase.dll", "MSCMS.DLL", "api-ms-win-crt-math-l1-1-0.dll"])
def test_libraries_of_windows_itself_are_never_packed(folder: Path, name: str) -> None:
    (folder / "_internal" / name).write_bytes(b"MZ")
    assert list_faults(folder) == [f"{name} belongs to Windows itself"]


def test_wines_own_libraries_are_never_packed(folder: Path) -> None:
    (folder / "_internal/msvcp140.dll").write_bytes(b"MZ" + bytes(62) + b"Wine builtin DLL" + bytes(100))
    assert list_faults(folder) == ["msvcp140.dll is Wine's own, not Windows'"]


def test_a_python_whose_unsigned_part_was_altered_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "python.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("cp313/vcruntime140.dll", b"MZ altered")
    with pytest.raises(UnsignedError, match=r"vcruntime140\.dll"):
        unpack(archive, tmp_path / "python")
    assert not (tmp_path / "python").exists()


def test_what_the_build_needs_is_installed_by_the_set_up() -> None:
    listed = (ROOT / "tools" / "packages-installer.txt").read_text(encoding="utf-8").split()
    script = (WINDOWS / "build.sh").read_text(encoding="utf-8")
    tools = re.search(r"for tool in (.+?); do", script)
    assert tools is not None
    packages = {"makensis": "nsis", "rsvg-convert": "librsvg2-bin", "icotool": "icoutils"}
    assert {packages.get(tool, tool) for tool in shlex.split(tools[1])} <= set(listed)
