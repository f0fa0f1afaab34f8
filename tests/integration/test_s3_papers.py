"""Papers of a province in a bucket: the server is killed, frozen, refuses; records go on, no paper is ever wrong."""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.domain.document import DocumentContent
from counter_app.domain.dossier import Outcome, Status
from counter_app.journal.entries import DocumentAttached
from counter_app.province import s3_calls
from counter_app.province.authority import open_authority
from counter_app.province.backups import back_up, drill, restore
from counter_app.province.metrics import Traffic
from counter_app.province.officers import add_officer
from counter_app.province.running import administered
from counter_app.province.s3_calls import S3Server, sign
from counter_app.province.s3_papers import S3Papers
from counter_app.province.s3_place import S3Keys, S3Place, read_keys, read_place
from counter_app.province.service import Province
from counter_app.province.web.asking import Asked
from counter_app.province.web.site import Site
from counter_app.services.document_places import document_of
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form
from tests.fakes.exchanging import hall_folder
from tests.fakes.province import UNIT, an_empty_database, province_folder, serving
from tests.fakes.province_desks import at, enrol
from tests.fakes.s3_server import KEYS, S3Process, keys_file, s3_served
from tests.fakes.tls_front import tls_front

T = TypeVar("T")
CONTENT = b"%PDF-1.7 " + random.Random(7).randbytes(60_000)
_PAPER = hashlib.sha256(CONTENT).digest()
_DATA = [bytes([number]) * 9_000 for number in range(3)]
_SHA256 = hashlib.sha256(b"".join(_DATA)).digest()


def test_a_signature_is_that_of_the_published_example() -> None:
    """The example "GET Bucket (List Objects)" of AWS's own description of Signature Version 4."""
    host = "examplebucket.s3.amazonaws.com"
    place = S3Place(bucket="", prefix="", host=host, port=443, is_tls=True, region="us-east-1")
    keys = S3Keys(access_key="AKIAIOSFODNN7EXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    now = datetime(2013, 5, 24, tzinfo=UTC)
    query = {"max-keys": "2", "prefix": "J"}
    headers = sign(place, keys, "GET", "/", query, hashlib.sha256(b"").hexdigest(), now=now)
    assert headers["Authorization"].endswith(
        "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    )


@pytest.mark.parametrize(
    "address",
    [
        "s3://papers",
        "s3://papers?endpoint=http://store.example.vn",
        "s3://papers?endpoint=https://user:word@store.example.vn",
        "s3://key:secret@papers?endpoint=https://store.example.vn",
        "s3://papers?endpoint=https://store.example.vn&secret=x",
        "https://papers?endpoint=https://store.example.vn",
        "s3://?endpoint=https://store.example.vn",
    ],
)
def test_an_address_names_a_bucket_over_tls_and_no_secret(address: str) -> None:
    with pytest.raises(UserError, match="bad_papers_address"):
        read_place(address)


def test_keys_come_from_a_file_of_their_owner_alone_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keys_file(tmp_path / "papers.json")
    path.chmod(0o644)
    with pytest.raises(UserError, match="open_papers_keys"):
        read_keys(path)
    path.chmod(0o600)
    assert read_keys(path) == KEYS
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(KEYS, authority="no certificate")))
    with pytest.raises(UserError, match="bad_papers_authority"):
        read_keys(path)
    path.write_bytes(b'{"access_key": "only one"}')
    with pytest.raises(UserError, match="no_papers_keys"):
        read_keys(path)
    monkeypatch.setenv("COUNTER_APP_S3_ACCESS_KEY", KEYS.access_key)
    with pytest.raises(UserError, match="no_papers_keys"):
        read_keys(None)
    monkeypatch.setenv("COUNTER_APP_S3_SECRET_KEY", KEYS.secret_key)
    assert read_keys(None) == KEYS
    assert KEYS.secret_key not in repr(KEYS)


def test_a_server_killed_or_frozen_leaves_no_wrong_paper_and_holds_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_calls, "_REST_S", 0.3)
    with s3_served() as server:
        one, two = server.papers(), server.papers()  # two services
        one.append("p", _DATA[0])
        two.append("p", _DATA[1])
        server.kill()
        _is_refused(one, "papers_away")
        server.start()
        _wait_for(one)
        assert one.append("p", _DATA[2]) == 27_000
        _kill_while_joining(server)
        _wait_for(two)
        assert not two.holds(_SHA256)
        assert two.finish("p", _SHA256)
        assert b"".join(one.iter_content(_SHA256)) == b"".join(_DATA)
        bucket = S3Server(server.place, KEYS)
        assert [one.size_bytes for one in bucket.iter_listed("")] == [27_000]

        one.append("q", _DATA[0])
        one.append("q", _DATA[1])
        *_newer, oldest = bucket.iter_listed("parts/q/")
        bucket.delete(oldest.key)  # as a rule of the bucket about old parts does
        assert not one.finish("q", hashlib.sha256(_DATA[1]).digest())
        assert list(bucket.iter_listed("parts/")) == []
        bucket.put("parts/folder/", b"")
        assert bucket.list_first("parts/folder/") is None
        assert [one.append("folder", data) for data in _DATA] == [9_000, 18_000, 27_000]
        assert one.finish("folder", _SHA256)
        assert list(bucket.iter_listed("parts/")) == []
        bucket.close()
        large = random.Random(8).randbytes(4_300_000)  # more than an answer may have, in one piece
        assert _in_time(lambda: one.size_of_part("large") or one.append("large", large)) == len(large)
        digest = hashlib.sha256(large).digest()
        assert _in_time(lambda: one.finish("large", digest))
        assert _in_time(lambda: b"".join(one.iter_content(digest))) == large

        _refusals_say_why(server)
        monkeypatch.setattr(s3_calls, "_ANSWER_S", 0.5)
        one = server.papers()
        with server.frozen(), ThreadPoolExecutor(12) as pool:
            began = time.monotonic()
            assert len(list(pool.map(lambda _number: _is_refused(one, "papers_away"), range(12)))) == 12
            assert time.monotonic() - began < 3


def test_only_a_server_of_the_named_authority_gets_anything_and_its_clock_counts(tmp_path: Path) -> None:
    ours, another = (tmp_path / name for name in ("ours", "another"))
    for folder in (ours, another):
        folder.mkdir()
    keys = msgspec.structs.replace(KEYS, authority=open_authority(ours).pem.decode())
    context = open_authority(ours).web_context("127.0.0.1")
    hour_ago = DeskClock(datetime.now(UTC) - timedelta(hours=1))
    with s3_served() as server, tls_front(server.port, context) as port:
        place = msgspec.structs.replace(server.place, port=port, is_tls=True)
        papers = server.papers(place, keys, clock=hour_ago)
        assert not papers.holds(_PAPER)  # nothing says why a question of this kind is refused, but the time
        papers.append("p", CONTENT)
        assert papers.finish("p", _PAPER)
        assert papers.read(_PAPER, 0, 8) == CONTENT[:8]
        for authority in (open_authority(another).pem.decode(), ""):
            _is_refused(server.papers(place, msgspec.structs.replace(KEYS, authority=authority)), "papers_untrusted")
        with tls_front(server.port, context, edit=lambda data: data.replace(b"\r\nDate:", b"\r\nX-Date:")) as mute:
            silent = msgspec.structs.replace(place, port=mute)
            _is_refused(server.papers(silent, keys, clock=hour_ago), "papers_clock")


def _kill_while_joining(server: S3Process) -> None:
    """Kill it when all but the last piece have gone up: what it made of them is no paper."""

    def pieces() -> Iterator[bytes]:
        yield from _DATA[:2]
        server.kill()
        yield _DATA[2]

    name = _SHA256.hex()
    with pytest.raises(EnvironmentFailure, match="papers_away"):
        S3Server(server.place, KEYS).put_pieces(f"papers/{name[:2]}/{name}", pieces(), size_bytes=27_000, sha256=name)
    server.start()


def _refusals_say_why(server: S3Process) -> None:
    place = server.place
    for other, keys, code in (
        (place, msgspec.structs.replace(KEYS, secret_key="wrong"), "SignatureDoesNotMatch"),
        (place, msgspec.structs.replace(KEYS, access_key="nobody"), "InvalidAccessKeyId"),
        (msgspec.structs.replace(place, bucket="missing"), KEYS, "no_bucket"),
    ):
        found = _is_refused(server.papers(other, keys), code)
        assert "wrong" not in f"{found}"
        assert isinstance(found, EnvironmentFailure)
        assert found.retryable


def _is_refused(papers: S3Papers, code: str) -> AppError:
    with pytest.raises(EnvironmentFailure, match=code) as caught:
        papers.check()
    return caught.value


def _wait_for(papers: S3Papers) -> None:
    _in_time(papers.check)


def _in_time(ask: Callable[[], T]) -> T:
    """Ask again while the server is away, as every caller does: a gateway with much to do breaks off answers."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return ask()
        except EnvironmentFailure:
            assert time.monotonic() < deadline
            threading.Event().wait(0.05)


def _receive_with_a_paper(desk: OpenCounter) -> str:
    """Receive a dossier with a digitised paper, without the pages that one is made of."""
    counter = desk.counter
    dossier = counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier
    blob = desk.desk.vault.put([CONTENT])
    content = DocumentContent(sha256=blob.sha256, size_bytes=blob.size_bytes, pages=1)
    counter.digitising.append([(DocumentAttached(document=document_of(dossier, 1, content)), dossier.id)])
    return dossier.code


def _up_by_metrics(province: Province, token: str) -> bool:
    """Whether papers are there, as whoever watches the service reads it."""
    answered = Site(province, Traffic()).answer(Asked(method="GET", path="/metrics", bearer=token))
    (line,) = [line for line in answered.body.decode().splitlines() if line.startswith("counter_papers_up ")]
    return line == "counter_papers_up 1"


def test_records_go_on_without_the_bucket_and_a_backup_holds_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_calls, "_REST_S", 0.1)
    keys = keys_file(tmp_path / "papers.json")
    with province_folder() as root, s3_served() as server, at(hall_folder(tmp_path, 1)) as desk:
        first, path = root / "first", tmp_path / "province.backup"
        with serving(first, papers=server.address, papers_keys=keys) as province:
            enrol(desk, province, UNIT.code)
            with province.database.transaction() as connection:
                token = add_officer(connection, "Lý Thị Mạng", now=province.clock.now())
            server.kill()
            code = _receive_with_a_paper(desk)
            answer = desk.counter.province_line.exchange()
            assert (answer.blobs_left, answer.oldest_unsent_s) == (1, None)
            assert not _up_by_metrics(province, token)
            server.start()
            _wait_for(server.papers())
            threading.Event().wait(0.1)
            assert desk.counter.province_line.exchange().blobs_left == 0
            assert _up_by_metrics(province, token)
            now = province.clock.now()
            assert b"".join(province.papers.iter_content(_PAPER)) == CONTENT
            assert not (first / "papers").exists()
            with administered(first) as found:  # finds the bucket and its keys again
                assert found.papers.holds(_PAPER)
            assert KEYS.secret_key.encode() not in (first / "served.json").read_bytes()
            back_up(province.database, first, path, passphrase=PASSPHRASE, now=now, papers=province.papers)
            drilled = drill(province.database, first, passphrase=PASSPHRASE, now=now, papers=province.papers)
            assert drilled.files >= 1
            again = msgspec.structs.replace(server.place, prefix=f"{server.prefix}-again/")
            papers = server.papers(again)
            restored = restore(
                path, root / "again", passphrase=PASSPHRASE, database=an_empty_database(province), papers=papers
            )
            assert restored.files >= 1
            assert b"".join(server.papers(again).iter_content(_PAPER)) == CONTENT
            database = an_empty_database(province)
            restore(path, root / "folder", passphrase=PASSPHRASE, database=database)
            with serving(root / "folder", database=database) as other:
                assert b"".join(other.papers.iter_content(_PAPER)) == CONTENT
                assert other.show_dossier(code).status is Status.RECEIVED
