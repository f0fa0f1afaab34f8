"""What a memory stick carries to the province and back: all that a line would, in any order, as often as one likes."""

import dataclasses
import io
import random
import shutil
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.document import ContentCause
from counter_app.domain.dossier import Status
from counter_app.domain.ticks import PortalTick
from counter_app.domain.unit import Slice
from counter_app.province.authority import BUNDLE_KEY
from counter_app.province.bundles import ProvinceBundles
from counter_app.province.feeds import publish
from counter_app.province.running import administered
from counter_app.province.service import Province
from counter_app.province.showing import DossierAtProvince
from counter_app.services.answers.documents import NamedFile
from counter_app.services.bundles import BundleReport
from counter_app.services.enrolling import read_invitation
from counter_app.sync import frames
from counter_app.sync.batch import Batch
from counter_app.sync.bundle_file import write_bundle
from counter_app.sync.carried import Asking
from counter_app.sync.frames import Header
from counter_app.sync.portal_answers import Covered, PortalAnswer, sign_portal_answer
from counter_app.sync.ports import PROVINCE, FeedKind
from counter_app.sync.relaying import BundleAtProvince
from counter_app.sync.roster import read_roster
from tests.fakes.desks import START, DeskClock, digest_of
from tests.fakes.exchanging import hall_folder, picture_of
from tests.fakes.province import OTHER_UNIT, UNIT, RemoteDesk, admit, empty, held
from tests.fakes.province_desks import at, enrol, enrolment, is_sound, made_from, receive

encode = msgspec.msgpack.Encoder().encode
PAPER = b"%PDF-1.7 " + random.Random(5).randbytes(70_000)


pytestmark = pytest.mark.usefixtures("_stretched_once")


def lonely_desk(province: Province, root: Path) -> DataFolder:
    root.mkdir()
    enrolment(province, root / "enrolment", numbers=Slice(5_000, 5_999))
    return made_from(read_invitation(root / "enrolment"), root)


def up(desk: OpenCounter, path: Path) -> Path:
    desk.counter.bundles.export(path)
    return path


def brought(province: Province, path: Path) -> BundleAtProvince:
    return ProvinceBundles(province).take(path)


def answered(province: Province, desk: OpenCounter, path: Path) -> BundleReport:
    ProvinceBundles(province).export(desk.desk.desk.id, path)
    return desk.counter.bundles.take(path)


def page_file() -> bytes:
    """Return a small page with something on it."""
    page, data = Image.new("L", (620, 877), 255), io.BytesIO()
    page.paste(0, (80, 80, 540, 300))
    page.save(data, "PNG", dpi=(75, 75))
    return data.getvalue()


def scan(desk: OpenCounter, code: str) -> str:
    file = NamedFile(name="quét.png", data=page_file())
    (view,) = desk.counter.digitising.attach([file], code, component=1).documents
    desk.counter.digitising.renew(view, PAPER, ContentCause.RESCANNED)
    return view.document.id


def told_by_portal(province: Province, dossier: DossierAtProvince) -> None:
    """Put on the feed what the national portal said of a dossier."""
    covers = tuple(Covered(desk=one.desk, epoch=one.epoch, seq=one.seq) for one in dossier.entries)
    answer = PortalAnswer(dossier_id=dossier.id, at=START + timedelta(days=9), covers=covers)
    with province.database.transaction() as connection:
        signed = sign_portal_answer(answer, province.authority.signer.sign)
        publish(connection, UNIT.code, FeedKind.PORTAL, signed)


def test_a_week_of_a_desk_without_a_line_goes_up_and_the_answer_comes_back_by_stick(
    province: Province, tmp_path: Path
) -> None:
    clock = DeskClock()
    with at(lonely_desk(province, tmp_path / "lonely"), clock) as lonely, at(hall_folder(tmp_path / "2", 2)) as carrier:
        enrol(carrier, province, UNIT.code)
        bundles: list[Path] = []
        codes: list[str] = []
        document = ""
        for day in range(3):
            clock.move(timedelta(days=1))
            codes += [receive(lonely, 10 * day + number) for number in range(2)]
            lonely.counter.dossiers.act(codes[-1], Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
            if day == 1:
                document = scan(lonely, codes[0])
            bundles.append(up(lonely, tmp_path / f"day-{day}.bundle"))
        assert codes[-1].encode() not in bundles[-1].read_bytes()
        before = picture_of(carrier), digest_of(carrier.folder.vault)
        with pytest.raises(UserError, match=r"bundle\.not_for_us"):
            carrier.counter.bundles.take(bundles[-1])
        assert (picture_of(carrier), digest_of(carrier.folder.vault)) == before

        taken = [brought(province, bundles[number]) for number in (2, 0, 1, 2, 0)]

        assert [one.entries > 0 for one in taken] == [True] + [False] * 4
        assert [one.is_admitted for one in taken] == [True] + [False] * 4
        assert [one.papers for one in taken] == [2] + [0] * 4
        assert {(one.waiting, one.forks, one.refused, one.giver) for one in taken} == {(0, 0, 0, "Quầy xa")}
        assert province.show_dossier(codes[0]).status is Status.RECEIVED

        assert not lonely.counter.lookup.get_dossier(codes[0]).ticks.province
        told_by_portal(province, province.show_dossier(codes[0]))
        elsewhere = receive(carrier, 90)
        carrier.counter.province_line.exchange()
        said = answered(province, lonely, tmp_path / "answer")

        assert (said.acknowledged, said.forks, said.held) == (taken[0].entries, 0, 0)
        assert said.entries > 0
        ticks = lonely.counter.lookup.get_dossier(codes[0]).ticks
        assert (ticks.province, ticks.portal) == (True, PortalTick.TAKEN)
        assert lonely.counter.lookup.get_dossier(elsewhere).dossier.code == elsewhere
        assert carrier.counter.digitising.read_file(document) == PAPER
        assert picture_of(lonely) == picture_of(carrier)
        again = lonely.counter.bundles.take(tmp_path / "answer")
        assert (again.acknowledged, again.entries, again.papers) == (0, 0, 0)
        nothing = lonely.counter.bundles.export(tmp_path / "nothing")
        assert (nothing.entries, nothing.papers) == (0, 0)
        assert is_sound(lonely)
        # Admitted by stick, it could go by a line from today on.
        assert lonely.counter.province_line.exchange().pushed == 0


def test_answers_out_of_order_are_refused_until_the_earlier_is_there_and_harm_nothing(
    province: Province, tmp_path: Path
) -> None:
    with at(lonely_desk(province, tmp_path / "lonely")) as lonely, at(hall_folder(tmp_path / "2", 2)) as other:
        enrol(other, province, UNIT.code)
        folder, answers = ProvinceBundles(province), [tmp_path / "a1", tmp_path / "a2"]
        receive(lonely)
        brought(province, up(lonely, tmp_path / "u1"))
        kept = lonely.folder.root.parent
        old = DataFolder(tmp_path / "old" / "desk", state_root=tmp_path / "old" / "state")
        code = ""
        for number, path in enumerate(answers):
            code = receive(other, 20 + number)
            other.counter.province_line.exchange()
            folder.export(lonely.desk.desk.id, path)
            if number == 0:
                shutil.copytree(kept, old.root.parent)
                lonely.counter.bundles.take(path)
                brought(province, up(lonely, tmp_path / "u2"))
        with at(old) as behind:
            before = picture_of(behind)
            with pytest.raises(UserError, match=r"bundle\.earlier_first"):
                behind.counter.bundles.take(answers[1])
            assert picture_of(behind) == before
            for path in (answers[0], answers[1], answers[0]):
                behind.counter.bundles.take(path)
            assert behind.counter.lookup.get_dossier(code).dossier.code == code
            assert is_sound(behind)


def test_bundle_that_is_altered_anothers_or_of_a_revoked_desk_changes_nothing(
    province: Province, tmp_path: Path
) -> None:
    with at(lonely_desk(province, tmp_path / "lonely")) as lonely, at(hall_folder(tmp_path / "2", 2)) as other:
        enrol(other, province, UNIT.code)
        receive(lonely)
        whole, bad = up(lonely, tmp_path / "up").read_bytes(), tmp_path / "bad"
        dice = random.Random(2)
        for _ in range(12):
            place = dice.randrange(len(whole))
            bad.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :])
            with pytest.raises(AppError, match=r"bundle\.(damaged|not_for_us)"):
                brought(province, bad)
        assert [desk.name for desk in province.list_fleet()] == ["Quầy"]

        brought(province, tmp_path / "up")
        ProvinceBundles(province).export(lonely.desk.desk.id, tmp_path / "down")
        with pytest.raises(UserError, match=r"bundle\.not_for_us"):
            other.counter.bundles.take(tmp_path / "down")
        data = (tmp_path / "down").read_bytes()
        bad.write_bytes(data[:-9])
        with pytest.raises(AppError, match=r"bundle\.damaged"):
            lonely.counter.bundles.take(bad)

        receive(lonely, 1)
        up(lonely, tmp_path / "late")
        province.revoke("Quầy xa")
        for refused in (
            lambda: brought(province, tmp_path / "late"),
            lambda: ProvinceBundles(province).export("Quầy xa", tmp_path / "no"),
        ):
            with pytest.raises(UserError, match=r"province\.desk_revoked"):
                refused()
        assert not (tmp_path / "no").exists()


def test_a_desk_put_back_that_has_only_sticks_goes_on_under_a_new_epoch_with_one_answer(
    province: Province, tmp_path: Path
) -> None:
    folder = lonely_desk(province, tmp_path / "lonely")
    old = DataFolder(tmp_path / "old" / "desk", state_root=tmp_path / "old" / "state")
    with at(folder) as made:
        first = receive(made)
        brought(province, up(made, tmp_path / "u1"))
        answered(province, made, tmp_path / "a1")
    shutil.copytree(folder.root.parent, old.root.parent)
    with at(folder) as made:
        lost = [receive(made, number) for number in range(1, 4)]
        brought(province, up(made, tmp_path / "u2"))
    with at(old) as made:
        again = [receive(made, number) for number in range(10, 12)]
        taken = brought(province, up(made, tmp_path / "u3"))
        assert taken.forks > 0

        said = answered(province, made, tmp_path / "a3")

        assert (said.new_epoch, said.forks) == (2, 0)
        codes = {dossier.code for dossier, _state in picture_of(made)["dossiers"].values()}
        assert {first, *lost, *again} <= codes
        assert len(codes) == 6
        assert brought(province, up(made, tmp_path / "u4")).forks == 0
        assert answered(province, made, tmp_path / "a4").acknowledged > 0
        assert is_sound(made)
    (fleet,) = province.list_fleet()
    assert (fleet.forks, fleet.waiting) == (0, 0)


def test_what_a_desk_gave_away_before_its_disk_was_put_back_comes_up_by_the_receivers_bundle(
    province: Province, tmp_path: Path
) -> None:
    folder, other = hall_folder(tmp_path / "1", 1), hall_folder(tmp_path / "2", 2)
    old = DataFolder(tmp_path / "old" / "desk", state_root=tmp_path / "old" / "state")
    for one in (folder, other):
        with at(one) as made:
            enrol(made, province, UNIT.code)
    with at(folder) as made:
        made.counter.province_line.exchange()
    shutil.copytree(folder.root.parent, old.root.parent)
    with at(folder) as giver, at(other) as keeper:
        keeper.counter.province_line.exchange()
        giver.counter.province_line.exchange()
        code = receive(giver)
        giver.counter.bundles.export(tmp_path / "given", to=keeper.desk.desk.id)
        assert keeper.counter.bundles.take(tmp_path / "given").entries > 0
        taken = brought(province, up(keeper, tmp_path / "up"))
        assert taken.refused == 0
        assert province.show_dossier(code).desk == giver.desk.desk.id
    with at(old) as made:
        made.counter.province_line.exchange()
        assert made.counter.lookup.get_dossier(code).dossier.code == code
        assert is_sound(made)


def bundle_of(desk: RemoteDesk, province: Province, batches: Sequence[Batch], path: Path) -> Path:
    """Write a bundle that holds these batches, as a desk would that believes the others to be there."""
    header = Header(giver=desk.id, receiver=PROVINCE, made_at=START)
    pieces = [(frames.Kind.HEADER, encode(header)), (frames.Kind.ASKING, encode(Asking()))]
    pieces += [(frames.Kind.BATCH, batch.data) for batch in batches]
    write_bundle(path, pieces, sign=desk.signer.sign, recipient=province.authority.recipient)
    return path


@given(
    cuts=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    order=st.lists(st.integers(0, 2), max_size=5),
    end=st.permutations(range(3)),
)
@settings(max_examples=max(20, settings().max_examples // 5), suppress_health_check=list(HealthCheck), deadline=None)
def test_bundles_in_any_order_and_any_number_of_times_end_in_the_same_province(
    service: Province, cuts: tuple[int, int], order: list[int], end: list[int]
) -> None:
    empty(service)
    desk = admit(service)
    entries = desk.chain(12)
    batches, (low, high) = desk.seal(entries, 2), sorted(cuts)
    with tempfile.TemporaryDirectory() as root:
        parts = (batches[:low], batches[low:high], batches[high:])
        paths = [bundle_of(desk, service, part, Path(root) / str(number)) for number, part in enumerate(parts)]
        taken = [brought(service, paths[number]) for number in (*order, *end)]
    assert held(service, desk) == [entry.hash for entry in entries]
    assert sum(one.entries for one in taken) == len(entries)
    assert (taken[-1].waiting, sum(one.forks + one.refused for one in taken)) == (0, 0)


def test_bundle_before_the_one_it_follows_waits_and_counts_when_that_comes(service: Province, tmp_path: Path) -> None:
    empty(service)
    desk = admit(service)
    first, second = desk.seal(desk.chain(8), 4)
    later = bundle_of(desk, service, [second], tmp_path / "2")
    waits = brought(service, later)
    assert (waits.entries, waits.waiting) == (0, 1)
    came = brought(service, bundle_of(desk, service, [first], tmp_path / "1"))
    assert (came.entries, came.waiting) == (8, 0)
    assert brought(service, later).entries == 0


def test_bundle_says_nothing_in_the_name_of_somebody_else(service: Province, tmp_path: Path) -> None:
    empty(service)
    desk, stranger = admit(service), admit(service, unit=OTHER_UNIT)
    forged = dataclasses.replace(stranger, id=desk.id)
    with pytest.raises(UserError, match=r"bundle\.not_genuine"):
        brought(service, bundle_of(forged, service, stranger.seal(stranger.chain(3)), tmp_path / "forged"))
    unknown = dataclasses.replace(stranger, id="0" * 32)
    with pytest.raises(UserError, match=r"province\.not_admitted"):
        brought(service, bundle_of(unknown, service, [], tmp_path / "unknown"))
    # What a desk of another unit wrote is not this desk's to carry.
    taken = brought(service, bundle_of(desk, service, stranger.seal(stranger.chain(3)), tmp_path / "other"))
    assert (taken.entries, taken.refused) == (0, 1)
    assert held(service, stranger) == []


def test_province_that_had_no_key_for_bundles_makes_one_and_tells_its_desks(service: Province) -> None:
    empty(service)
    desk, file = admit(service), service.authority.folder / BUNDLE_KEY
    kept = file.read_bytes()
    file.unlink()
    try:
        with administered(file.parent) as again, desk.line() as line:
            rosters = [item for item in line.pull(0) if item.kind == FeedKind.ROSTER]
            told = read_roster(rosters[-1].data, again.authority.signer.public_key)
            assert told.recipient == again.authority.recipient != service.authority.recipient
            assert [one.desk_id for one in told.desks] == [desk.id]
    finally:
        file.write_bytes(kept)
