"""A memory stick carries what the line would have: whole, sealed, in any order, as often as anybody likes."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.document import ContentCause
from counter_app.domain.dossier import Outcome
from counter_app.services.answers.documents import NamedFile
from counter_app.sync import frames
from counter_app.sync.frames import Reading, Writing
from tests.fakes.desks import a_form, digest_of
from tests.fakes.exchanging import carry, hall, introduce, meet, picture_of
from tests.fakes.province_desks import at
from tests.fakes.scanned_corpus import Kind, as_file, make_page

PAPER = b"%PDF-1.7 " + random.Random(5).randbytes(700_000)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[OpenCounter]]:
    with hall(tmp_path_factory.mktemp("bundles"), 3) as made:
        yield made


def receive(made: OpenCounter, number: int) -> str:
    return made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def test_a_week_of_work_goes_by_stick_through_a_desk_that_cannot_read_it(
    desks: list[OpenCounter], tmp_path: Path
) -> None:
    lonely, carrier, hall_desk = desks
    introduce(*desks)
    bundles: list[Path] = []
    codes: list[str] = []
    for day in range(5):
        codes += [receive(lonely, 10 * day + number) for number in range(4)]
        lonely.counter.dossiers.act(codes[-1], Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        if day == 1:
            scan = NamedFile(name="quét.png", data=as_file(make_page(Kind.SPARSE, 6)))
            (view,) = lonely.counter.digitising.attach([scan], codes[0], component=1).documents
            lonely.counter.digitising.renew(view, PAPER, ContentCause.RESCANNED)
        bundles.append(tmp_path / f"day-{day}.bundle")
        made = lonely.counter.bundles.export(bundles[-1], to="Quầy 3")
        assert (made.papers, made.papers_missing) == (0 if day == 0 else 2, 0)
    assert codes[-1].encode() not in bundles[-1].read_bytes()

    before = picture_of(carrier), digest_of(carrier.folder.vault)
    for path in bundles:
        with pytest.raises(UserError, match=r"bundle\.not_for_us"):
            carrier.counter.bundles.take(path)
    assert (picture_of(carrier), digest_of(carrier.folder.vault)) == before

    order = [bundles[3], bundles[0], bundles[4], bundles[1], bundles[4], bundles[2], *bundles]
    taken = [hall_desk.counter.bundles.take(path) for path in order]

    assert [one.entries > 0 for one in taken] == [True, False, True] + [False] * 8
    assert sum(one.papers for one in taken) == 2
    assert {(one.giver, one.waiting, one.forks, one.held) for one in taken} == {("Quầy 1", 0, 0, 0)}
    (document,) = hall_desk.counter.digitising.list_of_dossier(codes[0])
    assert hall_desk.counter.digitising.read_file(document.document.id) == PAPER

    back = tmp_path / "back.bundle"
    receive(hall_desk, 90)
    assert hall_desk.counter.bundles.export(back, to=lonely.desk.desk.id).entries > 0
    assert lonely.counter.bundles.take(back).entries > 0
    assert lonely.counter.bundles.export(tmp_path / "nothing.bundle", to="Quầy 3").entries == 0
    assert picture_of(lonely) == picture_of(hall_desk)
    for desk in (lonely, hall_desk):
        assert desk.counter.verification.verify().findings == ()


@pytest.mark.parametrize("is_heard_of_first", [True, False], ids=["heard of first", "stick taken last"])
def test_what_a_set_back_desk_had_given_away_by_stick_comes_back_from_the_receiver(
    tmp_path: Path, *, is_heard_of_first: bool
) -> None:
    stick, back = tmp_path / "away.bundle", tmp_path / "back.bundle"
    with hall(tmp_path / "hall", 2) as (giver, receiver):
        meet(giver, receiver)
        shutil.copytree(giver.folder.root, tmp_path / "backup")
        codes = [receive(giver, number) for number in range(3)]
        giver.counter.bundles.export(stick, to="Quầy 2")
        if is_heard_of_first:
            receiver.counter.bundles.take(stick)
        folder = giver.folder
        giver.close()
        shutil.rmtree(folder.root)
        shutil.move(tmp_path / "backup", folder.root)
        with at(folder) as again:
            codes += [receive(again, number) for number in range(2)]
            carry(again, receiver)
            receiver.counter.bundles.take(stick)

            assert receiver.counter.bundles.export(back, to="Quầy 1").entries >= 3
            assert again.counter.bundles.take(back).entries == 3
            assert again.counter.bundles.export(tmp_path / "news.bundle", to="Quầy 2").entries == 0
            assert picture_of(again) == picture_of(receiver)
            assert len({again.counter.lookup.get_dossier(code).dossier.id for code in codes}) == 5


def test_bundle_that_was_tampered_with_cut_or_made_by_somebody_else_changes_nothing(
    desks: list[OpenCounter], tmp_path: Path
) -> None:
    lonely, _carrier, target = desks
    receive(lonely, 200)
    path = tmp_path / "a.bundle"
    lonely.counter.bundles.export(path, to="Quầy 3")
    whole, bad = path.read_bytes(), tmp_path / "bad.bundle"
    before = picture_of(target), digest_of(target.folder.vault)
    dice = random.Random(1)
    for _ in range(25):
        at = dice.randrange(len(whole))
        cut = dice.random() < 0.5
        bad.write_bytes(
            whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 1 << dice.randrange(8)]) + whole[at + 1 :]
        )
        with pytest.raises(AppError, match=r"bundle\.(damaged|not_for_us)"):
            target.counter.bundles.take(bad)
    for data in (b"", b"QMCU\x01\n", b"not a bundle"):
        bad.write_bytes(data)
        with pytest.raises(EnvironmentFailure, match=r"bundle\.damaged"):
            target.counter.bundles.take(bad)
    with pytest.raises(UserError, match=r"cli\.no_such_file"):
        target.counter.bundles.take(tmp_path / "none")
    assert (picture_of(target), digest_of(target.folder.vault)) == before

    with pytest.raises(UserError, match=r"cli\.file_exists"):
        lonely.counter.bundles.export(path, to="Quầy 3")
    for name, code in (("Quầy 9", "unknown_receiver"), ("Quầy 1", "unknown_receiver"), ("", "no_recipient")):
        with pytest.raises(UserError, match=rf"bundle\.{code}"):
            lonely.counter.bundles.export(tmp_path / "b.bundle", to=name)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.bundle", "bad.bundle"]


def test_paper_that_came_without_its_file_is_asked_for_and_comes_with_the_next_bundle(
    desks: list[OpenCounter], tmp_path: Path
) -> None:
    giver, _carrier, taker = desks
    code = receive(giver, 300)
    scan = NamedFile(name="quét.png", data=as_file(make_page(Kind.SPARSE, 7)))
    (view,) = giver.counter.digitising.attach([scan], code, component=1).documents
    hidden = giver.desk.vault.name_of(view.document.content.sha256)
    file = giver.folder.vault / hidden[:2] / hidden
    shutil.move(file, tmp_path / "aside")
    assert giver.counter.bundles.export(tmp_path / "1", to="Quầy 3").papers_missing == 1
    taker.counter.bundles.take(tmp_path / "1")
    assert taker.counter.verification.verify().findings == ()
    shutil.move(tmp_path / "aside", file)
    taker.counter.bundles.export(tmp_path / "2", to="Quầy 1")
    giver.counter.bundles.take(tmp_path / "2")

    again = giver.counter.bundles.export(tmp_path / "3", to="Quầy 3")

    assert (again.entries, again.papers) == (0, 1)
    assert taker.counter.bundles.take(tmp_path / "3").papers == 1
    assert taker.counter.digitising.read_file(view.document.id)


@given(st.lists(st.binary(max_size=40), max_size=6).map(b"".join))
@settings(suppress_health_check=list(HealthCheck))
def test_any_bytes_inside_are_whole_pieces_or_refused(data: bytes) -> None:
    seen: list[bytes] = []
    writing = Writing(lambda _kind, content: seen.append(content), lambda _signed, content: seen.append(content))
    try:
        for at in range(0, len(data), 7):
            writing.write(data[at : at + 7])
    except EnvironmentFailure:
        return
    assert sum(map(len, seen)) <= len(data)


def test_pieces_come_out_as_they_went_in() -> None:
    pieces = [(frames.Kind.HEADER, b"a"), (frames.Kind.CHUNK, bytes(300_000)), (frames.Kind.BATCH, b"")]
    seen: list[tuple[frames.Kind, bytes]] = []
    ends: list[tuple[bytes, bytes]] = []
    writing = Writing(lambda kind, content: seen.append((kind, content)), lambda *end: ends.append(end))
    reading = Reading(pieces, lambda message: message[::-1])
    while data := reading.read(1_000):
        assert not writing.is_whole
        writing.write(data)

    assert seen == pieces
    assert writing.is_whole
    assert ends[0][1] == ends[0][0][::-1]
