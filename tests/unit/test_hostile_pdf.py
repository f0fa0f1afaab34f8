"""A PDF of a few hundred bytes cannot keep the program drawing: what never ends is refused before it is begun."""

import pytest

from counter_app.core.errors import UserError
from counter_app.scanning.files import find_signed_pdf
from counter_app.scanning.pdf_effort import is_too_much
from counter_app.scanning.reading import iter_file_pages
from tests.fakes.hostile_pdf import a_pdf


def chain(length: int, content: bytes) -> bytes:
    return a_pdf(*((content, place + 1) for place in range(length)), (b"", 0))


HOSTILE = {
    "a form that draws itself": a_pdf((b"/A Do /A Do", 0)),
    "two that draw one another": a_pdf((b"/A Do", 1), (b"/A Do", 0)),
    "each draws the next twice": chain(19, b"/A Do /A Do"),
    "the same in disguise": chain(19, b"/#41 %a remark\nDo /A Do"),
    "one within the other, too deep": chain(60, b"/A Do"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_never_ends_is_refused_before_it_is_drawn_also_in_a_file_that_looks_signed(data: bytes) -> None:
    with pytest.raises(UserError, match=r"document\.too_much_to_draw"):
        next(iter_file_pages(data, name="a.pdf"))
    signed = data.replace(b"%PDF-1.7\n", b"%PDF-1.7\n%/ByteRange\n")
    with pytest.raises(UserError, match=r"document\.too_much_to_draw"):
        find_signed_pdf(signed, name="a.pdf")


FINE = {
    "forms within forms": chain(8, b"/A Do"),
    "a form that names itself and never draws it": a_pdf((b"0 0 m 9 9 l S", 0)),
    "a text that looks like a call": a_pdf((b"(/A Do /A Do) pop", 0)),
    "a script that runs when it is opened": a_pdf((b"", 0)).replace(
        b"/Pages 2 0 R", b"/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>"
    ),
}


@pytest.mark.parametrize("data", FINE.values(), ids=FINE)
def test_what_ends_is_drawn(data: bytes) -> None:
    assert not is_too_much(data)
    (page,) = iter_file_pages(data, name="a.pdf")
    assert page.page.pixels.shape[0] > page.page.pixels.shape[1]


def test_a_tree_of_pages_in_a_circle_is_unreadable() -> None:
    data = a_pdf((b"", 0)).replace(b"/Kids[3 0 R]/Count 1", b"/Kids[3 0 R 2 0 R]/Count 2")
    with pytest.raises(UserError, match=r"document\.unreadable_file"):
        list(iter_file_pages(data, name="a.pdf"))
