"""SANE through `scanimage`, with SANE's own test backend: faults, crashes, cancels, and nothing left behind."""

import os
import threading
from pathlib import Path

import pytest

from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.scanning.driver import Cancel, ColourMode, PaperSize, ScanProfile, Source
from counter_app.scanning.drivers.memory_folder import memory_folder, sweep
from counter_app.scanning.drivers.sane import SaneDriver, find_scanimage
from tests.fakes.sane_scanner import DEVICE, SHEETS, faulty_sane, needs_sane, sane_folder

pytestmark = needs_sane
FEEDER = ScanProfile(id="test", source=Source.FEEDER, mode=ColourMode.COLOUR, dpi=200, paper=PaperSize.A4)


def driver(environment: dict[str, str], **patience: float) -> SaneDriver:
    return SaneDriver(find_scanimage() or "", environment=environment, **patience)


def code_of(sane: SaneDriver, device: str = DEVICE) -> str:
    with pytest.raises(AppError) as caught:
        list(sane.scan(device, FEEDER, Cancel()))
    return caught.value.code


def own_folders() -> list[str]:
    return [folder.name for folder in Path("/dev/shm").glob(f"counter-scan-{os.getpid()}-*")]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("SANE_STATUS_JAMMED", "scan.jammed"),
        ("SANE_STATUS_NO_DOCS", "scan.feeder_empty"),
        ("SANE_STATUS_COVER_OPEN", "scan.cover_open"),
        ("SANE_STATUS_DEVICE_BUSY", "scan.busy"),
        ("SANE_STATUS_IO_ERROR", "scan.gone"),
        ("SANE_STATUS_ACCESS_DENIED", "scan.forbidden"),
        ("SANE_STATUS_NO_MEM", "scan.failed"),
        ("SANE_STATUS_UNSUPPORTED", "scan.failed"),
        ("SANE_STATUS_INVAL", "scan.failed"),
        ("SANE_STATUS_CANCELLED", "scan.failed"),
    ],
)
def test_each_fault_of_sane_has_its_own_words_and_leaves_nothing_in_memory(
    tmp_path: Path, status: str, code: str
) -> None:
    faulty = driver(faulty_sane(tmp_path, status), page_s=15)
    said = [code_of(faulty)]
    # SANE's test device hangs now and then instead of giving its status: that is said, and the same is asked again.
    while said[-1] == "scan.timed_out" and len(said) < 3:
        said.append(code_of(faulty))
    assert said[-1] == code
    assert own_folders() == []


def test_crash_of_scanimage_costs_one_page_and_not_the_program(tmp_path: Path) -> None:
    shell = tmp_path / "scanimage"
    shell.write_text(f'#!/bin/sh\ncase "$*" in *--batch=*) kill -SEGV $$;; esac\nexec {find_scanimage()} "$@"\n')
    shell.chmod(0o700)
    crashing = SaneDriver(str(shell), environment=sane_folder(tmp_path / "fine"))

    assert code_of(crashing) == "scan.worker_ended"
    assert own_folders() == []


def test_whole_feeder_comes_through_and_each_page_leaves_the_memory_at_once(tmp_path: Path) -> None:
    left = []
    for page in driver(sane_folder(tmp_path)).scan(DEVICE, FEEDER, Cancel()):
        (folder,) = own_folders()
        left += [name.name for name in (Path("/dev/shm") / folder).iterdir() if name.name != "log"]
        assert page.picture.startswith(b"P6")
    assert page.number == SHEETS
    assert left == []
    assert own_folders() == []


def test_cancel_in_the_middle_of_a_page_does_not_wait_for_its_end(tmp_path: Path) -> None:
    slow = driver(sane_folder(tmp_path, read_delay="true", read_delay_duration="200000"))
    cancel = Cancel()
    timer = threading.Timer(0.5, cancel.say)
    timer.start()

    assert list(slow.scan(DEVICE, FEEDER, cancel)) == []
    timer.join()
    assert own_folders() == []


def test_page_that_never_comes_is_given_up(tmp_path: Path) -> None:
    slow = driver(sane_folder(tmp_path, read_delay="true", read_delay_duration="200000"), page_s=0.3)

    assert code_of(slow) == "scan.timed_out"


def test_scanner_that_went_is_told_as_gone(tmp_path: Path) -> None:
    assert code_of(driver(sane_folder(tmp_path)), "sane:genesys:libusb:001:004") == "scan.gone"


def test_without_any_scanner_the_list_is_empty_and_no_failure(tmp_path: Path) -> None:
    assert driver(sane_folder(tmp_path, backend="nothing-of-this-name")).list_devices() == ()


def test_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure, match=r"scan\.failed"):
        SaneDriver(str(tmp_path / "no scanimage")).list_devices()


def test_device_whose_name_looks_like_an_option_stays_a_name(tmp_path: Path) -> None:
    file = tmp_path / "made"
    with pytest.raises(AppError, match=r"scan\.gone"):
        list(driver(sane_folder(tmp_path)).scan(f"sane:--output-file={file}", FEEDER, Cancel()))
    assert not file.exists()


def test_memory_left_by_a_killed_program_is_taken_back_and_that_of_a_running_one_is_not(tmp_path: Path) -> None:
    dead, alive, foreign = (
        tmp_path / name for name in ("counter-scan-999999999-abc", f"counter-scan-{os.getpid()}-abc", "counter-scan-x")
    )
    for folder in (dead, alive, foreign):
        folder.mkdir()
        (folder / "page1").write_bytes(b"P6")
    sweep(tmp_path)

    assert [folder.exists() for folder in (dead, alive, foreign)] == [False, True, True]


def test_folder_in_memory_is_for_this_user_alone() -> None:
    with memory_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
