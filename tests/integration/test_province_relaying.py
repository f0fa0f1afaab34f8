"""A desk with a line passes on a bundle that it cannot read: cut lines, wrong files, and who may do it."""

import hashlib
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pyrage
import pytest

from counter_app.core.errors import AppError, UserError
from counter_app.core.ids import new_id
from counter_app.province import relaying
from counter_app.province.bundles import ProvinceBundles
from counter_app.province.relaying import RELAYED
from counter_app.province.service import Province
from counter_app.services.relaying import BundleRelayed, Relaying
from counter_app.sync.bundle_file import in_silence, never, write_bundle
from counter_app.sync.carried import Asking
from counter_app.sync.codec import Packed, Record, pack
from counter_app.sync.frames import Header, Kind
from counter_app.sync.https_relay import HttpsRelay
from counter_app.sync.papers import CHUNK_BYTES
from counter_app.sync.ports import PROVINCE
from counter_app.sync.relaying import AnswerPart, RelayAnswer, RelayPart
from counter_app.sync.roster import DeskKind
from tests.fakes.desks import START
from tests.fakes.province import (
    OTHER_UNIT,
    UNIT,
    RemoteDesk,
    admit,
    held,
    standing_still,
)

encode = msgspec.msgpack.Encoder().encode
ENTRIES = 400


def bundle(desk: RemoteDesk, path: Path, recipient: str) -> Path:
    """Write what a desk has done to a file for somebody."""
    header = Header(giver=desk.id, receiver=PROVINCE, made_at=START)
    pieces = [(Kind.HEADER, encode(header)), (Kind.ASKING, encode(Asking()))]
    pieces += [(Kind.BATCH, batch.data) for batch in desk.seal(desk.chain(ENTRIES))]
    write_bundle(path, pieces, sign=desk.signer.sign, recipient=recipient)
    return path


def relayed(carrier: RemoteDesk, path: Path, answer: Path | None = None) -> BundleRelayed:
    def progressed(_done: int, total: int) -> None:
        assert total > 0

    with carrier.line() as line:
        carrying = Relaying(lambda: nullcontext(HttpsRelay(line)), progressed=progressed, is_cancelled=never)
        return carrying.relay(path, answer=answer)


def files(province: Province, ending: str) -> list[Path]:
    return list(province.relay.folder.glob(f"*.{ending}"))


def test_post_counter_of_another_unit_carries_it_in_pieces_over_a_line_that_is_cut(
    province: Province, tmp_path: Path
) -> None:
    giver = admit(province, name="Quầy xa")
    carrier = admit(province, unit=OTHER_UNIT, kind=DeskKind.POST, name="Bưu cục")
    path = bundle(giver, tmp_path / "up", province.authority.recipient)
    assert path.stat().st_size > CHUNK_BYTES
    steps: list[int] = []

    def is_cut() -> bool:
        steps.append(0)
        return len(steps) == 3

    with carrier.line() as line, pytest.raises(UserError, match=r"bundle\.cancelled"):
        Relaying(lambda: nullcontext(HttpsRelay(line)), progressed=in_silence, is_cancelled=is_cut).relay(
            path, answer=None
        )
    (coming,) = files(province, "coming")
    assert coming.stat().st_size == CHUNK_BYTES
    assert coming.read_bytes() == path.read_bytes()[:CHUNK_BYTES]

    done = relayed(carrier, path)

    assert (done.giver, done.unit, done.entries, done.answer_bytes) == ("Quầy xa", UNIT.code, ENTRIES, 0)
    assert len(held(province, giver)) == ENTRIES
    assert files(province, "coming") == []
    # Nothing of it can be had by who did not bring it.
    other, answer = admit(province, unit=OTHER_UNIT, name="Quầy khác"), tmp_path / "answer"
    with other.line() as line, pytest.raises(AppError, match=r"bundle\.nothing_relayed"):
        HttpsRelay(line).read_answer(AnswerPart(answer=RelayAnswer(), offset=0))
    with pytest.raises(UserError, match=r"bundle\.relay_no_answer"):  # this one never gave a key to seal to
        relayed(carrier, path, answer)
    assert not answer.exists()


def test_an_answer_that_was_long_in_the_making_is_given_for_no_other_bundle(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    givers, carrier = [admit(province, name=name) for name in ("Quầy xa", "Quầy gần")], admit(province)
    keys = [pyrage.x25519.Identity.generate() for _giver in givers]
    with province.database.transaction() as connection:
        for giver, key in zip(givers, keys, strict=True):
            connection.execute("UPDATE desk SET recipient = %s WHERE id = %s", (str(key.to_public()), giver.id))
    paths = [bundle(giver, tmp_path / giver.id, province.authority.recipient) for giver in givers]
    relayed(carrier, paths[0])
    monkeypatch.setattr(relaying, "_PATIENCE_S", 0.1)
    with province.database.transaction() as connection, carrier.line() as line:
        connection.execute("LOCK TABLE feed IN ACCESS EXCLUSIVE MODE")
        digest = hashlib.sha256(paths[0].read_bytes()).digest()
        assert HttpsRelay(line).find_answer(digest).size_bytes == 0
    monkeypatch.undo()

    relayed(carrier, paths[1], tmp_path / "answer")

    sealed = (tmp_path / "answer").read_bytes()
    assert pyrage.decrypt(sealed[sealed.index(b"age-encryption") :], [keys[1]])
    assert len(files(province, "answer")) == 1


def test_a_small_bundle_that_unpacks_to_very_much_is_not_taken_over_a_line(province: Province, tmp_path: Path) -> None:
    giver, carrier = admit(province, name="Quầy xa"), admit(province, name="Quầy gần")
    body = b'"' + b"a" * 1_000_000 + b'"'
    records = tuple(Record(new_id(), (9 << 16) + place, "", "unit.saved", 1, "", body) for place in range(15))
    batch = b"QMCB\x01" + bytes(64) + pack(Packed(desk=giver.id, epoch=1, first_seq=1, records=records))
    pieces = [(Kind.HEADER, encode(Header(giver=giver.id, receiver=PROVINCE, made_at=START)))]
    pieces += [(Kind.ASKING, encode(Asking())), *[(Kind.BATCH, batch)] * 24]
    path = tmp_path / "up"
    write_bundle(path, pieces, sign=giver.signer.sign, recipient=province.authority.recipient)
    assert path.stat().st_size < 30_000

    with pytest.raises(UserError, match=r"bundle\.relay_too_large"):
        relayed(carrier, path)

    assert files(province, "coming") == []
    assert ProvinceBundles(province).take(path).refused == 24


def test_wrong_files_do_no_harm_and_only_admitted_desks_carry(province: Province, tmp_path: Path) -> None:
    giver, carrier = admit(province, name="Quầy xa"), admit(province, unit=OTHER_UNIT, name="Quầy 2")
    whole = bundle(giver, tmp_path / "up", province.authority.recipient).read_bytes()
    stranger = str(pyrage.x25519.Identity.generate().to_public())
    bad, middle = tmp_path / "bad", len(whole) // 2
    wrong = {
        "damaged": [b"", b"x" * 99, whole[:-9], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]],
        "relay_not_for_province": [bundle(giver, tmp_path / "other", stranger).read_bytes()],
    }
    for code, contents in wrong.items():
        for content in contents:
            bad.write_bytes(content)
            with pytest.raises(AppError, match=rf"bundle\.{code}"):
                relayed(carrier, bad)
            assert files(province, "coming") == []
    assert held(province, giver) == []

    province.revoke("Quầy xa")
    with pytest.raises(UserError, match=r"bundle\.relay_giver_refused"):
        relayed(carrier, tmp_path / "up")
    hall = admit(province, kind=DeskKind.HALL, name="Máy chủ")
    with pytest.raises(AppError, match=r"sync\.line_refused"):
        relayed(hall, tmp_path / "up")
    province.revoke("Quầy 2")
    with pytest.raises(AppError, match=r"sync\.line_revoked"):
        relayed(carrier, tmp_path / "up")


def test_one_desk_begins_only_so_many_within_an_hour(province: Province) -> None:
    carrier, still = admit(province), standing_still(province)
    asked = encode(RelayPart(sha256=bytes(32), size_bytes=9, data=b"no bundle"))
    said: set[str] = set()
    for _ in range(RELAYED.most):
        with pytest.raises(AppError) as refused:
            still.relay.take_part(still, carrier.id, asked)
        said.add(refused.value.code)
    assert said == {"bundle.damaged"}
    with pytest.raises(UserError, match=r"bundle\.too_often"):
        still.relay.take_part(still, carrier.id, asked)
