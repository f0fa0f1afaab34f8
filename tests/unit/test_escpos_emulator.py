"""The emulated printer itself: it knows the reference's commands and complains of all others."""

import pytest

from tests.fakes.escpos_emulator import EscposPrinter, PaperTicket


def printed(content: bytes) -> tuple[EscposPrinter, PaperTicket]:
    printer = EscposPrinter(starts_in_kanji=False)
    try:
        printer.receive(content)
        printer.wait_until(lambda: printer.is_idle)
        return printer, (*printer.tickets, printer.hanging)[0]
    finally:
        printer.switch_off()


def test_a_picture_in_columns_is_the_same_as_in_rows() -> None:
    rows = bytes([0b10000001, 0b01000010, 0b00100100] + [0] * 20 + [0xFF])
    columns = b"".join(
        bytes(sum((rows[8 * part + bit] >> (7 - x) & 1) << (7 - bit) for bit in range(8)) for part in range(3))
        for x in range(8)
    )
    by_rows, first = printed(b"\x1b@\x1dv0\x00\x01\x00\x18\x00" + rows)
    by_columns, second = printed(b"\x1b@\x1b*\x21\x08\x00" + columns + b"\n")

    assert (by_rows.errors, by_columns.errors) == ([], [])
    assert first.image.size == second.image.size == (576, 24)
    assert first.image.tobytes() == second.image.tobytes()


def test_letters_stand_where_they_are_told() -> None:
    printer, ticket = printed(b"\x1b@\x1ba\x01\x1b!\x30A\n\x1ba\x02\x1d!\x00\x1bE\x01B\n\x1dVB\x00")
    black = ticket.image.point(lambda value: 255 - value)
    top, bottom = black.crop((0, 0, 576, 48)).getbbox(), black.crop((0, 48, 576, 82)).getbbox()

    assert printer.errors == []
    assert (ticket.lines, ticket.cut) == (("A", "B"), "partial")
    assert top is not None
    assert 276 <= top[0] < top[2] <= 300
    assert bottom is not None
    assert bottom[0] >= 564


@pytest.mark.parametrize(
    "content",
    [
        b"\x1bz\x01",
        b"\x1d\x01",
        b"\x1c!\x01",
        b"\x07",
        b"\x1bt\x63",
        b"\xc1\n",
        b"\x1b@a\x1dv0\x00\x01\x00\x01\x00\xff",
    ],
    ids=["ESC", "GS", "FS", "BEL", "page", "byte without page", "picture inside a line"],
)
def test_what_it_does_not_know_is_an_error(content: bytes) -> None:
    assert printed(content)[0].errors != []
