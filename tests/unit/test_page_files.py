"""Files that stay on the disk until their pages are made: the same answers as for their bytes, and bounds."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from counter_app.core.errors import UserError
from counter_app.scanning.files import MOST_FILE_BYTES, count_pages, find_signed_pdf, iter_pieces, opened, read_whole

PIECE = 1_000_000


@pytest.mark.parametrize("reads", [count_pages, find_signed_pdf])
def test_a_file_that_is_too_large_is_refused_without_being_read(tmp_path: Path, reads: Callable[..., object]) -> None:
    path = tmp_path / "a.pdf"
    path.touch()
    os.truncate(path, MOST_FILE_BYTES + 1)

    with pytest.raises(UserError, match="file_too_large"):
        reads(path, name="a.pdf")


@pytest.mark.parametrize("reads", [count_pages, find_signed_pdf])
def test_what_is_not_there_and_what_is_no_file_cannot_be_read(tmp_path: Path, reads: Callable[..., object]) -> None:
    for path in (tmp_path / "away.pdf", tmp_path):
        with pytest.raises(UserError, match="unreadable_file"):
            reads(path, name="a.pdf")


@pytest.mark.parametrize("place", [30, PIECE - 10, PIECE - 9, PIECE - 5, PIECE - 1, PIECE, 2 * PIECE - 4])
def test_a_signature_is_seen_wherever_it_stands(tmp_path: Path, place: int) -> None:
    data = b"%PDF-1.7\n".ljust(place, b"\n") + b"/ByteRange" + bytes(PIECE)
    path = tmp_path / "a.pdf"
    path.write_bytes(data)

    for content in (path, data):
        # It is looked at more closely, and found to be no PDF; without the mark it would not be.
        with pytest.raises(UserError, match="unreadable_file"):
            find_signed_pdf(content, name="a.pdf")
    assert find_signed_pdf(data.replace(b"/ByteRange", b"/ByteRanch"), name="a.pdf") is None


def test_a_file_is_read_in_pieces_that_are_all_of_it(tmp_path: Path) -> None:
    data = os.urandom(2 * PIECE + 7)
    path = tmp_path / "a.bin"
    path.write_bytes(data)

    for content in (path, data):
        with opened(content, "a.bin") as (file, size):
            pieces = list(iter_pieces(file, size))
        assert [len(piece) for piece in pieces] == [PIECE, PIECE, 7]
        assert b"".join(pieces) == read_whole(content, "a.bin") == data
