"""The watched folder: only complete files are taken, none is deleted, each is given once and safe before it moves."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from counter_app.core.errors import EnvironmentFailure
from counter_app.scanning.driver import Cancel, ScannerState
from counter_app.scanning.drivers.folder import DOUBT_S, SETTLE_S, WatchedFolder
from counter_app.scanning.scanners import Scanners

PDF = b"%PDF-1.4\n...\n%%EOF\n"


def picture(kind: str) -> bytes:
    kept = BytesIO()
    Image.new("L", (20, 30), 255).save(kept, kind)
    return kept.getvalue()


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def now() -> Hands:
    return Hands()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scans"
    made.mkdir()
    return made


def take(watched: WatchedFolder, now: Hands, *, after: float = SETTLE_S) -> list[str]:
    """Look, wait, and look again."""
    names = [file.name for file in watched.take()]
    now.at += after
    return names + [file.name for file in watched.take()]


def test_complete_files_are_given_as_they_are_and_moved_to_done(folder: Path, now: Hands) -> None:
    content = {"a.pdf": PDF, "b.JPG": picture("JPEG"), "c.png": picture("PNG")}
    for name, data in content.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, ns=(0, 0))
    watched = WatchedFolder(folder, now=now)
    assert list(watched.take()) == []
    now.at += SETTLE_S

    assert {file.name: file.content for file in watched.take()} == content
    assert {path.name: path.read_bytes() for path in (folder / "done").iterdir()} == content
    assert [path.name for path in folder.iterdir()] == ["done"]
    assert take(watched, now) == []


def test_oldest_file_comes_first(folder: Path, now: Hands) -> None:
    for age, name in enumerate(("z.pdf", "m.pdf", "a.pdf")):
        (folder / name).write_bytes(PDF)
        os.utime(folder / name, ns=(age, age))

    assert take(WatchedFolder(folder, now=now), now) == ["z.pdf", "m.pdf", "a.pdf"]


def test_file_that_grows_is_left_until_it_rests(folder: Path, now: Hands) -> None:
    watched = WatchedFolder(folder, now=now)
    (folder / "a.pdf").write_bytes(PDF[:10])
    assert take(watched, now) == []
    (folder / "a.pdf").write_bytes(PDF)
    assert take(watched, now, after=SETTLE_S / 2) == []
    assert take(watched, now, after=SETTLE_S / 2) == ["a.pdf"]


def test_file_without_its_end_is_doubted_and_taken_in_the_end(folder: Path, now: Hands) -> None:
    watched = WatchedFolder(folder, now=now)
    (folder / "cut.jpg").write_bytes(picture("JPEG")[:-2])
    (folder / "plan.tiff").write_bytes(picture("TIFF"))

    assert take(watched, now) == []
    assert sorted(take(watched, now, after=DOUBT_S)) == ["cut.jpg", "plan.tiff"]


def test_file_renamed_into_the_folder_is_taken_like_any_other(folder: Path, now: Hands) -> None:
    watched = WatchedFolder(folder, now=now)
    draft = folder / "a.pdf.part"
    draft.write_bytes(PDF)
    assert take(watched, now, after=DOUBT_S) == []
    draft.rename(folder / "a.pdf")
    assert take(watched, now) == ["a.pdf"]


def test_what_is_no_scan_stays_where_it_is(folder: Path, now: Hands, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.pdf").write_bytes(PDF)
    (folder / "link.pdf").symlink_to(tmp_path / "elsewhere.pdf")
    for name, data in {"a.txt": b"x", ".b.pdf": PDF, "~c.pdf": PDF, "d.pdf": b"MZ" + PDF, "empty.pdf": b""}.items():
        (folder / name).write_bytes(data)
    (folder / "sub.pdf").mkdir()
    before = sorted(folder.iterdir())

    assert take(WatchedFolder(folder, now=now), now, after=DOUBT_S) == []
    assert sorted(folder.iterdir()) == before


def test_second_file_of_one_name_does_not_replace_the_first(folder: Path, now: Hands) -> None:
    watched = WatchedFolder(folder, now=now)
    for data in (PDF, PDF + b"2 %%EOF", PDF + b"3 %%EOF"):
        (folder / "a.pdf").write_bytes(data)
        assert take(watched, now) == ["a.pdf"]

    assert sorted(path.name for path in (folder / "done").iterdir()) == ["a (2).pdf", "a (3).pdf", "a.pdf"]
    assert (folder / "done" / "a.pdf").read_bytes() == PDF


def test_file_stays_until_the_next_one_is_asked_for(folder: Path, now: Hands) -> None:
    (folder / "a.pdf").write_bytes(PDF)
    watched = WatchedFolder(folder, now=now)
    list(watched.take())
    now.at += SETTLE_S
    files = watched.take()
    next(files)

    assert (folder / "a.pdf").exists()  # a crash here gives it again
    assert list(files) == []
    assert not (folder / "a.pdf").exists()


def test_folder_that_went_or_refuses_is_told(folder: Path, now: Hands) -> None:
    watched = WatchedFolder(folder, now=now)
    assert watched.describe().state is ScannerState.READY
    (folder / "done").write_bytes(b"a file in the way")
    (folder / "a.pdf").write_bytes(PDF)
    with pytest.raises(EnvironmentFailure, match=r"scan\.folder_refuses"):
        take(watched, now)
    assert (folder / "a.pdf").read_bytes() == PDF

    gone = WatchedFolder(folder / "no such", now=now)
    assert gone.describe().state is ScannerState.GONE
    with pytest.raises(EnvironmentFailure, match=r"scan\.folder_gone"):
        list(gone.take())


def test_watching_gives_files_as_they_come_until_cancelled(folder: Path) -> None:
    now = Hands()
    cancel = Cancel()

    def moving() -> float:
        now.at += SETTLE_S
        return now.at

    names = []
    (folder / "a.pdf").write_bytes(PDF)
    watched = WatchedFolder(folder, now=moving)
    for file in watched.watch(cancel, look_s=0.01):
        names.append(file.name)
        if len(names) == 1:
            (folder / "b.pdf").write_bytes(PDF)
        else:
            cancel.say()

    assert names == ["a.pdf", "b.pdf"]


def test_folder_is_listed_among_the_scanners_and_found_by_its_id(folder: Path) -> None:
    scanners = Scanners({}, folder=folder)
    listing = scanners.list_devices()

    assert [device.driver for device in listing.devices] == ["folder"]
    assert scanners.watched_folder(listing.devices[0].id).describe() == listing.devices[0]
