"""Digitised papers over the line: whole or not there, after any cut, and for nobody of another unit."""

import hashlib
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.document import ContentCause
from counter_app.province.database import Database
from counter_app.province.papers import list_given
from counter_app.province.service import Province
from counter_app.services.answers.documents import DocumentView
from counter_app.store.paper_folder import PaperFolder
from counter_app.store.tables import documents
from counter_app.sync.callers import MOST_OF_ONE
from counter_app.sync.https_line import HttpsLine, parse_url
from counter_app.sync.https_papers import HttpsPapers
from counter_app.sync.papers import CHUNK_BYTES, HELD, PaperName, PaperPart
from counter_app.sync.sealed_papers import SealedName, SealedPart
from counter_app.sync.updates import UpdateAsked, UpdatePart
from tests.chaos.province import dump_tables, put_back_tables
from tests.fakes.cut_line import cut_line
from tests.fakes.exchanging import hall_folder
from tests.fakes.province import OTHER_UNIT, admit
from tests.fakes.province import UNIT as OWN_UNIT
from tests.fakes.province_desks import at, enrol, enrolled, go_by, is_sound, put_paper, receive

pytestmark = pytest.mark.usefixtures("_stretched_once")

CONTENT = b"%PDF-1.7 " + random.Random(7).randbytes(300_000)
NAME = PaperName(sha256=hashlib.sha256(CONTENT).digest(), size_bytes=len(CONTENT))
UNIT = "H99.41"


@pytest.fixture
def desks(tmp_path: Path, province: Province) -> Iterator[list[OpenCounter]]:
    with enrolled(tmp_path, province, UNIT) as made:
        yield made


def scan(made: OpenCounter, code: str) -> DocumentView:
    """Attach a paper whose file is known; the page that it came as is an earlier version."""
    page = put_paper(made, code, CONTENT[:60_000])
    return made.counter.digitising.renew(made.counter.digitising.get(page.id), CONTENT, ContentCause.RESCANNED)


def test_papers_follow_records_and_another_desk_opens_them(desks: list[OpenCounter]) -> None:
    one, two = desks
    code = receive(one)
    view = scan(one, code)
    one.counter.province_line.exchange()
    assert two.counter.province_line.exchange().blobs_left == 0
    assert not two.desk.vault.holds(NAME.sha256.hex())

    assert two.counter.digitising.read_file(view.document.id) == CONTENT

    assert two.desk.vault.holds(NAME.sha256.hex())
    again = receive(two)
    (offer,) = two.counter.reuse.list_offers(again)
    two.counter.reuse.use(offer.document_id, again, component=offer.component)
    assert two.counter.province_line.exchange().blobs_left == 0
    assert is_sound(one)
    assert is_sound(two)


class _Watched(PaperFolder):
    """Papers that look, when they are asked for one, whether anybody holds a desk's row at that moment."""

    def __init__(self, folder: Path, database: Database) -> None:
        super().__init__(folder)
        self._database = database
        self.holders: list[int] = []

    def holds(self, sha256: bytes) -> bool:
        self._look()
        return super().holds(sha256)

    def size_of_part(self, part: str) -> int:
        self._look()
        return super().size_of_part(part)

    def read(self, sha256: bytes, offset: int, most: int) -> bytes:
        self._look()
        return super().read(sha256, offset, most)

    def _look(self) -> None:
        query = "SELECT count(*) AS count FROM pg_locks WHERE relation = 'desk'::regclass AND mode = 'RowExclusiveLock'"
        with self._database.transaction() as connection:
            row = connection.execute(query).fetchone()
        self.holders.append(row.count if row is not None else -1)


def test_whoever_keeps_papers_is_asked_without_a_transaction_of_the_desk(province: Province, tmp_path: Path) -> None:
    desk, papers = admit(province), _Watched(tmp_path, province.database)
    asking = msgspec.structs.replace(province, papers=papers)
    with province.database.transaction() as connection:
        paper = "INSERT INTO paper (unit_code, sha256, size_bytes) SELECT unit_code, %s, %s FROM desk"
        connection.execute(paper, (NAME.sha256, NAME.size_bytes))
        pack = "INSERT INTO program_update VALUES ('9.9', 'any', '0.0', %s, %s, 100, 100, now())"
        connection.execute(pack, (NAME.sha256, NAME.size_bytes))

    assert _said(asking.list_kept_papers, desk.id, [NAME]) == [0]
    for at_ in range(0, NAME.size_bytes, CHUNK_BYTES):
        _said(asking.take_paper_part, desk.id, PaperPart(paper=NAME, offset=at_, data=CONTENT[at_ : at_ + CHUNK_BYTES]))
    assert _said(asking.list_kept_papers, desk.id, [NAME]) == [HELD]
    part = msgspec.msgpack.encode(PaperPart(paper=NAME, offset=0))
    assert asking.read_paper_part(desk.id, part) == CONTENT[:CHUNK_BYTES]
    sealed = SealedPart(name=SealedName(paper=NAME, sha256=bytes(32), size_bytes=9, sealed_for=bytes(32)))
    assert _said(asking.take_sealed_part, desk.id, sealed) == HELD
    assert _said(asking.find_update, desk.id, UpdateAsked(version="0.1", platform="any"))["version"] == "9.9"
    part = msgspec.msgpack.encode(UpdatePart(sha256=NAME.sha256, offset=0))
    assert asking.read_update_part(desk.id, part) == CONTENT[:CHUNK_BYTES]

    assert set(papers.holders) == {0}
    with province.database.transaction() as connection:
        connection.execute("DELETE FROM program_update WHERE platform = 'any'")


def _said(call: Callable[[str, bytes], bytes], desk: str, asked: object) -> Any:
    return msgspec.msgpack.decode(call(desk, msgspec.msgpack.encode(asked)))


class _Stopping(PaperFolder):
    """Papers that answer nothing until they may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked, self.may_answer = threading.Semaphore(0), threading.Event()

    def size_of_part(self, part: str) -> int:
        self.asked.release()
        self.may_answer.wait()
        return super().size_of_part(part)


@pytest.mark.parametrize("senders", [1, 6])
def test_desks_that_wait_for_what_keeps_papers_keep_nobody_from_the_database(
    province: Province, tmp_path: Path, senders: int
) -> None:
    sending, other, papers = (
        [admit(province) for _ in range(senders)],
        admit(province, unit=OTHER_UNIT),
        _Stopping(tmp_path),
    )
    asking = msgspec.structs.replace(province, papers=papers)
    names = [msgspec.structs.replace(NAME, sha256=bytes([number]) * 32) for number in range(MOST_OF_ONE * senders)]
    with province.database.transaction() as connection:
        for name in names:
            query = "INSERT INTO paper (unit_code, sha256, size_bytes) SELECT unit_code, %s, %s FROM desk WHERE id = %s"
            connection.execute(query, (name.sha256, name.size_bytes, sending[0].id))
    with ThreadPoolExecutor(len(names) + 1) as pool:
        parts = [PaperPart(paper=name, offset=0, data=b"x") for name in names]
        taken = [
            pool.submit(_said, asking.take_paper_part, sending[number % senders].id, part)
            for number, part in enumerate(parts)
        ]
        try:
            for _ in range(min(3 * senders, 8)):
                assert papers.asked.acquire(timeout=20)
            assert not papers.asked.acquire(timeout=0.5)
            for desk in (other, *sending) * MOST_OF_ONE:
                assert pool.submit(asking.list_chains, desk.id).result(20) == msgspec.msgpack.encode([])
        finally:
            papers.may_answer.set()
        assert [one.result(20) for one in taken] == [1] * len(names)


def _named(province: Province, content: bytes, *, size_bytes: int | None = None) -> PaperName:
    """Note a paper of the unit of desks that are admitted without another one, as an entry of theirs would."""
    name = PaperName(sha256=hashlib.sha256(content).digest(), size_bytes=len(content))
    with province.database.transaction() as connection:
        query = "INSERT INTO paper (unit_code, sha256, size_bytes) VALUES (%s, %s, %s)"
        said = name.size_bytes if size_bytes is None else size_bytes
        connection.execute(query, (OWN_UNIT.code, name.sha256, said))
    return name


def test_bytes_of_another_desk_are_no_part_of_what_a_desk_sends(province: Province) -> None:
    desk, other = admit(province), admit(province)
    content = random.Random(11).randbytes(3_000)
    name = _named(province, content)
    wrong = PaperPart(paper=name, offset=0, data=b"x")
    assert _said(province.take_paper_part, other.id, wrong) == 1
    assert _said(province.list_kept_papers, desk.id, [name]) == [0]

    assert _said(province.take_paper_part, desk.id, PaperPart(paper=name, offset=0, data=content[:9])) == 9
    assert _said(province.list_kept_papers, other.id, [name]) == [1]
    assert _said(province.take_paper_part, desk.id, PaperPart(paper=name, offset=9, data=content[9:])) == HELD

    assert _said(province.list_kept_papers, other.id, [name]) == [HELD]
    assert _said(province.take_paper_part, other.id, PaperPart(paper=name, offset=1, data=b"y")) == HELD


@pytest.mark.parametrize("said", [0, 2_999, 3_001])
def test_a_paper_comes_whatever_size_the_first_entry_named(province: Province, said: int) -> None:
    desk, other = admit(province), admit(province)
    content = random.Random(said).randbytes(3_000)
    name = _named(province, content, size_bytes=said)

    assert _said(province.take_paper_part, desk.id, PaperPart(paper=name, offset=0, data=content)) == HELD

    asked = msgspec.msgpack.encode(PaperPart(paper=name, offset=0))
    assert province.read_paper_part(other.id, asked) == content
    with province.database.transaction() as connection:
        assert list_given(connection, province.papers, OWN_UNIT.code, [name.sha256]) == [name]


def test_settings_say_when_papers_go_and_what_is_left_is_told(desks: list[OpenCounter]) -> None:
    one, two = desks
    view = scan(one, receive(one))
    for hours in ("never", "19-6"):  # it is ten past nine in the morning
        one.counter.preferences.set("sync.papers_hours", hours)
        answer = one.counter.province_line.exchange()
        assert (answer.blobs_left, answer.oldest_unsent_s) == (2, None)
    two.counter.province_line.exchange()
    with pytest.raises(UserError, match=r"document\.not_fetched"):
        two.counter.digitising.read_file(view.document.id)
    assert is_sound(two)
    one.counter.preferences.set("sync.papers_hours", "always")
    assert one.counter.province_line.exchange().blobs_left == 0
    assert two.counter.digitising.read_file(view.document.id) == CONTENT


def test_cut_costs_at_most_a_chunk_each_way(desks: list[OpenCounter], province: Province) -> None:
    one, two = desks
    view = scan(one, receive(one))
    one.counter.preferences.set("sync.papers_hours", "never")
    for made in desks:
        made.counter.province_line.exchange()
    one.counter.preferences.set("sync.papers_hours", "always")
    sizes = [random.Random(3).randrange(30_000, 120_000) for _ in range(12)]
    with cut_line(parse_url(province.url), sizes) as line:
        go_by(one, line.url)
        left = 2
        while left:
            try:
                left = one.counter.province_line.exchange().blobs_left
            except EnvironmentFailure as exc:
                assert exc.code == "sync.line_down"  # noqa: PT017 - most of them are expected to end so
        with one.desk.store.reading() as connection:
            sizes_sent = select(func.sum(documents.document_version.c.size_bytes))
            whole = connection.execute(sizes_sent).scalar_one()
        assert line.cuts > 2
        # What every connection costs beside: the handshake, and where records and papers stand.
        assert line.carried_bytes < whole * 1.04 + line.cuts * (CHUNK_BYTES + 9_000)
        go_by(two, line.url)
        assert two.counter.digitising.read_file(view.document.id) == CONTENT


def test_a_disk_that_was_set_back_brings_its_papers_back_too(tmp_path: Path, province: Province) -> None:
    folder, backup = hall_folder(tmp_path / "1", 1), tmp_path / "backup"
    with at(folder) as made:
        enrol(made, province, UNIT)
        made.counter.province_line.exchange()
    shutil.copytree(folder.root, backup)
    with at(folder) as made:
        scan(made, receive(made))
        assert made.counter.province_line.exchange().blobs_left == 0
    shutil.rmtree(folder.root)
    shutil.copytree(backup, folder.root)
    with at(folder) as made:
        assert made.counter.province_line.exchange().blobs_left == 0
        assert made.desk.vault.get(NAME.sha256.hex()) == CONTENT
        assert is_sound(made)


def test_a_province_that_was_set_back_is_sent_the_papers_again(desks: list[OpenCounter], province: Province) -> None:
    one, two = desks
    one.counter.province_line.exchange()
    with province.database.transaction() as connection:
        backup = dump_tables(connection)
    view = scan(one, receive(one))
    assert one.counter.province_line.exchange().blobs_left == 0
    with province.database.transaction() as connection:
        put_back_tables(connection, backup)

    assert one.counter.province_line.exchange().blobs_left == 0

    two.counter.province_line.exchange()
    assert two.counter.digitising.read_file(view.document.id) == CONTENT


def test_what_lies_or_comes_from_elsewhere_is_refused_and_nothing_of_it_stays(
    desks: list[OpenCounter], province: Province
) -> None:
    one, two = desks
    one.counter.preferences.set("sync.papers_hours", "never")
    scan(one, receive(one))
    one.counter.province_line.exchange()
    first = PaperPart(paper=NAME, offset=0, data=CONTENT[:CHUNK_BYTES])
    with two.counter.province_line.open_papers() as papers:
        assert papers.list_kept([NAME]) == [0]
        with pytest.raises(EnvironmentFailure, match="unknown_paper"):
            papers.read_part(NAME, 0)
        assert papers.put_part(first) == CHUNK_BYTES
        assert papers.put_part(first) == CHUNK_BYTES  # once more, as after a lost answer
        assert papers.put_part(PaperPart(paper=NAME, offset=3, data=b"x")) == CHUNK_BYTES
        assert papers.put_part(PaperPart(paper=NAME, offset=NAME.size_bytes, data=b"x")) == CHUNK_BYTES
        unknown = msgspec.structs.replace(NAME, sha256=bytes(32))
        with pytest.raises(EnvironmentFailure, match="unknown_paper"):
            papers.put_part(PaperPart(paper=unknown, offset=0, data=b"x"))
        *good, last = range(CHUNK_BYTES, NAME.size_bytes, CHUNK_BYTES)
        for at in good:
            part = PaperPart(paper=NAME, offset=at, data=CONTENT[at : at + CHUNK_BYTES])
            assert papers.put_part(part) == at + CHUNK_BYTES
        with pytest.raises(EnvironmentFailure, match="paper_damaged"):
            papers.put_part(PaperPart(paper=NAME, offset=last, data=bytes(NAME.size_bytes - last)))
        assert papers.list_kept([NAME]) == [0]
    _assert_bounded(one)
    stranger = admit(province, unit=OTHER_UNIT)
    one.counter.preferences.set("sync.papers_hours", "always")
    assert one.counter.province_line.exchange().blobs_left == 0
    with stranger.line() as line:
        papers = HttpsPapers(line)
        assert papers.list_kept([NAME]) == [0]
        for call in (lambda: papers.read_part(NAME, 0), lambda: papers.put_part(first)):
            with pytest.raises(EnvironmentFailure, match="unknown_paper"):
                call()


def _assert_bounded(made: OpenCounter) -> None:
    """Longer chunks, more questions and bytes that are no request are refused."""
    with made.counter.province_line.open_papers() as papers:
        line: HttpsLine = papers._line  # type: ignore[attr-defined]
        long = {"paper": {"sha256": NAME.sha256, "size_bytes": NAME.size_bytes}, "offset": 0, "data": bytes(20_000)}
        many = [{"sha256": NAME.sha256, "size_bytes": 1}] * 201
        for path, said in (("/paper", long), ("/papers", many), ("/paper", [1]), ("/paper/part", {"offset": -1})):
            with pytest.raises(EnvironmentFailure, match="bad_request"):
                line.request("POST", path, msgspec.msgpack.encode(said))
