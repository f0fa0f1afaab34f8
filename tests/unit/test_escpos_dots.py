"""Pages as dots: what was drawn is what the emulated printer burns, row by row and dot by dot."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printing.profiles import Cutter, ReceiptProfile, get_profile
from printing.renderers.escpos import render_escpos
from printing.renderers.escpos_dots import dots_of
from printing.renderers.escpos_stream import iter_commands
from printing.renderers.raster import RasterPage
from tests.fakes.escpos_emulator import EscposPrinter, PaperTicket

PLAIN = get_profile("generic-80")
EPSON = get_profile("epson-tm-t82iii")
SMALL = get_profile("generic-58")


def page_of(image: Image.Image) -> RasterPage:
    grey = image.convert("L")
    return RasterPage(
        width=grey.width,
        height=grey.height,
        stride_bytes=grey.width,
        grey=grey.tobytes(),
        width_points=grey.width * 72 / 203,
        height_points=grey.height * 72 / 203,
    )


def a_page(width: int, height: int, *boxes: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("L", (width, height), 255)
    for box in boxes:
        image.paste(0, box)
    return image


def printed(content: bytes, profile: ReceiptProfile) -> tuple[EscposPrinter, tuple[PaperTicket, ...]]:
    printer = EscposPrinter(width_dots=profile.width_dots, dpi=profile.dpi, buffer_bytes=1 << 22)
    try:
        printer.receive(content)
        printer.wait_until(lambda: printer.is_idle)
        assert printer.errors == []
        return printer, (*printer.tickets, *([printer.hanging] if printer.printed_rows else []))
    finally:
        printer.switch_off()


def ink_of(ticket: PaperTicket) -> Image.Image:
    """The ticket without the white around it, black on white."""
    box = ticket.image.point(lambda value: 255 - value).getbbox()
    assert box is not None
    return ticket.image.crop(box)


@st.composite
def pictures(draw: st.DrawFn) -> Image.Image:
    width, height = draw(st.integers(1, 700)), draw(st.integers(1, 300))
    image = Image.new("L", (width, height), 255)
    for _ in range(draw(st.integers(0, 12))):
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        image.paste(draw(st.integers(0, 255)), (x, y, x + draw(st.integers(1, 90)), y + draw(st.integers(1, 40))))
    return image


@given(image=pictures(), profile=st.sampled_from([PLAIN, EPSON, SMALL]))
def test_any_picture_is_burnt_as_it_was_drawn(image: Image.Image, profile: ReceiptProfile) -> None:
    dots = dots_of(page_of(image), profile)
    content = render_escpos([page_of(image)], profile)
    _, tickets = printed(content, profile)

    if dots is None:
        assert tickets == ()
        return
    expected = dots.point(lambda bit: 0 if bit else 255).convert("L")
    got = tickets[0].image.convert("L").crop((0, 0, profile.width_dots, expected.height))
    assert got.tobytes() == expected.tobytes()
    assert dots.width == profile.width_dots


@given(image=pictures())
def test_a_picture_that_fits_keeps_every_dot_that_is_dark_enough(image: Image.Image) -> None:
    dots = dots_of(page_of(image), PLAIN)
    dark = image.point([255 if value < PLAIN.density else 0 for value in range(256)])
    box = dark.getbbox()

    assert (dots is None) == (box is None)
    if dots is not None and box is not None and box[2] - box[0] <= PLAIN.width_dots:
        inked = dots.getbbox()
        assert inked is not None
        assert dots.crop(inked).convert("L").tobytes() == dark.crop(box).convert("L").tobytes()


@given(data=st.binary(max_size=400), profile=st.sampled_from([PLAIN, EPSON, SMALL]))
def test_dots_that_read_as_commands_stay_dots(data: bytes, profile: ReceiptProfile) -> None:
    width = profile.width_dots // 8
    rows = data.ljust(-(-max(1, len(data)) // width) * width, b"\xff")
    black = Image.frombytes("1", (profile.width_dots, len(rows) // width), rows)
    _, tickets = printed(render_escpos([page_of(black.point(lambda bit: 0 if bit else 255))], profile), profile)

    whole = Image.frombytes("1", black.size, rows)
    box = whole.getbbox()
    assert box is not None
    expected = whole.crop((0, box[1], profile.width_dots, box[3])).point(lambda bit: 0 if bit else 255)
    assert tickets[0].image.crop((0, 0, *expected.size)).tobytes() == expected.tobytes()


@given(image=pictures(), profile=st.sampled_from([PLAIN, EPSON, SMALL]))
def test_commands_are_found_where_they_begin(image: Image.Image, profile: ReceiptProfile) -> None:
    content = render_escpos([page_of(image)], profile, open_drawer=True)
    commands = list(iter_commands(content))

    assert b"".join(commands) == content
    assert max(map(len, commands)) <= 4096 + 8
    assert all(command[0] in b"\x1b\x1c\x1d" for command in commands)


@given(content=st.binary(max_size=300))
def test_any_bytes_are_split_and_lost_none(content: bytes) -> None:
    assert b"".join(iter_commands(content)) == content


def test_dots_that_read_as_a_drawers_pulse_do_not_kick_it_on_a_printer_that_can_be_told_so() -> None:
    row = bytes([0x10, 0x14, 0x01, 0x00, 0x02]).ljust(72, b"\xff")
    black = Image.frombytes("1", (576, 600), row * 600).point(lambda bit: 0 if bit else 255)
    content = render_escpos([page_of(black)], EPSON)
    printer = EscposPrinter()
    try:
        start = content.index(b"\x1dv0")
        printer.receive(content[:start])
        printer.wait_until(lambda: printer.is_idle)
        printer.receive(content[start:])
        printer.wait_until(lambda: printer.is_idle)
    finally:
        printer.switch_off()

    assert (printer.stray_pulses, printer.errors) == (0, [])


def test_white_is_skipped_and_costs_next_to_nothing() -> None:
    page = page_of(a_page(576, 2400, (10, 0, 20, 5), (10, 2395, 20, 2400)))
    for profile, most in ((EPSON, 1000), (PLAIN, 3800)):
        content = render_escpos([page], profile)
        _, tickets = printed(content, profile)

        assert len(content) < most, profile.name
        assert ink_of(tickets[0]).height == 2400, profile.name


def test_a_page_wider_than_the_printer_loses_its_margins_and_no_ink() -> None:
    full = ink_of(printed(render_escpos([page_of(a_page(640, 40, (40, 0, 600, 30)))], PLAIN), PLAIN)[1][0])
    left = ink_of(printed(render_escpos([page_of(a_page(640, 40, (0, 0, 560, 30)))], PLAIN), PLAIN)[1][0])
    scaled = ink_of(printed(render_escpos([page_of(a_page(640, 40, (0, 0, 640, 30)))], PLAIN), PLAIN)[1][0])

    assert full.size == left.size == (560, 30)
    assert scaled.size == (576, 27)


def test_a_page_narrower_than_the_printer_stands_in_its_middle() -> None:
    _, tickets = printed(render_escpos([page_of(a_page(200, 20, (0, 0, 200, 20)))], PLAIN), PLAIN)

    box = tickets[0].image.point(lambda value: 255 - value).getbbox()
    assert box is not None
    assert (box[0], box[2]) == (188, 388)


@pytest.mark.parametrize(("cutter", "cuts"), [(Cutter.FULL, ["full"] * 2), (Cutter.PARTIAL, ["partial"] * 2)])
def test_every_page_is_cut_off_past_its_last_line(cutter: Cutter, cuts: list[str]) -> None:
    profile = msgspec.structs.replace(PLAIN, cutter=cutter)
    _, tickets = printed(render_escpos([page_of(a_page(576, 90, (0, 0, 9, 9)))] * 2, profile), profile)

    assert [ticket.cut for ticket in tickets] == cuts
    assert all(ticket.image.height == 9 + 4 * 34 for ticket in tickets)


def test_without_a_knife_the_paper_is_fed_past_the_tear_bar() -> None:
    _, tickets = printed(render_escpos([page_of(a_page(384, 20, (0, 0, 9, 9)))], SMALL), SMALL)

    assert [(ticket.cut, ticket.image.height) for ticket in tickets] == [("", 9 + 4 * 34)]


def test_the_drawer_is_kicked_once_when_asked_and_never_otherwise() -> None:
    page = page_of(a_page(576, 20, (0, 0, 9, 9)))
    kicked, _ = printed(render_escpos([page, page], PLAIN, open_drawer=True), PLAIN)
    quiet, _ = printed(render_escpos([page, page], PLAIN), PLAIN)
    no_socket = msgspec.structs.replace(PLAIN, drawer=None)

    assert kicked.pulses == [(2, 100, 200)]
    assert quiet.pulses == []
    assert printed(render_escpos([page], no_socket, open_drawer=True), no_socket)[0].pulses == []


def test_pages_without_ink_make_no_ticket() -> None:
    assert printed(render_escpos([page_of(a_page(576, 500))], PLAIN), PLAIN)[1] == ()
