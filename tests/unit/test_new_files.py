"""A file for somebody else is there whole or not at all, and a stick that fails ends in one sentence."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pyrage
import pytest

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.services import relaying
from counter_app.services.relaying import Relaying
from counter_app.sync.bundle_file import in_silence, never, require_new, write_bundle
from counter_app.sync.frames import Kind, Piece
from counter_app.sync.relaying import AnswerPart, BundleAtProvince, RelayAnswer, RelayPart, RelayTaken

RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())
REPORT = BundleAtProvince(
    desk="01", giver="Quầy xa", unit="H99", entries=7, papers=1, waiting=0, forks=0, refused=0, is_admitted=False
)

# Every write beyond so many bytes of a file fails in this process, as on a full stick.
FULL = """
import argparse, resource, signal, sys
from pathlib import Path
from counter_app.cli.concerned import _write
from counter_app.cli.output import Output
from counter_app.core.errors import AppError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, resource.RLIM_INFINITY))
try:
    _write(bytes(300_000), argparse.Namespace(path=Path(sys.argv[1])), Output(language="en", as_json=True))
except AppError as error:
    print(error.code)
"""


def write(path: Path, pieces: Iterator[Piece]) -> int:
    require_new(path)
    return write_bundle(path, pieces, sign=lambda _message: bytes(64), recipient=RECIPIENT)


def pulled_out(folder: Path) -> Iterator[Piece]:
    """Yield pieces of a bundle while whose writing the folder goes."""
    yield Kind.HEADER, b"a"
    folder.rename(folder.with_name("elsewhere"))
    folder.write_bytes(b"")
    yield Kind.BATCH, b"b"


def test_stick_that_goes_while_it_is_written_to_is_a_sentence(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with pytest.raises(EnvironmentFailure, match=r"disk\.write_failed"):
        write(stick / "a.bundle", pulled_out(stick))
    assert not (tmp_path / "elsewhere" / "a.bundle").exists()


def test_file_that_somebody_else_left_is_neither_in_the_way_nor_gone(tmp_path: Path) -> None:
    theirs = tmp_path / "a.bundle.part"
    theirs.write_bytes(b"theirs")
    assert write(tmp_path / "a.bundle", iter([(Kind.HEADER, b"a")])) > 0
    assert theirs.read_bytes() == b"theirs"
    assert len(list(tmp_path.iterdir())) == 2


def test_name_of_any_length_is_written_or_refused_in_a_sentence(tmp_path: Path) -> None:
    assert write(tmp_path / ("a" * 255), iter([(Kind.HEADER, b"a")])) > 0
    with pytest.raises(AppError, match=r"disk\.write_failed"):
        write(tmp_path / ("a" * 300), iter([(Kind.HEADER, b"a")]))
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="limits file sizes as POSIX does")
def test_paper_that_does_not_fit_on_the_stick_leaves_nothing_of_its_name(tmp_path: Path) -> None:
    run = [sys.executable, "-c", FULL, str(tmp_path / "a.pdf")]
    done = subprocess.run(run, capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "concerned.no_place"
    assert list(tmp_path.iterdir()) == []


class Province:
    """Says each time that it has so much of a bundle as a test wants."""

    def __init__(self, *kept: int) -> None:
        self._kept = list(kept)
        self.asked = 0

    def put(self, part: RelayPart) -> RelayTaken:
        self.asked += 1
        assert self.asked < 20, "it goes on for ever"
        kept = self._kept.pop(0) if len(self._kept) > 1 else self._kept[0]
        is_done = self.asked == 15 and kept == part.size_bytes
        return RelayTaken(kept=kept, report=REPORT if is_done else None)

    def find_answer(self, sha256: bytes) -> RelayAnswer:
        raise AssertionError(sha256)

    def read_answer(self, part: AnswerPart) -> bytes:
        raise AssertionError(part)


def carry(province: Province, path: Path) -> BundleAtProvince:
    made = Relaying(lambda: nullcontext(province), progressed=in_silence, is_cancelled=never)
    return made.relay(path, answer=None)


def test_bundle_of_which_the_province_has_no_more_each_time_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "up"
    path.write_bytes(bytes(100))
    for kept in ((0,), (40,), (10, 90, 20, 80, 30), (200,)):
        with pytest.raises(EnvironmentFailure, match=r"sync\.line_refused"):
            carry(Province(*kept), path)
    assert carry(Province(0, 50, 0, 60, 100), path).entries == 7  # set back once, then at it for a while


def test_file_without_an_end_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "MOST_RELAYED_BYTES", 8 * 1024 * 1024)
    path = tmp_path / "endless"
    with path.open("wb") as file:
        file.truncate(1024 * 1024 * 1024)
    looked: list[int] = []

    def is_cancelled() -> bool:
        looked.append(0)
        return len(looked) > 20

    made = Relaying(lambda: nullcontext(Province(0)), progressed=in_silence, is_cancelled=is_cancelled)
    with pytest.raises(UserError, match=r"bundle\.relay_too_large"):
        made.relay(path, answer=None)
