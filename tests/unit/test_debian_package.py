import configparser
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from installer import contents
from installer.bill import list_interpreters, write_checksums
from installer.debian.control import depends_on, read_package_list, write_control
from installer.debian.package import CONFFILES, FILES, PLACES
from installer.elf import Wanted
from installer.windows.parts import NEEDED
from ui.application import create_application

ROOT = Path(__file__).parents[2]
SCRIPTS = [*(FILES.parent / name for name in ("postinst", "prerm", "postrm", "install.sh"))]


def control() -> dict[str, str]:
    listed = read_package_list(ROOT / "tools" / "packages-run.txt")
    depends = depends_on(Wanted(libraries=(), glibc=(2, 35), glibc_asked_by="x"), listed)
    text = write_control(version="1.2.3", size_bytes=1025, depends=depends)
    return dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(" "))


def test_control_has_what_dpkg_asks_for() -> None:
    fields = control()

    assert (fields["Package"], fields["Version"], fields["Architecture"]) == ("quay-mot-cua", "1.2.3", "amd64")
    assert fields["Installed-Size"] == "2"
    assert {"Maintainer", "Description", "Section", "Priority"} <= fields.keys()


def test_package_depends_on_everything_the_program_runs_with() -> None:
    depends = control()["Depends"].split(", ")
    first = {entry.partition(" ")[0] for entry in depends}

    assert set(read_package_list(ROOT / "tools" / "packages-run.txt")) <= first
    assert "libc6 (>= 2.35)" in depends
    assert {"libcups2 | libcups2t64", "libglib2.0-0 | libglib2.0-0t64", "libssl3 | libssl3t64"} <= set(depends)


def test_folders_and_entry_of_the_spec_are_there() -> None:
    assert (ROOT / contents.ENTRY).is_file()
    assert [folder for folder in contents.SCRIPTS_OF if not any((ROOT / folder).iterdir())] == []
    assert [package for package in contents.OWN_PACKAGES if not (ROOT / package / "__init__.py").is_file()] == []


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", False),
        ("PySide6/plugins/platforms/qwindows.dll", False),
        ("PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so", False),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", True),
        ("PySide6\\plugins\\platforms\\qminimal.dll", True),
        ("PySide6/Qt6Quick.dll", True),
        ("libQt6Network.so.6", True),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", False),
        ("PySide6/opengl32sw.dll", True),
        ("holidays/locale/vi/LC_MESSAGES/VN.mo", False),
        ("holidays/locale/de/LC_MESSAGES/DE.mo", True),
        ("resources/texts/vi/ui.toml", False),
        ("counter_app/store/migrations/env.py", False),
    ],
)
def test_what_the_window_does_not_use_stays_out(name: str, out: bool) -> None:
    assert contents.stays_out(name) is out


def test_libraries_of_debian_are_left_to_debian_and_pythons_own_is_not() -> None:
    assert contents.is_left_to_debian("libssl.so.3", "/usr/lib/x86_64-linux-gnu/libssl.so.3")
    assert not contents.is_left_to_debian("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0")
    assert not contents.is_left_to_debian("libpng16-1d1ba958.so.16", "/env/pillow.libs/libpng16-1d1ba958.so.16")


def test_menu_entry_belongs_to_the_window() -> None:
    entry = configparser.ConfigParser(interpolation=None, strict=True)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(FILES / "counter-app.desktop", encoding="utf-8")
    said = entry["Desktop Entry"]

    assert said["Name"] == said["Name[vi]"] == "Quầy Một Cửa"
    assert said["StartupWMClass"] == create_application().applicationName()
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", FILES / "counter-app.desktop"], check=True)


def test_every_file_of_the_package_has_its_place_and_locks_nothing_at_first() -> None:
    assert {file.name for file in FILES.iterdir()} == PLACES.keys()
    assert {f"/{PLACES['locked.json']}/locked.json"} == set(CONFFILES)
    assert json.loads((FILES / "locked.json").read_text(encoding="utf-8")) == {}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_can_be_run_and_leave_the_data_alone(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)

    assert os.access(script, os.X_OK)
    assert "QuayMotCua" not in script.read_text(encoding="utf-8").replace("/etc/xdg/QuayMotCua", "")
    assert "rm -rf /var/lib" not in script.read_text(encoding="utf-8")


def test_checksums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_bytes(b"one")
    (tmp_path / "b.json").write_bytes(b"two")

    write_checksums(tmp_path)

    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    assert len((tmp_path / "SHA256SUMS").read_text(encoding="utf-8").splitlines()) == 2


def test_bill_names_the_python_of_either_system_and_that_of_windows_by_its_hash() -> None:
    linux, windows = list_interpreters()
    fetched = (ROOT / "installer" / "windows" / "python.txt").read_text(encoding="utf-8")

    assert linux["version"] == platform.python_version()
    assert f"=={windows['version']} --hash=sha256:{windows['hashes'][0]['content']}\n" in fetched
    assert f"_internal/python{''.join(windows['version'].split('.')[:2])}.dll" in NEEDED
