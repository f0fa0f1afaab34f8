"""The tree of the package, the `.deb` made of it, and the tarball."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from installer.debian.control import PACKAGE, depends_on, read_package_list, write_control
from installer.elf import read_wanted
from installer.folder import ROOT, WORK, commit_time

FILES = ROOT / "installer" / "debian" / "files"
_HERE = ROOT / "installer" / "debian"
_ICON = ROOT / "installer" / "counter-app.svg"
PLACES = {
    "counter-app.desktop": "usr/share/applications",
    "70-counter-app.rules": "usr/lib/udev/rules.d",
    "counter-app-hall.service": "usr/lib/systemd/system",
    "counter-app-province.service": "usr/lib/systemd/system",
    "locked.json": "etc/xdg/QuayMotCua",
}
CONFFILES = ("/etc/xdg/QuayMotCua/locked.json",)
"""Kept as the administrator left them, through upgrades and removal."""

_MODEL = "vie.traineddata"
_GUIDES = ROOT / "docs" / "it-officer"


@dataclass(frozen=True, slots=True)
class Built:
    """What was made, and what it needs."""

    files: tuple[Path, ...]
    depends: tuple[str, ...]


def build_packages(folder: Path, *, version: str, out: Path) -> Built:
    """Put the program's folder into a `.deb` and a tarball in `out`."""
    wanted = read_wanted(folder)
    print(f"The newest C library asked for is {wanted.glibc[0]}.{wanted.glibc[1]}, by {wanted.glibc_asked_by}.")
    depends = depends_on(wanted, read_package_list(ROOT / "tools" / "packages-run.txt"))
    deb = out / f"{PACKAGE}_{version}_amd64.deb"
    tarball = out / f"{PACKAGE}-{version}-linux-x86_64.tar.xz"
    _write_deb(_lay_out(folder, version=version, depends=depends), deb)
    _write_tarball(folder, depends=depends, file=tarball)
    return Built(files=(deb, tarball), depends=depends)


def _lay_out(folder: Path, *, version: str, depends: tuple[str, ...]) -> Path:
    tree = WORK / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    program = tree / "usr/lib/counter-app"
    shutil.copytree(folder, program, symlinks=True)
    for name, place in PLACES.items():
        _copy(FILES / name, tree / place / name)
    _copy(_ICON, tree / "usr/share/icons/hicolor/scalable/apps/counter-app.svg")
    _copy(ROOT / "LICENSE", tree / f"usr/share/doc/{PACKAGE}/copyright")
    shutil.copytree(_GUIDES, tree / f"usr/share/doc/{PACKAGE}", dirs_exist_ok=True)
    command = tree / "usr/bin/counter-app"
    command.parent.mkdir(parents=True)
    command.symlink_to("../lib/counter-app/counter-app")
    control = tree / "DEBIAN"
    control.mkdir()
    for script in ("postinst", "prerm", "postrm"):
        _copy(_HERE / script, control / script)
    (control / "conffiles").write_text("".join(f"{name}\n" for name in CONFFILES), encoding="ascii")
    size = sum(file.stat().st_size for file in tree.rglob("*") if file.is_file() and not file.is_symlink())
    text = write_control(version=version, size_bytes=size, depends=depends)
    (control / "control").write_text(text, encoding="utf-8")
    _set_modes(tree)
    return tree


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(source.stat().st_mode)


def _set_modes(tree: Path) -> None:
    """Make everything readable for everybody and writable for root alone, whatever this machine's umask was."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _environment() -> dict[str, str]:
    return {**os.environ, "SOURCE_DATE_EPOCH": str(commit_time()), "LC_ALL": "C.UTF-8"}


def _write_deb(tree: Path, file: Path) -> None:
    # Every dpkg reads xz, and it is a sixth smaller here than zstd at level 10 (129 MB, 156 MB).
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", str(tree), str(file)]
    subprocess.run(command, env=_environment(), check=True, stdout=subprocess.DEVNULL)


def _write_tarball(folder: Path, *, depends: tuple[str, ...], file: Path) -> None:
    name = file.name.removesuffix(".tar.xz")
    tree = WORK / "tarball" / name
    shutil.rmtree(tree.parent, ignore_errors=True)
    shutil.copytree(folder, tree / "counter-app", symlinks=True)
    _copy(_HERE / "install.sh", tree / "install.sh")
    _copy(FILES / "counter-app.desktop", tree / "counter-app.desktop")
    _copy(_ICON, tree / "counter-app.svg")
    _copy(ROOT / "LICENSE", tree / "LICENSE")
    (tree / "DEPENDS").write_text("".join(f"{name}\n" for name in depends), encoding="utf-8")
    _copy_model(tree / "counter-app" / "tessdata")
    _set_modes(tree)
    moment = f"--mtime=@{commit_time()}"
    owner = ("--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu")
    command = ["tar", "--create", *owner, moment, "--use-compress-program=xz -6 -T2", "--file", str(file)]
    subprocess.run([*command, "-C", str(tree.parent), tree.name], env=_environment(), check=True)


def _copy_model(place: Path) -> None:
    """Bring the model of the text recognition along: without root nobody can install Debian's package of it."""
    found = sorted(Path("/usr/share/tesseract-ocr").glob(f"*/tessdata/{_MODEL}"))
    if not found:
        raise SystemExit("The Vietnamese model of the text recognition is missing; install tesseract-ocr-vie.")
    place.mkdir()
    _copy(found[-1], place / _MODEL)
