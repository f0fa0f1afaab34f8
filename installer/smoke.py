"""Install a package where nothing is, use the program as a desk does, upgrade, remove, and look for the data.

    sudo python -m installer.smoke dist/quay-mot-cua_0.1.0_amd64.deb --root bookworm
    python -m installer.smoke dist/quay-mot-cua-0.1.0-linux-x86_64.tar.xz
    sudo python -m installer.smoke dist/QuayMotCua-0.1.0-setup.exe

What differs between systems is a `Place`; the steps are the same everywhere. The people are invented.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from installer.folder import WORK
from installer.place import Place, RefusedError
from tests.e2e.screen import Screen, wait_for

CARD = "036199001234|012345678|Nguyễn Thị Tưởng Tượng|01021999|Nữ|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
PROCEDURE = "2.000815"
PAPERS = [{"name": "Bản chính giấy tờ, văn bản", "original": 1}]
VARIABLES = {
    "COUNTER_APP_PASSPHRASE": "smoke test, invented people",
    "COUNTER_APP_PASSWORD": "mot cua thu nghiem",
    "COUNTER_APP_LANGUAGE": "en",
}
_ADMIN = "quantri"
_WINDOW_S = 120.0
_PICTURES = WORK / "pictures"


class Smoke:
    """The steps, in their order."""

    def __init__(self, place: Place, picture: Path, *, say: Callable[[str], None] = print) -> None:
        self._place = place
        self._picture = picture
        self._say = say
        self._began = time.monotonic()

    def run(self, package: Path, *, version: str) -> None:
        """Do everything once; an AssertionError names the first thing that is not as it should be."""
        place = self._place
        assert not place.is_installed(), "the place is not empty"
        place.install(package)
        said = self._ask("--version").strip()
        assert said == f"counter-app {version}", said
        self._done(f"installed: {said}")
        code = self._make_desk_and_receive()
        before = self._verify()
        self._open_windows()
        assert self._verify() == before, "opening the window changed the journal"
        newer = place.newer(package)
        self._upgrade_while_open(newer)
        place.install(newer)
        assert self._verify() == before, "the upgrade changed the journal"
        self._done("upgraded in place, the journal is as it was")
        kept = self._digest()
        place.remove()
        assert not place.is_installed(), "the program is still there"
        assert self._digest() == kept, "removing the program changed the desk's data"
        self._done("removed, the data is as it was")
        place.install(newer)
        assert self._verify() == before
        assert code in self._ask("show", code), "the dossier is not found"
        self._done("installed again: the dossier is there")

    def _done(self, what: str) -> None:
        self._say(f"{time.monotonic() - self._began:6.1f} s  {what}")

    @property
    def _data(self) -> Path:
        return self._place.files / "desk"

    def _start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        return self._place.start("--data", self._place.inside(self._data), *arguments, **VARIABLES, **variables)

    def _ask(self, *arguments: str) -> str:
        process = self._start(*arguments)
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, f"{arguments}: exit code {process.returncode}: {err.strip()[-2000:]}"
        return out

    def _answer(self, *arguments: str) -> Any:
        return json.loads(self._ask(*arguments, "--json"))

    def _make_desk_and_receive(self) -> str:
        unit = ("--unit", "H99.01", "--unit-name", "Ủy ban nhân dân xã Đồng Mẫu", "--place", "Đồng Mẫu")
        self._answer("init", *unit, "--desk", "Quầy 1", "--admin", _ADMIN)
        self._done("a desk is made")
        request = self._place.files / "intake.json"
        request.write_text(json.dumps({"card": CARD, "procedure": PROCEDURE, "components": PAPERS}), encoding="utf-8")
        received = self._answer("intake", self._place.inside(request))
        papers = list((self._data / "receipts").glob("*.pdf"))
        assert len(papers) == 1, papers
        content = papers[0].read_bytes()
        assert content.startswith(b"%PDF-"), "the slip is no PDF"
        assert len(content) > 5_000, "the slip is empty"
        code = str(received["code"])
        self._done(f"received {code}, its slip is a PDF of {len(content)} bytes")
        return code

    def _verify(self) -> int:
        report = self._answer("verify")
        assert report["ok"], report
        return int(report["entries"])

    def _open_windows(self) -> None:
        self._open_window("offscreen", QT_QPA_PLATFORM="offscreen")
        with Screen() as screen:
            window = self._open(DISPLAY=screen.display)
            try:
                wait_for("a window on the screen", screen.give_focus, seconds=_WINDOW_S)
                self._wait_for_store(window)
                self._done(f"opened on a screen: “{screen.focused_title()}”")
                self._look_at_intake(screen)
            finally:
                self._place.end(window)

    def _look_at_intake(self, screen: Screen) -> None:
        screen.wait_until_still()
        screen.type(_ADMIN)
        screen.press("Tab")
        screen.type(VARIABLES["COUNTER_APP_PASSWORD"])
        screen.wait_until_still()
        screen.press_and_see("Return")
        screen.press_and_see("ctrl+2")
        self._picture.parent.mkdir(parents=True, exist_ok=True)
        screen.save(self._picture)
        self._done(f"signed in, its intake page is in {self._picture.relative_to(WORK.parent.parent)}")

    def _open_window(self, how: str, **variables: str) -> None:
        window = self._open(**variables)
        try:
            self._wait_for_store(window)
            self._done(f"opened {how}")
        finally:
            self._place.end(window)

    def _open(self, **variables: str) -> "subprocess.Popen[str]":
        for left in self._data.glob("counter.db-*"):
            assert left.stat().st_size == 0 or not left.name.endswith("-wal"), "a command left the store open"
        return self._start(**variables)

    def _wait_for_store(self, window: "subprocess.Popen[str]") -> None:
        def is_open() -> bool:
            assert window.poll() is None, f"the window ended by itself: {window.communicate()[1][-2000:]}"
            return (self._data / "counter.db-wal").exists()

        wait_for("the window to open the store", is_open, seconds=_WINDOW_S)

    def _upgrade_while_open(self, newer: Path) -> None:
        window = self._open(QT_QPA_PLATFORM="offscreen")
        try:
            self._wait_for_store(window)
            self._place.install(newer)
        except RefusedError as refusal:
            self._done(f"an upgrade under an open window is refused: {str(refusal).strip().splitlines()[-1]}")
            assert window.poll() is None, "the refused upgrade ended the window"
        else:
            raise AssertionError("the program was changed under an open window")
        finally:
            self._place.end(window)

    def _digest(self) -> dict[str, str]:
        """Return every file of the data folder with its checksum."""
        files = sorted(file for file in self._data.rglob("*") if file.is_file())
        return {str(file.relative_to(self._data)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _find_place(package: Path, suite: str) -> Place:
    from installer.debian.places import DebianRoot, UserHome
    from installer.windows.place import WinePrefix

    if package.suffix == ".deb":
        return DebianRoot(suite)
    return WinePrefix() if package.suffix == ".exe" else UserHome()


def main() -> int:
    """Run the steps for the package that is named. Returns 0, or 1 with what was wrong, or 3 with what was missing."""
    options = argparse.ArgumentParser(description="Install, use, upgrade and remove a package.")
    options.add_argument("package", type=Path)
    options.add_argument("--root", default="bookworm", metavar="SUITE", help="the Debian release of the clean root")
    given = options.parse_args()
    from installer.build import read_version

    package: Path = given.package.resolve()
    try:
        with closing(_find_place(package, given.root)) as place:
            Smoke(place, _PICTURES / f"{package.stem}.png").run(package, version=read_version())
    except AssertionError as wrong:
        print(f"{package.name}: {wrong}", file=sys.stderr)
        return 1
    print(f"{package.name}: everything is as it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
