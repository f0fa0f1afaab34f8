"""Every kind of sheet read back by independent programs: zbarimg, poppler, veraPDF."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from counter_app.core.archive import to_archive
from counter_app.domain.forms.kinds import Sheet
from counter_app.domain.qr_parts import split_parts
from printing.blocks import Document, Label, ScanTexts
from printing.renderers.pdf import render_pdf
from printing.renderers.raster import RasterPage, iter_pages
from tests.fakes.papers import CODE, HEADER, SIGNED, document, label, logo, receipt_blocks, register
from tests.fakes.pdfa_validator import pdfa_problems

HEAD_DPI = 203
ROLLS = (Sheet.ROLL_80, Sheet.ROLL_58)
LABELS = (Sheet.LABEL_50X30, Sheet.LABEL_100X50)
FULL_HEADER = replace(HEADER, number="Số: 12/TTPVHCC", logo=logo())


def _run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.fail(f"{command[0]} is missing: install poppler-utils and zbar-tools")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _grey(page: RasterPage) -> Image.Image:
    return Image.frombuffer("L", (page.width, page.height), page.grey, "raw", "L", page.stride_bytes, 1)


def _burnt(page: RasterPage) -> Image.Image:
    """Return the page as a print head burns it: each dot black or white."""
    return _grey(page).point([0 if value < 128 else 255 for value in range(256)])


def _scanned(image: Image.Image, folder: Path) -> list[str]:
    target = folder / "page.png"
    # Paper has white around it; and a reader sees each dot as several of its own.
    framed = Image.new("L", (image.width + 60, image.height + 60), 255)
    framed.paste(image, (30, 30))
    framed.resize((framed.width * 2, framed.height * 2), Image.Resampling.NEAREST).save(target)
    return sorted(_run("zbarimg", "--quiet", str(target)).split("\n")[:-1])


def _pages(paper: Document, dpi: int = HEAD_DPI) -> list[RasterPage]:
    return list(iter_pages(render_pdf(paper), dpi=dpi))


@pytest.mark.parametrize("scan_text", ["", SIGNED])
@pytest.mark.parametrize("sheet", ROLLS)
def test_codes_on_rolls_are_read_from_black_and_white_dots(sheet: Sheet, scan_text: str, tmp_path: Path) -> None:
    [page] = _pages(document(*receipt_blocks(scan_text=scan_text, header=FULL_HEADER), sheet=sheet))

    # 58 mm paper is too narrow for this code in bars of two dots.
    bars = [f"CODE-128:{CODE}"] if sheet is Sheet.ROLL_80 else []
    assert _scanned(_burnt(page), tmp_path) == [*bars, f"QR-Code:{scan_text or CODE}"]


@pytest.mark.parametrize(("sheet", "width"), [(Sheet.ROLL_80, 640), (Sheet.ROLL_58, 464)])
def test_roll_is_a_whole_number_of_dots_and_its_ink_within_reach_of_the_head(sheet: Sheet, width: int) -> None:
    [page] = _pages(document(*receipt_blocks(scan_text=SIGNED), sheet=sheet))

    left, _top, right, bottom = _burnt(page).point([255 - value for value in range(256)]).getbbox() or (0, 0, 0, 0)

    assert page.width == width
    assert left >= (width - (576 if sheet is Sheet.ROLL_80 else 384)) // 2
    assert right <= width - (width - (576 if sheet is Sheet.ROLL_80 else 384)) // 2
    assert page.height - 60 < bottom <= page.height


@pytest.mark.parametrize("sheet", [*ROLLS, *LABELS])
def test_modules_have_sharp_edges_on_the_dots_of_the_head(sheet: Sheet) -> None:
    paper = document(Label(CODE, (), SIGNED), sheet=sheet)

    for page in _pages(paper):
        image = _grey(page)
        box = image.point([255 if value < 128 else 0 for value in range(256)]).getbbox()
        assert box is not None
        code = image.crop((box[0], box[1], box[2], box[1] + 60))
        assert [value for value in set(code.tobytes()) if 8 < value < 247] == []


@pytest.mark.parametrize("sheet", LABELS)
@pytest.mark.parametrize("code", [CODE, "H99-1", "000.00.25.H99-261122-0001", "H99.242-261122-10000"])
def test_code_of_a_label_is_read_from_black_and_white_dots(code: str, sheet: Sheet, tmp_path: Path) -> None:
    [page] = _pages(document(label(code), sheet=sheet))

    kinds = {line.partition(":")[0] for line in _scanned(_burnt(page), tmp_path)}

    assert _scanned(_burnt(page), tmp_path)[0].partition(":")[2] == code
    assert kinds == {"CODE-128" if sheet is Sheet.LABEL_100X50 or code == "H99-1" else "QR-Code"}


@pytest.mark.parametrize("sheet", [Sheet.A5, Sheet.A4])
def test_signed_code_and_bars_on_pages_are_read_at_200_dpi(sheet: Sheet, tmp_path: Path) -> None:
    [page] = _pages(document(*receipt_blocks(scan_text=SIGNED, header=FULL_HEADER), sheet=sheet), dpi=200)

    assert _scanned(_grey(page), tmp_path) == [f"CODE-128:{CODE}", f"QR-Code:{SIGNED}"]


@pytest.mark.parametrize("sheet", [Sheet.A5, Sheet.A4, *ROLLS])
def test_every_part_of_a_long_signed_text_is_read(sheet: Sheet, tmp_path: Path) -> None:
    parts = split_parts("QMCM1", bytes(number * 89 % 251 for number in range(1_900)))
    pages = _pages(document(*receipt_blocks(), ScanTexts("Danh sách:", parts), sheet=sheet), dpi=HEAD_DPI)

    seen = {text for page in pages for text in _scanned(_burnt(page), tmp_path)}

    assert len(parts) == 3
    assert {f"QR-Code:{part}" for part in parts} <= seen


def _papers() -> list[Document]:
    full = receipt_blocks(scan_text=SIGNED, header=FULL_HEADER)
    sheets = (Sheet.A5, Sheet.A4, *ROLLS)
    return [*(document(*full, sheet=sheet) for sheet in sheets), register(30), document(label(), sheet=LABELS[0])]


@pytest.mark.parametrize("paper", _papers(), ids=lambda paper: str(paper.sheet))
def test_every_font_is_embedded_and_the_text_comes_back(paper: Document, tmp_path: Path) -> None:
    target = tmp_path / "paper.pdf"
    target.write_bytes(render_pdf(paper))

    rows = _run("pdffonts", str(target)).splitlines()[2:]

    assert rows
    for row in rows:
        assert re.match(r"[A-Z]{6}\+Tinos", row), row
        assert row.split()[-5:-2] == ["yes", "yes", "yes"], row
    assert "Nguyễn Thị" in " ".join(_run("pdftotext", "-layout", str(target), "-").split())


@pytest.mark.slow
@pytest.mark.parametrize("paper", _papers(), ids=lambda paper: str(paper.sheet))
def test_archive_copy_with_logo_tables_and_codes_is_valid_pdfa_2b(paper: Document) -> None:
    assert pdfa_problems(to_archive(render_pdf(paper))) == []


@pytest.mark.slow
def test_validator_finds_what_a_plain_pdf_lacks() -> None:
    assert any("Metadata" in problem for problem in pdfa_problems(render_pdf(document(label()))))
