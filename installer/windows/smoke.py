"""Installs, works and removes under Wine: python3 smoke.py SETUP PICTURE. Run by smoke.sh inside the inner Debian.

Into an empty Wine: install silently, make a desk of invented people, receive a dossier, print its receipt, `verify`,
open the window and take its picture, refuse to replace a program that runs, upgrade in place, remove; data still there.
Wine is not Windows: see docs/it-officer/en/install-windows.md.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CARD = "036199001234|012345678|Nguyễn Thị Tưởng Tượng|01021999|Nữ|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
PROCEDURE = "2.000815"
PASSWORD = "mot-cua-mau"
RUNNING = 3

DRIVE = Path(os.environ["WINEPREFIX"]) / "drive_c"
PROGRAM = DRIVE / "Program Files" / "QuayMotCua"
DATA = DRIVE / "users" / "root" / "AppData" / "Local" / "QuayMotCua"
LOCKS = DRIVE / "ProgramData" / "QuayMotCua"
DISPLAY = ":77"
SECONDS = 240.0


def wine(*command: str | Path, expected: int = 0, text: str | None = None) -> str:
    """Run a Windows program and return what it printed; end the test when its exit code is another."""
    done = subprocess.run(
        ["wine", *map(str, command)], input=text or "\n", capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode != expected:
        sys.exit(f"{Path(command[0]).name} {command[1:]}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def counter(*arguments: str, expected: int = 0) -> Any:
    """Run one command of the installed program and return its JSON document."""
    return json.loads(wine(PROGRAM / "app" / "counter-app.exe", *arguments, "--json", expected=expected))


def wait_for(what: str, happened: Callable[[], bool]) -> float:
    """Return the seconds it took; end the test when it never happens."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > SECONDS:
            sys.exit(f"never happened: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


def step(said: str) -> None:
    """Say what was seen."""
    print(said, flush=True)


def install(setup: str) -> None:
    """Install, and look whether the program says its version."""
    began = time.monotonic()
    wine(setup, "/S")
    step(f"installed in {time.monotonic() - began:.0f} s")
    said, least = "", SECONDS
    for _ in range(3):
        began = time.monotonic()
        said = wine(PROGRAM / "app" / "counter-app.exe", "--version").strip()
        least = min(least, time.monotonic() - began)
    step(f"{said}, said in {least:.1f} s")
    shortcuts = sorted(path.name for path in DRIVE.rglob("Quầy Một Cửa.lnk"))
    assert len(shortcuts) == 2, shortcuts
    LOCKS.mkdir(exist_ok=True)
    (LOCKS / "locked.json").write_text('{"ui.theme": "light"}', encoding="utf-8")


def work() -> str:
    """Make a desk, receive a dossier, print its receipt; return the dossier's code."""
    counter("demo")
    request = DATA.parent / "intake.json"
    papers = [{"name": "Bản chính giấy tờ, văn bản", "original": 1}]
    request.write_text(json.dumps({"card": CARD, "procedure": PROCEDURE, "components": papers}), encoding="utf-8")
    received = counter("intake", rf"C:\users\root\AppData\Local\{request.name}")
    receipt = DATA / "receipts" / received["receipt_pdf"].replace("\\", "/").rpartition("/")[2]
    assert receipt.read_bytes().startswith(b"%PDF-"), receipt
    step(f"received {received['code']}, receipt {receipt.stat().st_size} bytes")
    return str(received["code"])


def verify(code: str) -> None:
    """The journal is sound and knows the dossier."""
    report = counter("verify")
    assert report["ok"], report
    assert counter("show", code)["dossier"]["code"] == code
    step(f"verify: {report['entries']} entries, sound")


def examine() -> None:
    """Say what the program itself finds missing."""
    done = subprocess.run(
        ["wine", str(PROGRAM / "app" / "counter-app.exe"), "doctor"],
        input="\n",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COUNTER_APP_LANGUAGE": "en"},
    )
    assert done.stdout, done.stderr
    step(f"doctor:\n{done.stdout}")


def press(*arguments: str) -> None:
    """Type at the window."""
    subprocess.run(["xdotool", *arguments], check=True)


def is_shown() -> bool:
    """Whether the window is on the screen."""
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "Quầy"], check=False, capture_output=True)
    return found.returncode == 0


def picture_when_still(file: Path) -> None:
    """Take the picture of the screen once it has stopped changing."""
    last: list[bytes] = [b"", b"", b""]

    def is_still() -> bool:
        time.sleep(1)
        subprocess.run(["import", "-window", "root", "-strip", str(file)], check=True)
        last[:] = [*last[1:], subprocess.run(["convert", str(file), "rgb:-"], capture_output=True, check=True).stdout]
        return last[0] == last[1] == last[2]

    wait_for("a screen that stands still", is_still)


def open_window(setup: str, picture: Path) -> None:
    """Open the window, sign in, go to the intake page; meanwhile nothing may replace the program."""
    os.environ["DISPLAY"] = DISPLAY
    screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1366x768x24", "-nolisten", "tcp"], stderr=-3)
    wait_for("the screen", lambda: Path(f"/tmp/.X11-unix/X{DISPLAY[1:]}").exists())
    manager = subprocess.Popen(["openbox"], stderr=-3)
    program = subprocess.Popen(["wine", str(PROGRAM / "app" / "QuayMotCua.exe")], stdin=subprocess.PIPE)
    step(f"the window stands after {wait_for('the window', is_shown):.1f} s")
    picture_when_still(picture.with_name("sign-in.png"))
    press("type", PASSWORD)
    press("key", "Return")
    picture_when_still(picture.with_name("start.png"))
    press("key", "ctrl+2")
    picture_when_still(picture)
    wine(setup, "/S", expected=RUNNING)
    step("a program that runs was not replaced")
    press("key", "alt+F4")
    wait_for("the window to close", lambda: program.poll() is not None)
    for left in (manager, screen):
        left.terminate()
        left.wait()
    del os.environ["DISPLAY"]


def remove() -> None:
    """Remove the program; the desk and the locked settings stay."""
    wine(PROGRAM / "uninstall.exe", "/S")  # goes on from a copy of itself
    wait_for("the program's folder to go", lambda: not PROGRAM.exists())
    assert not list(DRIVE.rglob("Quầy Một Cửa.lnk"))
    assert (DATA / "counter.db").stat().st_size > 100_000
    assert (LOCKS / "locked.json").read_text(encoding="utf-8") == '{"ui.theme": "light"}'
    step("removed; data and locked settings are still there")


def main(setup: str, picture: Path) -> None:
    """Do all of it."""
    os.environ.setdefault("COUNTER_APP_PASSPHRASE", "sample desk, invented people")
    install(setup)
    code = work()
    verify(code)
    examine()
    open_window(setup, picture)
    wine(setup, "/S")
    assert (PROGRAM / "previous" / "counter-app.exe").is_file()
    verify(code)
    step("upgraded in place, the version before is kept")
    remove()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
