"""The worker process: pages survive its death, it starts again by itself, and its rubbish is an error of ours."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.scanning.driver import Cancel, PaperSize, ScanProfile, Source
from counter_app.scanning.worker.client import WorkerDriver, worker_command
from counter_app.scanning.worker.messages import tell, untell
from tests.fakes.sane_scanner import DEVICE, SHEETS, needs_sane, sane_folder

posix = pytest.mark.skipif(os.name != "posix", reason="signals and /proc")
FEEDER = ScanProfile(id="test", source=Source.FEEDER, dpi=200, paper=PaperSize.CARD)


def sane_worker(folder: Path) -> WorkerDriver:
    return WorkerDriver("sane", environment={**os.environ, **sane_folder(folder)})


def children() -> list[int]:
    """Return the workers that run; other tests keep servers of theirs in this process."""
    found = [Path(f"/proc/self/task/{task.name}/children") for task in Path("/proc/self/task").iterdir()]
    pids = [int(word) for file in found for word in file.read_text().split()]
    return [pid for pid in pids if b"counter_app.scanning.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def program(text: str) -> tuple[str, ...]:
    """A worker of another kind: what a driver that went mad might do."""
    return (sys.executable, "-c", text)


@needs_sane
@posix
@pytest.mark.parametrize("kept", [1, 4, SHEETS - 1])
def test_killing_the_worker_in_the_middle_keeps_every_page_and_the_next_scan_works(tmp_path: Path, kept: int) -> None:
    driver = sane_worker(tmp_path)
    pages = driver.scan(DEVICE, FEEDER, Cancel())
    got = [next(pages) for _ in range(kept)]
    for worker in children():
        os.kill(worker, signal.SIGKILL)

    with pytest.raises(EnvironmentFailure) as caught:
        next(pages)

    assert (caught.value.code, caught.value.retryable) == ("scan.worker_ended", True)
    assert [page.number for page in got] == list(range(1, kept + 1))
    assert len(list(driver.scan(DEVICE, FEEDER, Cancel()))) == SHEETS


@needs_sane
@posix
def test_scan_left_half_way_ends_its_processes(tmp_path: Path) -> None:
    pages = sane_worker(tmp_path).scan(DEVICE, FEEDER, Cancel())
    next(pages)
    assert children() != []
    pages.close()  # type: ignore[attr-defined] # a generator

    assert children() == []


@needs_sane
def test_worker_answers_about_a_driver_that_this_machine_cannot_have() -> None:
    with pytest.raises(UserError, match=r"scan\.no_driver"):
        WorkerDriver("no such driver").list_devices()


def test_worker_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match=r"scan\.worker_ended"):
        WorkerDriver("sane", command=(str(tmp_path / "nothing"),)).list_devices()


def test_worker_that_hangs_is_ended_and_told() -> None:
    hung = WorkerDriver("sane", command=program("import time; time.sleep(600)"), answer_s=0.3, page_s=0.3)
    begun = time.monotonic()

    with pytest.raises(EnvironmentFailure, match=r"scan\.timed_out"):
        hung.list_devices()
    with pytest.raises(EnvironmentFailure, match=r"scan\.timed_out"):
        list(hung.scan(DEVICE, FEEDER, Cancel()))
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize(
    "said",
    [
        "",
        "b'\\0'",
        "b'\\xff\\xff\\xff\\xff'",
        "b'\\0\\0\\0\\0'",
        "b'\\0\\0\\0\\x05abc'",
        "b'\\0\\0\\0\\x01\\xc1'",
        "b'\\0\\0\\0\\x0f\\x81\\xa4type\\xa8NextPage'",
    ],
)
def test_worker_that_says_rubbish_is_told_as_ended(said: str) -> None:
    mad = WorkerDriver("sane", command=program(f"import os; os.write(1, {said or repr(b'')})"))

    with pytest.raises(EnvironmentFailure, match=r"scan\.worker_ended"):
        mad.list_devices()
    with pytest.raises(EnvironmentFailure, match=r"scan\.worker_ended"):
        list(mad.scan(DEVICE, FEEDER, Cancel()))


@settings(max_examples=15)
@given(st.binary(max_size=200))
def test_whatever_a_worker_says_an_error_of_ours_comes_out(said: bytes) -> None:
    mad = WorkerDriver("sane", command=program(f"import os; os.write(1, {said!r})"))

    with pytest.raises(AppError):
        mad.list_devices()


@needs_sane
def test_cancel_in_the_middle_of_a_page_reaches_the_scanner_through_the_worker(tmp_path: Path) -> None:
    slow = sane_folder(tmp_path, read_delay="true", read_delay_duration="200000")
    cancel = Cancel()
    timer = threading.Timer(0.5, cancel.say)
    timer.start()

    assert list(WorkerDriver("sane", environment={**os.environ, **slow}).scan(DEVICE, FEEDER, cancel)) == []
    timer.join()
    assert children() == []


LATE = """
import sys, time
from counter_app.scanning.worker.frames import write_frame
from counter_app.scanning.worker.messages import ButtonFelt
sys.stdin.buffer.read(1)
time.sleep(0.6)
write_frame(sys.stdout.buffer, ButtonFelt(is_down=True))
"""


def test_look_at_the_button_that_is_cancelled_goes_to_its_end() -> None:
    cancel = Cancel()
    driver = WorkerDriver("sane", command=program(LATE), stop_s=0.1)
    timer = threading.Timer(0.1, cancel.say)
    timer.start()

    assert list(driver.feel_button(DEVICE, cancel)) == [True]
    timer.join()


def test_worker_of_a_frozen_program_is_the_program_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker_command() == (sys.executable, "scan-worker")

    answer = subprocess.run(
        [sys.executable, "-m", "counter_app", "scan-worker"],
        input=b"",
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, b"", b"")


@given(
    st.sampled_from([UserError, EnvironmentFailure]),
    st.dictionaries(st.text(max_size=10), st.text(max_size=20) | st.integers(-(2**60), 2**60), max_size=4),
)
def test_error_crosses_the_pipe_as_the_same_error(kind: type[AppError], context: dict[str, str | int]) -> None:
    clean = {name: value for name, value in context.items() if name not in ("code", "retryable", "self")}
    error = kind("scan.failed", **clean)
    again = untell(tell(error))

    assert (type(again), again.code, again.context) == (kind, "scan.failed", clean)
