import base64
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.dossier_code import DossierCode, epoch_part, looks_like_dossier_code, next_number
from counter_app.domain.manifest import (
    Comparison,
    Difference,
    ItemState,
    Manifest,
    ManifestCode,
    ManifestKind,
    compare,
    looks_like_manifest_code,
    parse_manifest_code,
    settle,
)
from counter_app.domain.manifest_passport import (
    Passport,
    acknowledgement_of,
    format_acknowledgement,
    format_passport,
    list_digest,
    looks_like_bag_paper,
    parse_acknowledgement,
    parse_passport,
    passport_of,
    signed_bytes,
)
from counter_app.domain.qr_parts import MOST_CHARACTERS
from counter_app.domain.slip_code import key_id_of
from counter_app.domain.unit import Slice
from counter_app.journal.chain import Signer, is_signed

DAY = date(2026, 11, 28)
CODE = ManifestCode("H56.14", DAY, 7)
CLOSED_AT = datetime(2026, 11, 28, 3, 15, 40, tzinfo=UTC)
SIGNER, _SECRET = Signer.generate()

UNIT_CODES = st.from_regex(r"[A-Z][0-9]{2}(\.[0-9]{1,3}){0,3}", fullmatch=True).filter(str.isascii)
DOSSIER_CODES = st.builds(
    lambda unit, day, number: DossierCode(unit, day, number).format(),
    UNIT_CODES,
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 99_999),
)
LISTS = st.lists(st.integers(0, 40).map(str), max_size=30)


@pytest.mark.parametrize(
    "text",
    ["H56.14-M261128-007", "h56.14-m261128-007", " H56.14 - M261128 - 007\r\n", "H56.14\u2013M261128\u2013007"],
)
def test_code_is_read_however_it_was_typed(text: str) -> None:
    assert parse_manifest_code(text) == CODE
    assert looks_like_manifest_code(text)


@pytest.mark.parametrize(
    "text",
    ["", "H56.14-M261128", "H56.14-261128-0007", "H56.14-M261328-007", "H56.14-M261128-000", "H56.14-M261128-0007",
     "H56.14-M261128-100000", "-M261128-007", "M" * 200 + "-M261128-007", "QMC1:H56.14"],
)  # fmt: skip
def test_other_text_is_no_manifest_code(text: str) -> None:
    assert not looks_like_manifest_code(text)
    with pytest.raises(UserError, match=r"manifest\.bad_code"):
        parse_manifest_code(text)


@given(UNIT_CODES, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 99_999))
def test_printed_code_is_read_back_and_is_never_a_dossiers(unit: str, day: date, number: int) -> None:
    code = ManifestCode(unit, day, number)

    assert parse_manifest_code(code.format()) == code
    assert not looks_like_dossier_code(code.format())


@given(DOSSIER_CODES)
def test_dossier_code_is_never_a_manifests(code: str) -> None:
    assert not looks_like_manifest_code(code)


@given(st.text(max_size=60))
def test_any_text_is_a_manifest_code_or_refused(text: str) -> None:
    if looks_like_manifest_code(text):
        assert looks_like_manifest_code(parse_manifest_code(text).format())


@given(st.lists(st.integers(1, 60), min_size=2, max_size=5, unique=True).map(sorted), st.integers(1, 25))
def test_desks_and_epochs_that_never_met_never_give_one_code(cuts: list[int], a_day: int) -> None:
    """Slices side by side, every epoch of each, so many manifests a day that the long numbers are needed too."""
    slices = [Slice(low, high - 1) for low, high in pairwise(cuts)]
    given_out: list[str] = []
    for one in slices:
        epoch = 1
        while (part := epoch_part(one, epoch)) is not None:
            last = None
            for _ in range(a_day):
                number = next_number(part, last)
                if number is None:
                    break
                given_out.append(ManifestCode("H99.14", DAY, number).format())
                last = number
            epoch += 1

    assert len(given_out) == len(set(given_out))


@given(LISTS, LISTS)
def test_comparison_puts_every_code_in_exactly_one_place(listed: list[str], scanned: list[str]) -> None:
    found = compare(listed, scanned)

    assert set(found.ok) == set(listed) & set(scanned)
    assert set(found.missing) == set(listed) - set(scanned)
    assert set(found.extra) == set(scanned) - set(listed)
    everything = (*found.ok, *found.missing, *found.extra)
    assert len(everything) == len(set(everything))
    assert found.is_clean == (set(listed) == set(scanned))


@given(LISTS, st.randoms())
def test_order_and_repetition_of_scans_do_not_matter(listed: list[str], random: Random) -> None:
    shuffled = [*listed, *listed]
    random.shuffle(shuffled)

    assert compare(listed, shuffled).is_clean


def test_three_errors_among_two_hundred_are_found_at_once() -> None:
    listed = [DossierCode("H99.14", DAY, number).format() for number in range(1, 201)]
    stray = DossierCode("H99.15", DAY, 3).format()
    scanned = [code for code in reversed(listed) if code not in (listed[16], listed[144])] + [stray]

    began = perf_counter()
    found = compare(listed, scanned)

    assert perf_counter() - began < 1
    assert (found.missing, found.extra, len(found.ok)) == ((listed[16], listed[144]), (stray,), 198)


def test_each_difference_needs_a_reason_and_nothing_else_takes_one() -> None:
    found = Comparison(ok=("A",), missing=("B", "C"), extra=("D",))

    settled, unsettled = settle(found, {"B": "để quên ở quầy", "C": ""})
    assert [(one.code, one.state) for one in settled] == [("B", ItemState.MISSING)]
    assert unsettled == ("C", "D")
    assert settle(found, {"B": "x", "C": "y", "D": "z"})[1] == ()
    with pytest.raises(UserError, match="nothing_to_settle"):
        settle(found, {"A": "x"})


def a_manifest(codes: list[str]) -> Manifest:
    return Manifest(
        code=CODE.format(),
        kind=ManifestKind.PAPERS,
        giver="Quầy 1",
        receiver="Bưu điện trung tâm tỉnh Mẫu",
        bag="T-07",
        seal="NP 004512",
        closed_at=CLOSED_AT,
        closed_by="Lê Thị Mai",
        codes=tuple(codes),
    )


def a_passport(codes: list[str]) -> Passport:
    return passport_of(a_manifest(codes), key_id=key_id_of(SIGNER.public_key), sign=SIGNER.sign)


@given(st.lists(DOSSIER_CODES, min_size=1, max_size=60, unique=True), st.randoms())
def test_passport_is_read_back_from_its_parts_in_any_order(codes: list[str], random: Random) -> None:
    parts = list(format_passport(a_passport(codes)))
    random.shuffle(parts)

    read = parse_passport([" \n".join(parts).lower()])

    assert read.manifest.codes == tuple(codes)
    assert is_signed(SIGNER.public_key, read.signature, signed_bytes(read))
    assert (read.manifest.receiver, read.manifest.seal) == ("Bưu điện trung tâm tỉnh Mẫu", "NP 004512")
    assert read.manifest.closed_at is not None
    assert abs(read.manifest.closed_at - CLOSED_AT) < timedelta(minutes=1)


def test_usual_list_of_two_hundred_takes_few_qr_codes_of_the_alphanumeric_set() -> None:
    days = [DAY - timedelta(days=back) for back in range(3)]
    codes = [DossierCode("H99.14", day, number).format() for day in days for number in range(1001, 1068)]

    parts = format_passport(a_passport(codes[:200]))

    assert len(parts) <= 2
    assert all(len(part) <= MOST_CHARACTERS and looks_like_bag_paper(part) for part in parts)
    assert set("".join(parts)) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def scattered(count: int) -> list[str]:
    return [DossierCode("H99.14", DAY - timedelta(days=n), 1 + n * 37 % 9999).format() for n in range(count)]


def test_parts_that_lack_or_belong_to_another_list_are_told_apart() -> None:
    parts, others = format_passport(a_passport(scattered(200))), format_passport(a_passport(scattered(199)))
    assert len(parts) > 2

    with pytest.raises(UserError, match="incomplete") as caught:
        parse_passport([*parts[:1], *parts[2:]])
    assert caught.value.context == {"part": 2, "total": len(parts)}
    with pytest.raises(UserError, match="mixed"):
        parse_passport([*parts[:-1], others[-1]])
    with pytest.raises(UserError, match="damaged"):
        parse_passport([])
    with pytest.raises(UserError, match="damaged"):
        parse_passport([*parts, "xin chào"])


@given(st.data())
def test_no_character_of_a_passport_can_be_changed_unnoticed(data: st.DataObject) -> None:
    (text,) = format_passport(a_passport(["H99.14-261128-1001", "H99.14-261128-1002"]))
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([char for char in "0123456789ABCDEFXYZ:" if char != text[place]]))

    with pytest.raises(UserError, match=r"manifest\.passport_"):
        parse_passport([text[:place] + other + text[place + 1 :]])


@given(st.binary(max_size=200))
def test_bytes_that_are_no_passport_are_refused(data: bytes) -> None:
    body = base64.b32encode(data).decode().rstrip("=") or "A"
    with pytest.raises(UserError, match="damaged"):
        parse_passport([f"QMCM1:ABCDEFGH:1:1:{body}"])


def an_acknowledgement(*differences: Difference) -> str:
    manifest = a_manifest(["H99.14-261128-1001", "H99.14-261128-1002"])
    key_id = key_id_of(SIGNER.public_key)
    said = acknowledgement_of(manifest, differences, received_by="Phan Thị Thư", key_id=key_id, sign=SIGNER.sign)
    (text,) = format_acknowledgement(said)
    return text


def test_acknowledgement_is_read_back_and_is_no_passport() -> None:
    lost = Difference(code="H99.14-261128-1001", state=ItemState.MISSING, reason="không có trong túi")
    text = an_acknowledgement(lost)

    said = parse_acknowledgement([text.lower()])

    assert (said.settled, said.received_by) == ((lost,), "Phan Thị Thư")
    assert said.digest == list_digest(a_manifest(["H99.14-261128-1001", "H99.14-261128-1002"]))
    assert said.digest != list_digest(a_manifest(["H99.14-261128-1002", "H99.14-261128-1001"]))
    assert is_signed(SIGNER.public_key, said.signature, signed_bytes(said))
    assert looks_like_bag_paper(text)
    with pytest.raises(UserError, match="damaged"):
        parse_passport([text])


@pytest.mark.parametrize(("state", "reason"), [(ItemState.OK, "x"), (ItemState.MISSING, "\u200b")])
def test_acknowledgement_that_settles_nothing_is_refused(state: ItemState, reason: str) -> None:
    with pytest.raises(UserError, match="damaged"):
        parse_acknowledgement([an_acknowledgement(Difference(code="H99.14-261128-1001", state=state, reason=reason))])
