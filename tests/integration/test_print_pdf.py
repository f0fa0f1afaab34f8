import re
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path

import pikepdf
import pytest

from counter_app.domain.dossier import Paper
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form, FormSet
from printing import render_form
from tests.fakes.slips import CODE, a_slip

PAGE = (148 * 72 / 25.4, 210 * 72 / 25.4)
BASES = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
LOWER = "".join(unicodedata.normalize("NFC", base + tone) for base in BASES for tone in TONES) + "đ"
LETTERS = "".join(letter for letter in LOWER + LOWER.upper() if not letter.isascii())


def _run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.fail(f"{command[0]} is missing: install poppler-utils and zbar-tools")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _saved(folder: Path, data: SlipData, copies: int = 2) -> Path:
    target = folder / "slip.pdf"
    target.write_bytes(render_form(data, copies=copies))
    return target


def _text(pdf: Path) -> str:
    return " ".join(_run("pdftotext", "-layout", str(pdf), "-").split())


def _scanned(pdf: Path, page: int) -> list[str]:
    image = pdf.with_name(f"page{page}")
    _run(
        "pdftoppm", "-r", "200", "-gray", "-png", "-singlefile", "-f", str(page), "-l", str(page), str(pdf), str(image)
    )
    return sorted(_run("zbarimg", "--quiet", f"{image}.png").split())


@pytest.mark.parametrize("form_set", FormSet)
@pytest.mark.parametrize("form", [Form.RECEIPT, Form.SUPPLEMENT, Form.REFUSAL])
def test_both_codes_of_both_copies_are_read_by_a_scanner_at_200_dpi(
    form: Form, form_set: FormSet, tmp_path: Path
) -> None:
    pdf = _saved(tmp_path, a_slip(form, form_set))

    for page in (1, 2):
        assert _scanned(pdf, page) == [f"CODE-128:{CODE}", f"QR-Code:{CODE}"]


@pytest.mark.parametrize("code", ["000.00.25.H99-261122-0001", "H99.242-261122-10000", "H99-1"])
def test_old_long_and_short_codes_are_read_too(code: str, tmp_path: Path) -> None:
    pdf = _saved(tmp_path, a_slip(code=code), copies=1)

    assert _scanned(pdf, 1) == [f"CODE-128:{code}", f"QR-Code:{code}"]


def test_all_134_vietnamese_letters_come_back_from_the_page(tmp_path: Path) -> None:
    assert len(LETTERS) == 134
    words = " ".join(LETTERS[start : start + 10] for start in range(0, 134, 10))

    text = _text(_saved(tmp_path, a_slip(address=words, applicant_name=words), copies=1))

    assert text.count(words) >= 1
    for word in words.split():
        assert text.count(word) >= 2


def test_decomposed_input_prints_as_composed_letters(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "Nguyễn Thị Hường")

    assert "Nguyễn Thị Hường" in _text(_saved(tmp_path, a_slip(applicant_name=name), copies=1))


def test_every_font_is_embedded_subset_and_has_its_unicode_map(tmp_path: Path) -> None:
    rows = _run("pdffonts", str(_saved(tmp_path, a_slip()))).splitlines()[2:]

    assert rows
    for row in rows:
        assert re.match(r"[A-Z]{6}\+Tinos", row), row
        assert row.split()[-5:-2] == ["yes", "yes", "yes"], row


def _outside(pdf: Path) -> list[str]:
    root = ET.fromstring(_run("pdftotext", "-bbox", str(pdf), "-"))
    words = [node for node in root.iter() if node.tag.endswith("word")]
    assert words
    return [
        word.text or ""
        for word in words
        if float(word.attrib["xMin"]) < 0
        or float(word.attrib["yMin"]) < 0
        or float(word.attrib["xMax"]) > PAGE[0]
        or float(word.attrib["yMax"]) > PAGE[1]
    ]


def test_sixty_papers_and_endless_names_stay_inside_a5_pages_that_all_carry_the_code(tmp_path: Path) -> None:
    papers = tuple(Paper(name=f"Giấy tờ thứ {n} của hồ sơ, bản có công chứng", original=1) for n in range(1, 61))
    pdf = _saved(tmp_path, a_slip(papers=papers, applicant_name="W" * 300, clerk_name="Trần " * 60), copies=1)

    text = _run("pdftotext", "-layout", str(pdf), "-").rstrip("\f").split("\f")

    assert _outside(pdf) == []
    assert len(text) > 2
    for number, page in enumerate(text, start=1):
        assert f"Trang {number}/{len(text)}" in page
        assert f"Mã hồ sơ: {CODE}" in page
    assert all(f"Giấy tờ thứ {n} " in " ".join(" ".join(text).split()) for n in range(1, 61))
    size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", _run("pdfinfo", str(pdf)))
    assert size is not None
    assert (float(size[1]), float(size[2])) == pytest.approx(PAGE, abs=0.1)


def test_file_names_its_paper_and_its_agency_but_no_person(tmp_path: Path) -> None:
    info = _run("pdfinfo", str(_saved(tmp_path, a_slip())))

    assert f"Giấy tiếp nhận hồ sơ và hẹn trả kết quả {CODE}" in info
    assert "Trung tâm Phục vụ hành chính công xã Suối Mơ" in info
    assert "Hường" not in info


def test_equal_facts_give_equal_bytes_and_other_facts_do_not() -> None:
    assert render_form(a_slip(), copies=2) == render_form(a_slip(), copies=2)
    assert render_form(a_slip(), copies=2, archive=True) == render_form(a_slip(), copies=2, archive=True)
    assert render_form(a_slip(), copies=2) != render_form(a_slip(reprint=1), copies=2)


def test_empty_optional_facts_leave_dots_on_the_page(tmp_path: Path) -> None:
    data = a_slip(email="", phone="", id_number="", address="", limit=None, due_at=None, fees=(), clerk_name="")

    assert "Địa chỉ: ....." in _text(_saved(tmp_path, data, copies=1))


def test_archive_copy_declares_pdfa_2b_with_a_colour_profile_and_the_same_text(tmp_path: Path) -> None:
    target = tmp_path / "archive.pdf"
    target.write_bytes(render_form(a_slip(), copies=2, archive=True))

    with pikepdf.open(target) as document:
        with document.open_metadata() as facts:
            assert facts.pdfa_status == "2B"
        assert len(document.Root.OutputIntents[0].DestOutputProfile.read_bytes()) > 300
    assert _text(target) == _text(_saved(tmp_path, a_slip()))
