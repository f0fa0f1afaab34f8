"""A province, a hall with three desks and a desk by itself: the outside line is cut, work goes on, the line is back.

    python -m tools.hall_demo

Everything is a process of its own, as an office would run it; the line is a relay that is closed and opened again.
Prints where each dossier lies at every stage. Exit code 0 only if all of it holds. The people are invented.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNIT = "H99.14"
DESKS = ("Quầy 1", "Quầy 2", "Quầy 3", "Quầy xa")
PROCEDURE = "1.001193"
LONE = 3
RETURNED = 10
_PATIENCE_S = 150.0


@dataclass
class Line:
    """The way from the house to the province; while it is cut nobody answers at its port."""

    port: int
    province: int
    _server: socket.socket | None = None
    _ends: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        """What desks and hall take for the province's address."""
        return f"https://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Let everything through."""
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def cut(self) -> None:
        """End every connection."""
        for one in (self._server, *self._ends):
            if one is not None:
                _end(one)
        self._server, self._ends = None, []

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = server.accept()
                far = socket.create_connection(("127.0.0.1", self.province))
                self._ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_forward, args=(source, target), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    _end(source)
    _end(target)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@dataclass(frozen=True)
class Node:
    """`counter-app` on one data folder."""

    data: Path

    def command(self, *arguments: str) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "counter_app", "--data", str(self.data), *arguments, "--json"]

    def ask(self, *arguments: str, facts: dict[str, str] | None = None) -> Any:
        """Run one command that must succeed; returns its document. Ends the demo where it does not."""
        answer = self.run(*arguments, facts=facts)
        if answer.returncode != 0:
            sys.exit(f"{self.data.name} {arguments[0]}: {answer.stderr.strip()}")
        return json.loads(answer.stdout)

    def run(self, *arguments: str, facts: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        words = json.dumps(facts) if facts is not None else None
        given = ("-",) if facts is not None else ()
        return subprocess.run(
            self.command(*arguments, *given), input=words, capture_output=True, text=True, check=False
        )


class Demo:
    """What runs, and the dossiers so far: each with the desk that received it."""

    def __init__(self, root: Path, line: Line) -> None:
        self.line = line
        self.province, self.hall = Node(root / "province"), Node(root / "hall")
        self.desks = [Node(root / f"desk-{number}") for number in range(1, len(DESKS) + 1)]
        self.dossiers: list[tuple[str, int]] = []
        self.failures: list[str] = []

    def make(self) -> None:
        """Make hall and desks by codes of the province."""
        hall_url = f"https://127.0.0.1:{_free_port()}"
        code = self.province.ask("province", "enrol", UNIT, "--kind", "hall", "--name", "Trung tâm")["code"]
        self.hall.ask("hall", "init", "--enrol", code, "--province", self.line.url)
        self.hall.ask("hall", "start", "--listen", hall_url.removeprefix("https://"))
        for number, (desk, name) in enumerate(zip(self.desks, DESKS, strict=True)):
            code = self.province.ask("province", "enrol", UNIT, "--name", name)["code"]
            desk.ask("init", "--enrol", code, "--province", self.line.url)
            # The far desk stands elsewhere: nobody answers it but the province.
            desk.ask("settings", "set", "sync.hall_url", "https://127.0.0.1:9" if number == LONE else hall_url)

    def receive(self, desk: int) -> str:
        """Receive a dossier at a desk; returns its code."""
        number = len(self.dossiers) + 1
        file = self.desks[desk].data.with_suffix(".json")
        applicant = {"full_name": f"Nguyễn Thị Tưởng Tượng {number}", "id_number": f"0361990{number:05}"}
        file.write_text(json.dumps({"procedure": PROCEDURE, "applicant": applicant}), encoding="utf-8")
        code = str(self.desks[desk].ask("intake", str(file))["code"])
        self.dossiers.append((code, desk))
        return code

    def exchange(self, *desks: int) -> None:
        """Let desks meet hall and province, one after the other."""
        for desk in desks:
            self.desks[desk].run("sync", "--once")

    def wait_for_province(self) -> None:
        """Wait until the hall has brought everything up."""
        self._wait_for_hall("unsent", 0)

    def _wait_for_hall(self, name: str, value: int) -> None:
        until = time.monotonic() + _PATIENCE_S
        while self.hall.ask("hall", "status")[name] != value and time.monotonic() < until:
            time.sleep(1)

    def show(self, *, is_cut: bool) -> None:
        """Print where each dossier lies, and note what is not as it must be."""
        print(f"   {'dossier':24}{'received at':13}{'known at':36}{'second machine':16}province")
        with ThreadPoolExecutor(4) as pool:
            lists = list(pool.map(lambda desk: {one["code"] for one in desk.ask("list")}, self.desks))
            views = list(pool.map(lambda dossier: self.desks[dossier[1]].ask("show", dossier[0]), self.dossiers))
        for number, ((code, at), view) in enumerate(zip(self.dossiers, views, strict=True)):
            known = [name for name, codes in zip(DESKS, lists, strict=True) if code in codes]
            second, province = view["ticks"]["second_machine"], view["ticks"]["province"]
            print(f"   {code:24}{DESKS[at]:13}{', '.join(known):36}{_mark(second):16}{_mark(province)}")
            waits = is_cut and number >= len(DESKS)  # received behind the cut
            self.expect(province is not waits, f"{code}: province {_mark(province)}")
            self.expect(second is not (waits and at == LONE), f"{code}: second machine {_mark(second)}")
            self.expect(waits or len(known) == len(DESKS), f"{code}: known at {len(known)} desks")

    def expect(self, is_so: bool, words: str) -> None:  # noqa: FBT001 - it reads as a sentence
        """Note what is not so."""
        if not is_so:
            self.failures.append(words)

    def work_on(self) -> None:
        """Receive at one desk of the hall until the result lies there, return it at another, see it at the third."""
        code = self.receive(0)
        one, two, three = self.desks[:3]
        one.ask("act", code, "transfer", facts={"receiver": "Phòng Tư pháp"})
        one.ask("act", code, "resolve", facts={"result_kind": "Quyết định"})
        one.ask("act", code, "result-arrived")
        self.exchange(0, 1)
        two.ask("act", code, "return-result", facts={"channel": "desk", "receiver": "Nguyễn Thị Tưởng Tượng 5"})
        self.exchange(1, 0, 2)
        for desk in (one, three):
            status = desk.ask("show", code)["status"]
            self.expect(status == RETURNED, f"{code} at {desk.data.name}: status {status}")
        self.receive(LONE)
        self.expect(self.desks[LONE].run("sync", "--once").returncode == 3, "the line was not cut")

    def compare(self) -> None:
        """Look at everything everywhere: sound, and the same."""
        reports = [desk.ask("verify") for desk in self.desks]
        self.expect(all(report["ok"] for report in reports), "verify finds something at a desk")
        counts = {report["entries"] for report in reports}
        self.expect(len(counts) == 1, f"desks hold {sorted(counts)} entries")
        self._wait_for_hall("entries", max(counts))  # it asks for the far desk's only now and then
        hall = self.hall.ask("hall", "verify")
        self.expect(hall["sound"], "verify finds something at the hall")
        self.expect({hall["entries"]} == counts, f"the hall holds {hall['entries']} entries")
        for code, at in self.dossiers:
            here, there = self.desks[at].ask("show", code), self.province.ask("province", "show", code)
            self.expect(here["status"] == there["status"], f"{code}: another status at the province")
        print(f"   verify: {len(reports)} desks and the hall sound, {sorted(counts)} entries at each")


def _mark(is_there: bool) -> str:  # noqa: FBT001 - a word for a tick
    return "yes" if is_there else "not yet"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder that PostgreSQL's own user can pass, and everything of it away afterwards."""
    root = Path(tempfile.mkdtemp(prefix="counter-hall-demo-", dir="/tmp"))
    root.chmod(0o711)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _served(province: Node, line: Line) -> Iterator[None]:
    command = province.command("province", "serve", "--listen", f"127.0.0.1:{line.province}", "--public-url", line.url)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        said = ""
        while not said.endswith("\n}\n"):
            words = process.stdout.readline()
            if not words:
                sys.exit("the province did not start; try make province")
            said += words
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)


def _stages(demo: Demo) -> None:
    print("1. A province, a hall with three desks, and one desk elsewhere; each receives a dossier")
    demo.line.open()
    demo.make()
    for desk in range(len(DESKS)):
        demo.receive(desk)
    demo.exchange(LONE, 0, 1, 2)
    demo.wait_for_province()
    demo.exchange(0, 1, 2, LONE)
    demo.show(is_cut=False)
    print("2. The outside line is cut; a result goes through three desks of the hall, the far desk receives alone")
    demo.line.cut()
    demo.work_on()
    demo.show(is_cut=True)
    print("3. The line is back")
    demo.line.open()
    demo.exchange(LONE, 0, 1, 2)
    demo.wait_for_province()
    demo.exchange(0, 1, 2, LONE)
    demo.show(is_cut=False)
    demo.compare()


def main() -> None:
    """Show it, and say whether all of it held."""
    with _folder() as root:
        os.environ |= {
            "COUNTER_APP_PASSPHRASE": "sample desk, invented people",
            "COUNTER_APP_PASSWORD": "sample desk, invented people",
            "COUNTER_APP_LANGUAGE": "en",
            "XDG_STATE_HOME": str(root / "state"),
        }
        demo = Demo(root, Line(_free_port(), _free_port()))
        with _served(demo.province, demo.line):
            try:
                _stages(demo)
            finally:
                demo.hall.run("hall", "stop")
    for words in demo.failures:
        print(f"   not as it must be: {words}")
    print("All of it held." if not demo.failures else "Something did not hold.")
    sys.exit(1 if demo.failures else 0)


if __name__ == "__main__":
    main()
