"""Every small change to a genuine slip's text, tried one after the other."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import Form
from counter_app.domain.slip_code import SlipCode, format_slip_code, key_id_of, parse_slip_code, signed_bytes
from counter_app.journal.chain import Signer, is_signed

QR_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SMALL_LETTERS = "abcdefghijklmnopqrstuvwxyz"
LOOK_ALIKES = "\u0131\u017f\u0661\u2013\uff21ĐÂƯ"
LINK = "HTTPS://TRACUU.EXAMPLE.VN/S/"
SIGNER = Signer(bytes(range(32)))

Change = Callable[[str], Iterator[str]]


def genuine(code: str) -> str:
    slip = SlipCode(
        code=code,
        due_at=datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        form=Form.RECEIPT,
        fingerprint=bytes(range(8)),
        key_id=key_id_of(SIGNER.public_key),
    )
    return format_slip_code(msgspec.structs.replace(slip, signature=SIGNER.sign(signed_bytes(slip))))


def substituted(text: str) -> Iterator[str]:
    others = QR_LETTERS + SMALL_LETTERS + LOOK_ALIKES
    for at in range(len(text)):
        yield from (text[:at] + other + text[at + 1 :] for other in others if other != text[at])


def shortened(text: str) -> Iterator[str]:
    yield from (text[:at] + text[at + 1 :] for at in range(len(text)))
    yield from (text[:at] for at in range(len(text)))
    yield from (text[at:] for at in range(1, len(text)))


def lengthened(text: str) -> Iterator[str]:
    for at in range(1, len(text) + 1):
        yield from (text[:at] + more + text[at:] for more in QR_LETTERS)
    yield from (text + text, text + ":", text + "=", text + ":A")


def swapped(text: str) -> Iterator[str]:
    for at in range(len(text)):
        for other in range(at + 1, len(text)):
            if text[at] != text[other]:
                yield text[:at] + text[other] + text[at + 1 : other] + text[at] + text[other + 1 :]


def is_accepted(text: str) -> bool:
    try:
        slip = parse_slip_code(text)
    except UserError:
        return False
    return is_signed(SIGNER.public_key, slip.signature, signed_bytes(slip))


@pytest.mark.parametrize("change", [substituted, shortened, lengthened, swapped])
@pytest.mark.parametrize("code", ["H99.15-261122-0001", "ĐV_7-261122-12345"])
def test_slip_with_one_change_is_refused_unless_its_text_is_still_whole(code: str, change: Change) -> None:
    text = genuine(code)

    accepted = [one for one in change(text) if is_accepted(one)]

    assert is_accepted(text)
    assert [one for one in accepted if not one.strip().upper().endswith(text)] == []


def test_change_of_the_address_before_it_leaves_the_slip_as_it_is() -> None:
    text = genuine("H99.15-261122-0001")

    assert all(is_accepted(address + text) for address in (LINK, LINK.lower(), "http://other.example/", "QMC2:", "X"))


@pytest.mark.parametrize("mark", ["QMC2:", "QMC10:"])
def test_slip_of_a_later_version_is_not_taken_for_a_damaged_one(mark: str) -> None:
    with pytest.raises(UserError, match="newer_version"):
        parse_slip_code(genuine("H99.15-261122-0001").replace("QMC1:", mark))
