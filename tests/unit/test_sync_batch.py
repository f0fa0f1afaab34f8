"""What travels comes back exactly, small; whatever else comes is refused, without much work."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.domain.unit import Slice, Unit
from counter_app.journal.chain import GENESIS, Signer
from counter_app.journal.entries import Entry
from counter_app.journal.journal import make_entry
from counter_app.sync import codec
from counter_app.sync.batch import open_batch, seal
from counter_app.sync.codec import MOST_PLAIN_BYTES, Packed, Record, pack, unpack
from counter_app.sync.roster import (
    DeskKind,
    Enrolment,
    EnrolmentClaim,
    Roster,
    RosterDesk,
    read_claim,
    read_enrolment,
    read_roster,
    sign_claim,
    sign_enrolment,
    sign_roster,
)

DESK = Signer(bytes(range(32)))
OTHER = Signer(bytes(range(1, 33)))
WORDS = st.text(st.characters(min_codepoint=0x20, codec="utf-8"), max_size=20)
UUIDS = st.uuids().map(str)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
BODIES = st.lists(st.one_of(WORDS, UUIDS, DIGESTS), max_size=8).map(lambda parts: "".join(parts).encode())
RECORDS = st.builds(
    Record,
    id=UUIDS,
    at=st.integers(0, 2**62),
    clerk=st.one_of(UUIDS, WORDS),
    kind=WORDS,
    version=st.integers(0, 999),
    subject=st.one_of(UUIDS, WORDS),
    body=BODIES,
)
RUNS = st.builds(
    Packed,
    desk=st.one_of(UUIDS, WORDS),
    epoch=st.integers(1, 99),
    first_seq=st.integers(1, 2**31 - 100),
    records=st.lists(RECORDS, min_size=1, max_size=12).map(tuple),
)


def chain(count: int, prev_hash: bytes = GENESIS) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for seq in range(1, count + 1):
        header = (f"01a2237b-fdb0-72d9-9493-{seq:012d}", "desk-1", 1, seq, seq << 16, "mai", "a.kind", 1, "about")
        entries.append(make_entry(header, body=b"{}", prev_hash=prev_hash))
        prev_hash = entries[-1].hash
    return tuple(entries)


@given(RUNS)
def test_what_was_packed_comes_back_exactly(run: Packed) -> None:
    assert unpack(pack(run)) == run


@given(RUNS, st.data())
def test_altered_bytes_are_refused_or_say_something_else_but_never_break_the_reader(
    run: Packed, data: st.DataObject
) -> None:
    packed = bytearray(pack(run))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with suppress(EnvironmentFailure):
        pack(unpack(bytes(packed)))  # and whatever is taken can be passed on


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_no_batch(data: bytes) -> None:
    with pytest.raises(EnvironmentFailure, match=r"sync\.bad_batch"):
        open_batch(data)
    for head in (b"QMCB\x01" + bytes(64), b"QMCB\x01" + bytes(64) + pack(Packed("d", 1, 1, (RECORD,)))[:12]):
        with pytest.raises(EnvironmentFailure):
            open_batch(head + data)


RECORD = Record("01a2237b-fdb0-72d9-9493-385729cc5771", 1 << 16, "mai", "a.kind", 1, "about", b"{}")


def test_frame_that_would_grow_beyond_the_limit_is_refused_before_it_grows() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(MOST_PLAIN_BYTES + 1))
    assert len(bomb) < 3_000

    with pytest.raises(EnvironmentFailure, match=r"sync\.bad_batch"):
        unpack(bomb)


def test_marks_that_would_grow_beyond_the_limit_are_refused() -> None:
    digest = "ab" * 32
    body = digest.encode() + f"-{digest}".encode() * 300_000

    with pytest.raises(EnvironmentFailure, match=r"sync\.bad_batch"):
        unpack(pack(Packed("d", 1, 1, (RECORD._replace(body=body),))))


@pytest.mark.parametrize(("epoch", "first_seq"), [(2**31, 1), (2**62, 1), (1, 2**31), (1, 2**31 - 1), (1, 2**63)])
def test_places_that_no_store_can_hold_are_refused(epoch: int, first_seq: int) -> None:
    with pytest.raises(EnvironmentFailure, match=r"sync\.bad_batch"):
        unpack(pack(Packed("d", epoch, first_seq, (RECORD,))))


@pytest.mark.parametrize("name", ["clerk", "kind", "subject"])
def test_texts_that_no_index_can_hold_are_refused(name: str) -> None:
    def run_of(text: str) -> Packed:
        values: dict[str, Any] = {name: text}
        return Packed("d", 1, 1, (RECORD._replace(**values),))

    assert unpack(pack(run_of("ư" * 500))) == run_of("ư" * 500)
    with pytest.raises(EnvironmentFailure, match=r"sync\.bad_batch"):
        unpack(pack(run_of("ư" * 500 + "u")))


def test_entry_with_a_control_character_is_not_packed() -> None:
    with pytest.raises(BugError, match=r"sync\.cannot_pack"):
        pack(Packed("d", 1, 1, (RECORD._replace(subject="a\x01b"),)))


@pytest.mark.parametrize("name", ["clerk", "kind", "subject", "body"])
def test_run_with_a_control_character_is_refused_as_it_could_not_be_passed_on(name: str) -> None:
    values: dict[str, Any] = {name: b"a~b" if name == "body" else "a~b"}
    packed = pack(Packed("d", 1, 1, (RECORD._replace(**values),)))
    columns = codec._decoder.decode(codec._decompress(packed))
    other = msgspec.structs.replace(columns, texts=columns.texts.replace(b"~", b"\n"))

    with pytest.raises(EnvironmentFailure, match=r"sync\.bad_batch"):
        unpack(codec._compress(codec._encode(other)))


def test_batch_links_to_the_chain_before_it_and_proves_it() -> None:
    entries = chain(9)
    opened = open_batch(seal(entries[4:], DESK.sign).data)

    linked = opened.link(entries[3].hash)

    assert linked == entries[4:]
    assert opened.last_seq == 9
    assert opened.is_genuine(linked, DESK.public_key)
    assert not opened.is_genuine(linked, OTHER.public_key)
    assert not opened.is_genuine(opened.link(entries[2].hash), DESK.public_key)


def test_batch_with_a_hole_is_never_sealed() -> None:
    entries = chain(4)

    with pytest.raises(BugError, match=r"sync\.cannot_pack"):
        seal((entries[0], entries[2]), DESK.sign)


NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
ROSTER = Roster(
    number=7,
    issued_at=NOW,
    desks=(
        RosterDesk(
            desk_id="desk-1",
            unit_code="H99.14",
            name="Quầy 1",
            kind=DeskKind.DESK,
            public_key=DESK.public_key,
            number_slice=Slice(1, 999),
        ),
    ),
)
ENROLMENT = Enrolment(
    code="K7F2",
    unit=Unit(code="H99.14", name="Xã Mẫu"),
    desk_name="Quầy 3",
    kind=DeskKind.POST,
    number_slice=Slice(2001, 2999),
    province_key=OTHER.public_key,
    expires_at=NOW,
)
CLAIM = EnrolmentClaim(
    code="K7F2", desk_id=new_id(), public_key=DESK.public_key, recipient="age1" + "q" * 58, request=b"PEM"
)


def test_documents_of_the_province_are_read_back_and_only_with_its_key() -> None:
    signed = sign_roster(ROSTER, OTHER.sign)

    assert read_roster(signed, OTHER.public_key) == ROSTER
    assert ROSTER.find("desk-1") == ROSTER.desks[0]
    assert ROSTER.find("desk-2") is None
    assert read_enrolment(sign_enrolment(ENROLMENT, OTHER.sign)) == ENROLMENT
    assert read_claim(sign_claim(CLAIM, DESK.sign)) == CLAIM
    with pytest.raises(UserError, match=r"sync\.bad_roster"):
        read_roster(signed, DESK.public_key)
    with pytest.raises(UserError, match=r"sync\.bad_enrolment"):
        read_enrolment(sign_enrolment(ENROLMENT, DESK.sign))
    with pytest.raises(UserError, match=r"sync\.bad_claim"):
        read_claim(sign_claim(CLAIM, OTHER.sign))


@pytest.mark.parametrize(
    "lie",
    [
        {"desk_id": "/etc/cron.d/x"},
        {"desk_id": "../" + new_id()},
        {"desk_id": new_id() + "\n"},
        {"desk_id": ""},
        {"recipient": "age1x"},
        {"recipient": "age1" + "q" * 580},
    ],
)
def test_a_claim_names_itself_as_a_desk_of_ours_does_or_is_refused(lie: dict[str, str]) -> None:
    claim = msgspec.structs.replace(CLAIM, **lie)

    with pytest.raises(UserError, match=r"sync\.bad_claim"):
        read_claim(sign_claim(claim, DESK.sign))


def test_one_signed_document_never_passes_for_another() -> None:
    class AnyDocument(msgspec.Struct):
        document: bytes
        signature: bytes

    document = msgspec.json.decode(sign_enrolment(ENROLMENT, OTHER.sign), type=AnyDocument)

    with pytest.raises(UserError, match=r"sync\.bad_roster"):
        read_roster(msgspec.json.encode(document), OTHER.public_key)


@pytest.mark.parametrize("read", [read_enrolment, read_claim, lambda data: read_roster(data, OTHER.public_key)])
@given(data=st.one_of(st.binary(max_size=60), st.integers(1, 3_000).map(lambda depth: b"[" * depth)))
def test_files_that_are_none_of_these_documents_are_refused(read: object, data: bytes) -> None:
    assert callable(read)
    with pytest.raises(AppError, match=r"sync\.bad_"):
        read(data)
