from io import BytesIO

import pytest
from PIL import Image

from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import Sheet
from printing.barcodes import LARGEST_QR, get_qr
from printing.blocks import NationalHeader
from printing.renderers.marks import ImageMark
from printing.renderers.pages import pages_of
from printing.renderers.pictures import get_picture
from tests.fakes.papers import HEADER, SIGNED, document, logo

PIXEL = logo("PNG", (6, 6))


def _saved(image: Image.Image, kind: str) -> bytes:
    target = BytesIO()
    image.save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a",
        b"\x00" * 100,
        logo()[:200],
        logo("JPEG")[:300],
        PIXEL[:45],
        _saved(Image.new("L", (4, 4)), "GIF"),
        _saved(Image.new("L", (4, 4)), "BMP"),
        _saved(Image.new("1", (7_000, 6_000)), "PNG"),
    ],
)
def test_wrong_or_broken_or_gigantic_pictures_are_refused_with_their_own_words(content: bytes) -> None:
    header = NationalHeader("", "XÃ SUỐI MƠ", HEADER.nation, HEADER.motto, "", logo=content)

    with pytest.raises(UserError) as caught:
        pages_of(document(header))

    assert caught.value.code == "print.logo_unreadable"


def test_transparent_corners_become_white_and_the_disc_stays_red() -> None:
    picture = get_picture(logo())

    assert picture.rgb[:3] == b"\xff\xff\xff"
    middle = 3 * (picture.rows // 2 * picture.columns + picture.columns // 2)
    assert picture.rgb[middle : middle + 3] == bytes((218, 37, 29))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    assert get_picture(_saved(Image.new(mode, (5, 3)), "PNG")).columns == 5


def test_jpeg_for_the_press_and_one_taken_sideways_are_read_as_people_see_them() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    target = BytesIO()
    Image.new("RGB", (40, 20)).save(target, "JPEG", exif=exif)

    assert get_picture(_saved(Image.new("CMYK", (40, 20)), "JPEG")).columns == 40
    assert get_picture(target.getvalue()).columns == 20


def test_large_logo_is_kept_no_finer_than_paper_shows_and_keeps_its_shape() -> None:
    picture = get_picture(logo("PNG", (2_000, 1_000)))

    assert (picture.columns, picture.rows) == (480, 240)


@pytest.mark.parametrize("sheet", [sheet for sheet in Sheet if "label" not in sheet.value])
def test_logo_keeps_its_shape_on_every_sheet(sheet: Sheet) -> None:
    header = NationalHeader("", "XÃ SUỐI MƠ", HEADER.nation, HEADER.motto, "", logo=logo("PNG", (300, 100)))

    [mark] = [mark for mark in pages_of(document(header, sheet=sheet))[0].marks if isinstance(mark, ImageMark)]

    assert mark.width / mark.height == pytest.approx(3)


def test_qr_prefers_error_correction_m_and_takes_l_to_stay_within_version_ten() -> None:
    assert get_qr(SIGNED).columns == 17 + 4 * 8
    assert get_qr("A" * 311).columns == get_qr("A" * 395).columns == LARGEST_QR.columns
    assert get_qr("A" * 396).columns > LARGEST_QR.columns


def test_qr_of_more_than_any_holds_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r".+"):
        get_qr("x" * 5_000)
