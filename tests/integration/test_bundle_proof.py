"""Who is nobody costs nothing, and what was proved of a bundle is what is taken, whatever the stick answers later."""

import random
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyrage
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.domain.dossier import Outcome
from counter_app.journal.chain import Signer
from counter_app.sync.bundle_file import paper_pieces, write_bundle
from counter_app.sync.bundle_proof import ProvedBundle, prove_bundle
from counter_app.sync.carried import Answer
from counter_app.sync.codec import MOST_PLAIN_BYTES, Packed, Record, pack
from counter_app.sync.frames import Header, Kind, Paper, Piece, Statement
from counter_app.sync.ports import PROVINCE, Acknowledgement, FeedItem, FeedKind
from tests.fakes.desks import START, a_form, digest_of
from tests.fakes.exchanging import PROVINCE_SIGNER, exchange_of, hall, picture_of

MB = 1024 * 1024
SIGNER = Signer(bytes(range(32)))
SECRET = pyrage.x25519.Identity.generate()
encode = msgspec.msgpack.Encoder().encode


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[OpenCounter]]:
    with hall(tmp_path_factory.mktemp("proof"), 2) as made:
        yield made


def receive(made: OpenCounter, number: int) -> str:
    return made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def header(giver: str, receiver: str) -> Piece:
    return Kind.HEADER, encode(Header(giver=giver, receiver=receiver, made_at=START))


def forged(made: OpenCounter, giver: str, pieces: list[Piece], path: Path) -> Path:
    """Seal pieces to a desk that nobody signed."""
    path.unlink(missing_ok=True)
    every = [header(giver, made.desk.desk.id), *pieces]
    write_bundle(path, every, sign=lambda _message: bytes(64), recipient=exchange_of(made).own_recipient())
    return path


def swelling_batch() -> Piece:
    """Return a batch of some hundred bytes that opens to megabytes."""
    record = Record(new_id(), 1 << 40, "c", "k", 1, "s", b"a" * (MOST_PLAIN_BYTES - 1_000))
    return Kind.BATCH, b"QMCB\x01" + bytes(64) + pack(Packed(new_id(), 1, 1, (record,)))


def test_file_that_nobody_signed_is_only_hashed(desks: list[OpenCounter], tmp_path: Path) -> None:
    victim, other = desks
    paper: Piece = Kind.PAPER, encode(Paper(sha256="0" * 64, size_bytes=MB))
    wrong = [
        [paper, *[(Kind.CHUNK, b"a")] * 30_000],
        [paper, *[(Kind.CHUNK, bytes(30))] * 30_000],
        [(Kind.CHUNK, b"")] * 1_000_000,
        [swelling_batch()] * 150,
    ]
    for pieces in wrong:
        path = forged(victim, other.desk.desk.id, pieces, tmp_path / "forged")
        began = time.process_time()
        with pytest.raises(AppError, match=r"bundle\.(not_genuine|damaged)"):
            victim.counter.bundles.take(path)
        assert time.process_time() - began < 1


@pytest.mark.parametrize("is_signed", [True, False], ids=["by the province", "by nobody"])
def test_feed_of_any_length_takes_little_memory(desks: list[OpenCounter], tmp_path: Path, *, is_signed: bool) -> None:
    victim, path = desks[0], tmp_path / "feed"
    answer = Answer(after=0, asked_position=0, asked_mark=b"", chains=())

    def pieces() -> Iterator[Piece]:
        yield header(PROVINCE, victim.desk.desk.id)
        yield Kind.ANSWER, encode(answer)
        for position in range(1, 60):
            yield Kind.FEED, encode(FeedItem(position=position, kind=FeedKind.ACKNOWLEDGEMENT, data=bytes(MB)))

    sign = PROVINCE_SIGNER.sign if is_signed else lambda _message: bytes(64)
    write_bundle(path, pieces(), sign=sign, recipient=exchange_of(victim).own_recipient())
    tracemalloc.start()
    try:
        if is_signed:
            assert victim.counter.bundles.take(path).is_of_province
        else:
            with pytest.raises(UserError, match=r"bundle\.not_genuine"):
                victim.counter.bundles.take(path)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20 * MB


def test_file_that_was_changed_after_it_was_checked_is_not_taken(desks: list[OpenCounter], tmp_path: Path) -> None:
    victim, giver = desks
    own, path = victim.desk.desk.id, tmp_path / "a.bundle"
    receive(victim, 1)
    receive(giver, 2)
    giver.counter.bundles.export(path, to="Quầy 1")
    whole, before = path.read_bytes(), (picture_of(victim), digest_of(victim.folder.vault))
    has_everything = Acknowledgement(desk=own, epoch=1, seq=2**31 - 1, hash=bytes(32))
    statement: Piece = Kind.STATEMENT, encode(Statement(chains=(has_everything,)))

    def unsent() -> int:
        return sum(batch.last_seq - batch.first_seq + 1 for batch in exchange_of(victim).iter_batches(PROVINCE))

    waits = unsent()
    changes: list[Callable[[], object]] = [
        lambda: forged(victim, PROVINCE, [statement], path),
        lambda: forged(victim, giver.desk.desk.id, [statement], path),
        lambda: path.write_bytes(whole[:-40]),
        path.unlink,
    ]
    for change in changes:
        path.write_bytes(whole)

        def progressed(_done: int, total: int, change: Callable[[], object] = change) -> None:
            if not total:  # everything is checked
                change()

        with pytest.raises(EnvironmentFailure, match=r"bundle\.changed"):
            victim.counter.bundles.take(path, progressed=progressed)
        assert unsent() == waits
    assert (picture_of(victim), digest_of(victim.folder.vault)) == before
    path.write_bytes(whole)
    assert victim.counter.bundles.take(path).entries > 0


def test_pieces_are_those_that_were_proved_as_far_as_they_come(tmp_path: Path) -> None:
    dice, path = random.Random(3), tmp_path / "a"
    papers = [dice.randbytes(dice.randrange(1, MB)) for _ in range(6)]
    pieces = [header("giver", "receiver")]
    for data in papers:
        pieces += paper_pieces("0" * 64, len(data), [data])
    proved = prove(pieces, path)
    assert list(proved.iter_pieces()) == pieces
    assert list(proved.iter_pieces()) == pieces

    others = [
        pieces[:-1],
        [*pieces, pieces[-1]],
        pieces[:1],
        [header("somebody", "receiver"), *pieces[1:]],
        [*pieces[:-1], (Kind.CHUNK, pieces[-1][1][:-1])],
        [*pieces[:9], pieces[10], pieces[9], *pieces[11:]],
    ]
    for other in others:
        prove(other, path)
        came: list[Piece] = []
        with pytest.raises(EnvironmentFailure, match=r"bundle\.changed"):
            came.extend(proved.iter_pieces())
        assert came == pieces[: len(came)]
        assert len(came) < len(pieces)
    path.write_bytes(b"no bundle")
    with pytest.raises(EnvironmentFailure, match=r"bundle\.changed"):
        list(proved.iter_pieces())


def test_reading_that_is_left_early_lets_the_file_go(tmp_path: Path) -> None:
    data = bytes(4 * MB)
    proved = prove([header("giver", "receiver"), *paper_pieces("0" * 64, len(data), [data])], tmp_path / "a")
    reading = proved.iter_pieces()
    next(reading)
    reading.close()
    assert not [one for one in threading.enumerate() if one.name == "bundle"]


def prove(pieces: list[Piece], path: Path) -> ProvedBundle:
    path.unlink(missing_ok=True)
    write_bundle(path, pieces, sign=SIGNER.sign, recipient=str(SECRET.to_public()))
    return prove_bundle(path, str(SECRET), lambda _opening: SIGNER.public_key)
