import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.contact import PhoneKind, check_tax_code, normalise_tax_code, parse_phone
from resources.texts import Language, texts


@pytest.mark.parametrize(
    ("written", "e164", "national", "kind"),
    [
        ("0912345678", "+84912345678", "0912 345 678", PhoneKind.MOBILE),
        ("+84 912 345 678", "+84912345678", "0912 345 678", PhoneKind.MOBILE),
        ("84912345678", "+84912345678", "0912 345 678", PhoneKind.MOBILE),
        ("(0912) 345-678", "+84912345678", "0912 345 678", PhoneKind.MOBILE),
        ("0912.345.678", "+84912345678", "0912 345 678", PhoneKind.MOBILE),
        ("024 3825 1234", "+842438251234", "024 3825 1234", PhoneKind.LANDLINE),
        ("1900 1234", "+8419001234", "1900 1234", PhoneKind.HOTLINE),
        ("18001091", "+8418001091", "1800 1091", PhoneKind.HOTLINE),
        ("+1 650 253 0000", "+16502530000", "+1 650-253-0000", PhoneKind.FOREIGN),
    ],
)
def test_phone_written_in_any_usual_way_is_kept_in_one_form(
    written: str, e164: str, national: str, kind: PhoneKind
) -> None:
    phone = parse_phone(written)

    assert (phone.e164, phone.national, phone.kind, phone.warnings) == (e164, national, kind, ())
    assert parse_phone(phone.national).e164 == e164
    assert parse_phone(phone.e164) == phone


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("01681234567", "+84381234567"),
        ("0121 234 5678", "+84792345678"),
        ("+84 1681234567", "+84381234567"),
        ("841681234567", "+84381234567"),
        ("0199 234 5678", "+84592345678"),
    ],
)
def test_old_eleven_digit_mobile_is_converted_and_said(old: str, new: str) -> None:
    phone = parse_phone(old)

    assert (phone.e164, phone.kind) == (new, PhoneKind.MOBILE)
    assert [one.code for one in phone.warnings] == ["contact.warning.old_mobile_prefix"]


@pytest.mark.parametrize(
    "written", ["", "091234567", "09123456789", "01601234567", "113", "abc", "0912ABC678", "0912345678 x12", "0" * 60]
)
def test_what_is_no_phone_number_is_refused(written: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_phone(written)
    assert caught.value.code == "contact.bad_phone"


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=30), st.text("0123456789+ -.()", max_size=20)))
def test_any_text_gives_a_phone_that_reads_back_or_a_user_error(text: str) -> None:
    with contextlib.suppress(UserError):
        phone = parse_phone(text)
        assert parse_phone(phone.e164).e164 == phone.e164


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" 0100 233 488 ", "0100233488"),
        ("0314409058-002", "0314409058-002"),
        ("0314409058002", "0314409058-002"),
        ("0314409058 - 002", "0314409058-002"),
        ("001200012345", "001200012345"),
        ("chưa có", "chưa có"),
    ],
)
def test_tax_code_is_kept_in_one_form(written: str, kept: str) -> None:
    assert normalise_tax_code(written) == kept


@pytest.mark.parametrize(
    ("code", "warned"),
    [
        ("0100233488", []),
        ("0314409058-002", []),
        ("0314409058002", []),
        ("001200012345", []),
        ("0100233489", ["tax_code_check_digit"]),
        ("0100233489-001", ["tax_code_check_digit"]),
        ("0314409058-000", ["tax_code_branch"]),
        ("010023348", ["tax_code_form"]),
        ("01002334881", ["tax_code_form"]),
        ("chưa có", ["tax_code_form"]),
        ("", ["tax_code_form"]),
    ],
)
def test_doubtful_tax_code_is_warned_about_and_never_refused(code: str, warned: list[str]) -> None:
    found = [one.code for one in check_tax_code(code)]

    assert found == [f"contact.warning.{name}" for name in warned]
    assert set(found) <= texts(Language.ENGLISH).keys()


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=20))
def test_any_text_as_tax_code_has_one_kept_form(text: str) -> None:
    kept = normalise_tax_code(text)

    assert normalise_tax_code(kept) == kept
    assert check_tax_code(kept) == check_tax_code(text)
