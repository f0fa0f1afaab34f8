import base64
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from counter_app.core.errors import UserError
from counter_app.domain.dossier_code import DossierCode
from counter_app.domain.forms.kinds import Form
from counter_app.domain.slip_code import (
    SlipCode,
    format_slip_code,
    is_signed_form,
    key_id_of,
    looks_like_slip_code,
    parse_slip_code,
    signed_bytes,
)
from counter_app.journal.chain import Signer, is_signed

SIGNED_FORMS = [form for form in Form if is_signed_form(form)]
START = datetime(2000, 1, 1, tzinfo=UTC)
SIGNER = Signer(bytes(range(32)))

codes = st.builds(
    lambda unit, day, number: DossierCode(unit, day, number).format(),
    st.from_regex(r"[A-Z0-9a-zđĐ]([A-Z0-9.]{0,14}[A-Z0-9a-zđ])?", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 99_999),
)
slips = st.builds(
    SlipCode,
    code=codes,
    due_at=st.none() | st.integers(1, 999_999_999).map(lambda minutes: START + timedelta(minutes=minutes)),
    form=st.sampled_from(SIGNED_FORMS),
    fingerprint=st.binary(min_size=8, max_size=8),
    key_id=st.binary(min_size=5, max_size=5),
    signature=st.binary(min_size=64, max_size=64),
)


def a_slip_code(**changes: Any) -> SlipCode:
    facts: dict[str, Any] = {
        "code": "H99.15-261122-0001",
        "due_at": datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        "form": Form.RECEIPT,
        "fingerprint": bytes(range(8)),
        "key_id": key_id_of(SIGNER.public_key),
    }
    slip = SlipCode(**{**facts, **changes})
    return msgspec.structs.replace(slip, signature=SIGNER.sign(signed_bytes(slip)))


@given(slips)
def test_what_is_written_is_read_back_also_in_lower_case_with_white_space_and_behind_an_address(slip: SlipCode) -> None:
    text = format_slip_code(slip)

    assert parse_slip_code(text) == slip
    assert parse_slip_code(f" {text.lower()}\r\n") == slip
    assert parse_slip_code(format_slip_code(slip, link="HTTPS://TRACUU.EXAMPLE.VN/S/")) == slip
    assert looks_like_slip_code(text)


@given(slips)
def test_only_letters_of_the_small_alphabet_of_qr_codes_are_used(slip: SlipCode) -> None:
    assert set(format_slip_code(slip)) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@given(slips, st.data())
def test_no_letter_can_be_changed_left_out_or_doubled_unnoticed(slip: SlipCode, data: st.DataObject) -> None:
    text = format_slip_code(slip)
    at = data.draw(st.integers(1, len(text) - 1))  # before the first letter an address may stand
    other = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$+-.:"))
    for changed in (text[:at] + other + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + other + text[at:]):
        if changed.endswith(text):  # as it was, or with something before it, where an address may stand
            continue
        try:
            read = parse_slip_code(changed)
        except UserError as error:
            assert error.code in ("slip.damaged", "slip.not_a_slip", "slip.newer_version")  # noqa: PT017
        else:
            assert signed_bytes(read) != signed_bytes(slip) or read.signature != slip.signature


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("H99.15-261122-0001", "slip.not_a_slip"),
        ("", "slip.not_a_slip"),
        ("QMC0:ANYTHING", "slip.not_a_slip"),
        ("QMC2:ANYTHING", "slip.newer_version"),
        ("https://a.vn/s/qmc12:anything", "slip.newer_version"),
        ("QMC1:", "slip.damaged"),
        ("QMC1:A:B:C:D:E:F", "slip.damaged"),
        ("QMC1:" + ":" * 10_000, "slip.damaged"),
    ],
)
def test_other_texts_are_told_apart(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_slip_code(text)

    assert caught.value.code == code


@given(st.text(max_size=300))
def test_any_text_is_a_slip_or_one_of_three_refusals(text: str) -> None:
    for tried in (text, f"QMC1:{text}"):
        try:
            parse_slip_code(tried)
        except UserError as error:
            assert error.code in ("slip.damaged", "slip.not_a_slip", "slip.newer_version")  # noqa: PT017


@pytest.mark.parametrize(
    ("code", "most"), [("H99.15-261122-0001", 170), ("000.00.25.H99-261122-12345", 180), ("H99.15.12-261122-0001", 175)]
)
def test_slip_stays_small_enough_for_twenty_five_millimetres_at_203_dpi(code: str, most: int) -> None:
    text = format_slip_code(a_slip_code(code=code))

    qr = segno.make(text, error="m", micro=False)
    assert len(text) <= most
    assert qr.mode == "alphanumeric"
    assert int(qr.version) <= 8
    assert qr.symbol_size(border=0)[0] * 4 <= 25 / 25.4 * 203


def test_genuine_slip_whose_key_or_fingerprint_ends_like_a_version_is_read() -> None:
    by_key = a_slip_code(key_id=base64.b32decode("AAAAQMC2"))
    by_facts = a_slip_code(fingerprint=base64.b32decode("AAAAAAAAAQMC2==="))

    assert ":AAAAQMC2:" in format_slip_code(by_key)
    assert ":AAAAAAAAAQMC2:" in format_slip_code(by_facts)
    assert parse_slip_code(format_slip_code(by_key)) == by_key
    assert parse_slip_code(format_slip_code(by_facts)) == by_facts


def head_prints(picture: Path, *, dots: int, grown: int = 0, text: str) -> None:
    """Draw a QR in dots of a print head; heat makes each dark dot larger by `grown` dots to the right and below."""
    segno.make(text, error="m", micro=False).save(str(picture), scale=dots, border=4)
    if grown:
        with Image.open(picture) as clean:
            paper = clean.convert("L")
        for step in range(1, grown + 1):
            for aside in ((step, 0), (0, step), (step, step)):
                paper = ImageChops.darker(paper, ImageChops.offset(paper, *aside))
        paper.save(picture)


@pytest.mark.parametrize(("dots", "grown"), [(3, 0), (4, 0), (4, 1)])
def test_code_drawn_in_dots_of_a_thermal_printer_is_read_by_a_scanner_and_verifies(
    dots: int, grown: int, tmp_path: Path
) -> None:
    picture = tmp_path / "slip.png"
    head_prints(picture, dots=dots, grown=grown, text=format_slip_code(a_slip_code()))

    seen = subprocess.run(["zbarimg", "-q", "--raw", picture], capture_output=True, text=True, check=True).stdout
    read = parse_slip_code(seen)

    assert read == a_slip_code()
    assert is_signed(SIGNER.public_key, read.signature, signed_bytes(read))
