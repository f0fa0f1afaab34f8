"""What every place for papers does: a folder, and a bucket of a server that speaks S3."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.store.paper_folder import PaperFolder, PaperKeeping
from tests.fakes.s3_server import s3_served

CONTENT = random.Random(1).randbytes(50_001)
SHA256 = hashlib.sha256(CONTENT).digest()
_CHUNK = 16 * 1024


@pytest.fixture(params=["folder", "bucket"])
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaperKeeping]:
    if request.param == "folder":
        yield PaperFolder(tmp_path / "papers")
        return
    with s3_served() as server:
        yield server.papers()


def test_papers_come_in_pieces_and_are_there_only_whole_and_right(keeping: PaperKeeping) -> None:
    keeping.check()
    assert (keeping.holds(SHA256), keeping.size_of_part("a-1"), list(keeping.iter_held())) == (False, 0, [])
    with pytest.raises(EnvironmentFailure, match="no_paper"):
        keeping.read(SHA256, 0, 1)
    for start in range(0, len(CONTENT), _CHUNK):
        piece = CONTENT[start : start + _CHUNK]
        assert keeping.append("a-1", piece) == keeping.size_of_part("a-1") == start + len(piece)
        assert not keeping.holds(SHA256)
    assert keeping.append("a-1", b"") == len(CONTENT)
    assert keeping.append("a-10", b"other") == 5
    assert keeping.finish("a-1", SHA256)
    assert (keeping.holds(SHA256), keeping.size_of_part("a-1"), keeping.size_of_part("a-10")) == (True, 0, 5)
    assert keeping.read(SHA256, 49_000, 500) == CONTENT[49_000:49_500]
    assert keeping.read(SHA256, 50_000, 500) == CONTENT[50_000:]
    assert keeping.read(SHA256, len(CONTENT), 500) == b""
    assert b"".join(keeping.iter_content(SHA256)) == CONTENT

    # Another content under its name takes nothing away from what is there, and nothing of it stays.
    for pieces in ([b"other"], [CONTENT[:_CHUNK], CONTENT[_CHUNK:-1] + b"\xff"], [CONTENT, b"more"]):
        for piece in pieces:
            keeping.append("b", piece)
        assert not keeping.finish("b", SHA256)
        assert keeping.size_of_part("b") == 0
        assert b"".join(keeping.iter_content(SHA256)) == CONTENT
    # What nobody goes on with is removed, and nothing else.
    keeping.append("e", b"other")
    assert (keeping.clear_parts(datetime.now(UTC) - timedelta(hours=1)), keeping.size_of_part("e")) == (0, 5)
    assert (keeping.clear_parts(datetime.now(UTC) + timedelta(hours=1)), keeping.size_of_part("e")) == (2, 0)
    assert (keeping.size_of_part("a-10"), keeping.holds(SHA256)) == (0, True)
    # The same once more, as after an answer that was lost, and one that is empty.
    keeping.append("c", CONTENT)
    assert keeping.finish("c", SHA256)
    keeping.append("d", b"")
    empty = hashlib.sha256(b"").digest()
    assert keeping.finish("d", empty)
    assert list(keeping.iter_content(empty)) == []
    assert set(keeping.iter_held()) == {SHA256, empty}
