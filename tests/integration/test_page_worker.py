"""Pages made ready by a process of its own: the same pages, and nothing of its troubles in the window."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.scanning.files import PageFile, read_whole
from counter_app.scanning.page_work import PageWork
from counter_app.scanning.page_worker.client import PageWorkers
from counter_app.scanning.page_worker.messages import Chunk, ReadyBegins
from counter_app.scanning.pdf import PdfFacts, assemble
from counter_app.scanning.ready import ReadyPage
from tests.fakes.desks import PASSPHRASE
from tests.fakes.scanned_corpus import Kind, as_file, make_page

_PAGE_THAT_IS_NONE = b"".join(
    len(one).to_bytes(4, "big") + one
    for one in map(msgspec.msgpack.encode, (ReadyBegins(size_bytes=1), Chunk(data=b"\xc0")))
)


@pytest.fixture(scope="module")
def workers() -> Iterator[PageWorkers]:
    with closing(PageWorkers()) as one:
        yield one


@pytest.fixture(scope="module")
def files() -> list[PageFile]:
    """A picture as a scanner gives it, and a file of two pages, one of them with a slip's code."""
    paper = as_file(make_page(Kind.TEXT, 2, turned=2, lines=(5, 6)), "JPEG")
    slip = Image.open(BytesIO(as_file(make_page(Kind.SLIP, 1, code="a code of the test", turned=0))))
    two = BytesIO()
    slip.save(two, "TIFF", save_all=True, append_images=[Image.open(BytesIO(paper))], dpi=(200, 200))
    return [PageFile(data=paper, dpi=200, is_one_page=True), PageFile(data=two.getvalue(), name="two.tif")]


def _all(work: PageWork | PageWorkers, files: Sequence[PageFile | None], *, workers: int = 1) -> list[ReadyPage]:
    return list(work.iter_ready(files, workers=workers, reads_codes=True, is_cancelled=lambda: False))


def test_the_worker_makes_the_same_pages_as_this_process(workers: PageWorkers, files: list[PageFile]) -> None:
    waited = [files[0], None, None, files[1]]

    ready = _all(workers, waited, workers=2)

    assert ready == _all(PageWork(), waited, workers=2)
    assert [bool(page.codes) for page in ready] == [False, True, False]
    assert [page.turned for page in ready] == [2, 0, 2]


def test_one_worker_serves_pile_after_pile(workers: PageWorkers, files: list[PageFile]) -> None:
    _all(workers, files[:1])
    began = time.perf_counter()

    assert len(_all(workers, [])) == 0

    assert time.perf_counter() - began < 0.5  # another process would have to read its modules first


def test_a_kept_paper_is_read_again_page_by_page(workers: PageWorkers, files: list[PageFile]) -> None:
    pages = [page.as_pdf_page() for page in _all(workers, files[1:])]
    pdf = assemble(pages, PdfFacts(title="two", made_at=datetime(2026, 11, 29, tzinfo=UTC)))

    read = [workers.find_read_page(pdf, number) for number in (1, 2, 3)]

    assert read == [PageWork().find_read_page(pdf, number) for number in (1, 2, 3)]
    assert [page is not None and len(page.lines) > 3 for page in read] == [True, True, False]


def test_what_cannot_be_read_is_said_with_its_name_and_the_next_pile_is_made_ready(
    workers: PageWorkers, files: list[PageFile]
) -> None:
    with pytest.raises(UserError) as said:
        _all(workers, [files[0], PageFile(data=b"no picture at all", name="thu.jpg"), files[1]])

    assert (said.value.code, said.value.context["file"]) == ("document.unreadable_file", "thu.jpg")
    assert len(_all(workers, files[:1])) == 1


def test_a_worker_that_ends_in_the_middle_costs_its_pile_and_nothing_else(
    workers: PageWorkers, files: list[PageFile]
) -> None:
    coming = workers.iter_ready(files * 3, workers=1, reads_codes=False, is_cancelled=lambda: False)
    next(coming)
    _end_children_of(os.getpid(), "page_worker")

    with pytest.raises(EnvironmentFailure) as said:
        list(coming)

    assert (said.value.code, said.value.retryable) == ("document.worker_ended", True)
    assert len(_all(workers, files[:1])) == 1


def test_no_more_comes_once_it_is_cancelled(workers: PageWorkers, files: list[PageFile]) -> None:
    ready: list[ReadyPage] = []
    coming = workers.iter_ready(files * 20, workers=1, reads_codes=False, is_cancelled=lambda: len(ready) > 0)

    ready.append(next(coming))

    assert list(coming) == []


@pytest.mark.parametrize("said", [b"", b"\x00\x00\x00\x02\xc0\xc0", b"\xff\xff\xff\xff", _PAGE_THAT_IS_NONE])
def test_a_worker_that_talks_nonsense_is_an_error_and_no_page(said: bytes, files: list[PageFile]) -> None:
    script = f"import sys; sys.stdout.buffer.write({said!r})"
    with closing(PageWorkers(command=(sys.executable, "-c", script))) as broken, pytest.raises(AppError) as seen:
        _all(broken, files[:1])

    assert seen.value.code.endswith("worker_ended")


def test_a_worker_ends_when_its_program_is_gone(files: list[PageFile]) -> None:
    script = (
        "import sys, time\n"
        "from counter_app.scanning.page_worker.client import PageWorkers\n"
        "workers = PageWorkers()\n"
        "list(workers.iter_ready([], workers=1, reads_codes=False, is_cancelled=lambda: False))\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        children = _children_of(program.pid, "page_worker")
        assert len(children) == 1
        program.kill()
    until = time.monotonic() + 20
    while Path(f"/proc/{children[0]}/cmdline").exists() and _is_running(children[0]):
        assert time.monotonic() < until


def test_the_window_digitises_without_the_libraries_for_pictures(tmp_path: Path, files: list[PageFile]) -> None:
    # What stands behind a picture is no part of it: a file of 120 MB that is one page.
    (tmp_path / "giay.jpg").write_bytes(read_whole(files[0].data, "") + bytes(120_000_000))
    script = f"""
import sys
from pathlib import Path
from counter_app.bootstrap import init_sample_desk, opened
from counter_app.core.paths import DataFolder
from counter_app.services.source_files import FileOnDisk
def memory(name):
    lines = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0]) // 1024
root = Path({str(tmp_path)!r})
folder = DataFolder(root / "desk", state_root=root / "state")
init_sample_desk(folder, passphrase={PASSPHRASE!r}, dossiers=2)
with opened(folder, passphrase={PASSPHRASE!r}) as made:
    made.counter.session.act_as()
    made.counter.digitising.work_apart()
    code = made.counter.lookup.list_recent(limit=1)[0].code
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is what is in use now (Linux, proc(5))
    before = memory("VmRSS")
    done = made.counter.digitising.attach([FileOnDisk(path=root / "giay.jpg")], code)
    print(memory("VmHWM") - before < 80)
    drawn = made.counter.digitising.draw_page(done.documents[0].document.id, 1, longest=100)
    made.counter.paper_facts.propose(done.documents[0].document.id)
    print(done.documents[0].document.content.text_chars > 20, max(drawn.width, drawn.height))
print(sorted({{"cv2", "numpy", "pikepdf", "tesserocr", "zxingcpp"}} & set(sys.modules)))
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)

    assert said.stdout == "True\nTrue 100\n[]\n"


def _children_of(parent: int, named: str) -> list[int]:
    tasks = Path(f"/proc/{parent}/task")
    found = [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]
    return [pid for pid in found if named in Path(f"/proc/{pid}/cmdline").read_text()]


def _end_children_of(parent: int, named: str) -> None:
    for pid in _children_of(parent, named):
        os.kill(pid, 9)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


_FLAGS_OF_AN_ARRAY = """
from counter_app.scanning.page_worker.__main__ import use_small_pages
use_small_pages()
import numpy
array = numpy.ones(32_000_000, numpy.uint8)
place = array.__array_interface__["data"][0] + array.nbytes // 2
with open("/proc/self/smaps") as areas:
    for line in areas:
        first = line.split()[0]
        if not first.endswith(":"):
            start, end = (int(part, 16) for part in first.split("-"))
        if first == "VmFlags:" and start <= place < end:
            print(*line.split()[1:])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says it of an area of memory")
def test_its_arrays_do_not_ask_for_huge_pages() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _FLAGS_OF_AN_ARRAY], capture_output=True, text=True, timeout=60, check=True
    )

    assert "rd" in said.stdout.split()
    assert "hg" not in said.stdout.split()
