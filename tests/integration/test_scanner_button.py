"""Somebody listens to a scanner's own button: one press is one, held or not, and others get at the scanner."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import EnvironmentFailure
from counter_app.scanning.driver import Cancel, Capabilities, ScannerDevice, ScanProfile
from counter_app.scanning.drivers.sane import SaneDriver
from counter_app.scanning.scanned import ScannedPage
from counter_app.scanning.scanners import Scanners
from counter_app.services.scanner_button import ButtonNews, ScannerButton, iter_presses
from tests.fakes.sane_scanner import DEVICE, ButtonScanner, needs_sane

PACE_S = 0.02
LONG_S = 20.0


class Told:
    """What was said, and a way to wait for it."""

    def __init__(self) -> None:
        self.said: Counter[str] = Counter()
        self._news = Event()
        self.news = ButtonNews(
            pressed=lambda: self._note("pressed"),
            heard=lambda: self._note("heard"),
            lost=lambda: self._note("lost"),
            silent=lambda error: self._note(error.code),
        )

    def wait_for(self, what: Callable[[], bool]) -> None:
        while not what():
            assert self._news.wait(LONG_S)
            self._news.clear()

    def _note(self, word: str) -> None:
        self.said[word] += 1
        self._news.set()


@pytest.fixture
def scanner(tmp_path: Path) -> ButtonScanner:
    return ButtonScanner(tmp_path / "scanner")


@pytest.fixture
def button(scanner: ButtonScanner) -> Iterator[ScannerButton]:
    driver = SaneDriver(str(scanner.program), environment=scanner.environment)
    made = ScannerButton(lambda: Scanners({"sane": driver}), every_s=PACE_S)
    yield made
    with made.resting():
        assert not scanner.was_opened_twice


def wait_for_looks(scanner: ButtonScanner, count: int) -> None:
    """Wait until the sensors were read so often again; the first of them may have begun before."""
    until, given_up_at = scanner.looks + count + 1, monotonic() + LONG_S
    while scanner.looks < until:
        assert monotonic() < given_up_at
        Event().wait(PACE_S)


@needs_sane
def test_one_press_is_one_however_long_it_is_held(scanner: ButtonScanner, button: ScannerButton) -> None:
    told = Told()
    scanner.press()
    button.listen(DEVICE, told.news)
    wait_for_looks(scanner, 2)
    assert told.said == {"heard": 1}, "held since before anybody listened"
    for presses in (1, 2):
        scanner.release()
        wait_for_looks(scanner, 1)
        scanner.press()
        wait_for_looks(scanner, 2)
        assert told.said["pressed"] == presses

    with button.resting():
        was_listening, before = button.is_listening, scanner.looks
        scanner.release()
        button.listen(DEVICE, told.news)
        assert (was_listening, button.is_listening) == (False, True)
        assert scanner.looks == before, "nobody looks while something else is asked of the scanner"
    wait_for_looks(scanner, 1)
    assert told.said == {"heard": 2, "pressed": 2}


@needs_sane
def test_scanner_that_another_program_has_is_left_alone_and_heard_again(
    scanner: ButtonScanner, button: ScannerButton
) -> None:
    told = Told()
    scanner.be_busy(is_busy=True)
    button.listen(DEVICE, told.news)
    told.wait_for(lambda: told.said["lost"] == 2)
    scanner.be_busy(is_busy=False)
    told.wait_for(lambda: told.said["heard"] == 1)
    scanner.press()
    told.wait_for(lambda: told.said["pressed"] == 1)

    button.let_go()
    with button.resting():
        assert told.said["pressed"] == 1


class OnceEach:
    """A scanner that answers once each time, and then another program has it."""

    name = "sane"

    def list_devices(self) -> tuple[ScannerDevice, ...]:
        return ()

    def capabilities(self, device: str) -> Capabilities:
        raise NotImplementedError

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        raise NotImplementedError

    def feel_button(self, _device: str, _cancel: Cancel) -> Iterator[bool]:
        yield False
        raise EnvironmentFailure("scan.busy")


def test_scanner_that_was_heard_is_asked_as_often_as_before() -> None:
    told = Told()
    button = ScannerButton(lambda: Scanners({"sane": OnceEach()}), every_s=PACE_S)
    button.listen(DEVICE, told.news)
    told.wait_for(lambda: told.said["lost"] == 12)  # a pause that doubled each time would be over a minute by now

    assert told.said["heard"] == 12
    with button.resting(), button.resting():  # they keep looks away, not one another
        assert not button.is_listening


@pytest.mark.parametrize(
    ("device", "code"), [("escl:http://127.0.0.1:1/eSCL", "scan.no_driver"), ("folder:x", "scan.unknown_device")]
)
def test_scanner_that_cannot_have_a_button_is_asked_once(device: str, code: str) -> None:
    told = Told()
    button = ScannerButton(lambda: Scanners({}), every_s=PACE_S)
    button.listen(device, told.news)
    told.wait_for(lambda: told.said[code] == 1)

    assert told.said == {code: 1}


@given(st.lists(st.booleans()))
def test_a_press_is_a_button_that_goes_down_after_it_was_seen_up(states: list[bool]) -> None:
    presses = sum(1 for _press in iter_presses(states))

    assert presses == sum(after and not before for before, after in pairwise(states))
