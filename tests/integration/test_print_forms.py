"""Every form of every set as a file, read back by programs that know nothing of ours."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

import pytest

from counter_app.core.errors import UserError
from counter_app.domain.forms.facts import FormData, HandoverData, SlipData
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Sheet
from printing import build_document, render_form
from printing.blocks import Label, Table
from tests.fakes.slips import a_form, a_slip

USES = [(kind.form, form_set) for kind in KINDS.values() for form_set in kind.sets]
ROLLS = [
    (kind.form, sheet)
    for kind in KINDS.values()
    for sheet in kind.sheets
    if sheet in (Sheet.ROLL_80, Sheet.ROLL_58, Sheet.A4) and sheet is not kind.sheet
]
DOSSIERS = ("short", "long", "organisation")
FORMS = Path(__file__).parents[2] / "resources" / "forms"


def _run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.fail(f"{command[0]} is missing: install poppler-utils and zbar-tools")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _squeezed(text: str) -> str:
    """Return the letters alone: where lines and long words break is the page's own business."""
    return re.sub(r"\s", "", text)


def _saved(folder: Path, data: FormData, sheet: Sheet | None = None, wording_folder: Path | None = None) -> Path:
    target = folder / "paper.pdf"
    target.write_bytes(render_form(data, copies=1, sheet=sheet, wording_folder=wording_folder))
    return target


def _texts_of(part: object) -> Iterator[str]:
    """Yield every text in a block, wherever it stands in it."""
    if isinstance(part, str) and not isinstance(part, Enum):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _texts_of(one)
    elif isinstance(part, Label):
        # A line that does not fit ends in …: its beginning is enough to know the dossier by.
        yield from (part.code, *(line[:20] for line in part.lines))
    elif is_dataclass(part):
        for field in fields(part):
            if field.name not in ("page_total", "scan_text"):
                yield from _texts_of(getattr(part, field.name))


def _missing(data: FormData, pdf: Path, *, rolls: bool = False) -> list[str]:
    """Return what the paper says and the page does not. `-raw` reads in the order in which the page was written."""
    page = _squeezed(_run("pdftotext", "-raw", str(pdf), "-"))
    blocks = build_document(data, copies=1).copies[0].blocks
    said = [text for block in blocks if not (rolls and isinstance(block, Table)) for text in _texts_of(block)]
    # What goes over the end of a page has the foot in between: then each word must be there.
    return [
        text
        for text in said
        if _squeezed(text) not in page and not all(_squeezed(word) in page for word in text.split())
    ]


def _code_of(data: FormData) -> str:
    return data.code if isinstance(data, SlipData | HandoverData) else ""


def _scanned(pdf: Path) -> set[str]:
    image = pdf.with_suffix("")
    _run("pdftoppm", "-r", "203", "-gray", "-png", "-singlefile", str(pdf), str(image))
    done = subprocess.run(
        ["zbarimg", "--quiet", "--raw", f"{image}.png"], capture_output=True, text=True, check=False
    )  # 4: nothing found
    return set(done.stdout.split())


def _fonts(pdf: Path) -> list[list[str]]:
    return [row.split()[-5:-2] for row in _run("pdffonts", str(pdf)).splitlines()[2:]]


@pytest.mark.parametrize("dossier", DOSSIERS)
@pytest.mark.parametrize(("form", "form_set"), USES)
def test_every_paper_says_all_it_should_its_codes_are_read_and_its_fonts_are_inside(
    form: Form, form_set: FormSet, dossier: str, tmp_path: Path
) -> None:
    data = a_form(form, form_set, dossier)
    pdf = _saved(tmp_path, data)

    assert _missing(data, pdf) == []
    assert _scanned(pdf) == ({code} if (code := _code_of(data)) else set())
    assert _fonts(pdf)
    assert all(row == ["yes", "yes", "yes"] for row in _fonts(pdf))


@pytest.mark.parametrize("dossier", ["", "long"])
@pytest.mark.parametrize(("form", "sheet"), ROLLS)
def test_papers_on_other_sheets_say_all_they_should_too(form: Form, sheet: Sheet, dossier: str, tmp_path: Path) -> None:
    data = a_form(form, KINDS[form].sets[-1], dossier)
    pdf = _saved(tmp_path, data, sheet)

    # On a roll the heads of a table stand only beside what there is.
    assert _missing(data, pdf, rolls=sheet is not Sheet.A4) == []
    assert _scanned(pdf) == {_code_of(data)}


@pytest.mark.parametrize("form", [Form.RECEIPT, Form.RECEIPT_COPIES, Form.RECEIPT_STAGES])
@pytest.mark.parametrize("form_set", FormSet)
def test_receipt_names_the_competent_unit_only_where_it_is_another_one(
    form: Form, form_set: FormSet, tmp_path: Path
) -> None:
    line, name = "Cơ quan giải quyết:", "Ủy ban nhân dân xã Nà Sáng"

    def text(*, is_for_other_unit: bool) -> str:
        data = a_slip(form, form_set, competent_name=name, is_for_other_unit=is_for_other_unit)
        return " ".join(_run("pdftotext", "-layout", str(_saved(tmp_path, data)), "-").split())

    own, other = text(is_for_other_unit=False), text(is_for_other_unit=True)

    assert f"{line} {name}" in other
    assert line not in own
    assert name not in own
    # Nothing else on the page changes.
    assert "".join(other.replace(f"{line} {name}", "").split()) == "".join(own.split())


def test_a_page_that_says_something_else_is_noticed(tmp_path: Path) -> None:
    missing = _missing(a_form(Form.RECEIPT, dossier="long"), _saved(tmp_path, a_form(Form.RECEIPT, dossier="short")))

    assert "Thành phần thứ 40 của hồ sơ theo quy định" in missing
    assert "Nguyễn Hoàng Phương Thảo Nguyên Vy" in missing


@pytest.mark.parametrize("sheet", [Sheet.LABEL_50X30, Sheet.LABEL_100X50])
def test_both_labels_are_read_by_a_scanner(sheet: Sheet, tmp_path: Path) -> None:
    for dossier in DOSSIERS:
        data = a_form(Form.LABEL, dossier=dossier)
        assert _scanned(_saved(tmp_path, data, sheet)) == {_code_of(data)}


def test_papers_stand_on_their_usual_sheets(tmp_path: Path) -> None:
    sizes = {Sheet.A5: (148, 210), Sheet.A4: (210, 297), Sheet.A4_LANDSCAPE: (297, 210), Sheet.LABEL_50X30: (50, 30)}

    for kind in KINDS.values():
        found = re.search(
            r"Page size:\s+([\d.]+) x ([\d.]+)", _run("pdfinfo", str(_saved(tmp_path, a_form(kind.form))))
        )
        assert found is not None
        seen = (float(found[1]) / 72 * 25.4, float(found[2]) / 72 * 25.4)
        assert seen == pytest.approx(sizes[kind.sheet], abs=0.2), kind.form


def test_register_ends_every_page_with_its_rows_and_all_of_the_book_so_far(tmp_path: Path) -> None:
    pages = _run("pdftotext", "-layout", str(_saved(tmp_path, a_form(Form.REGISTER, dossier="long"))), "-").split("\f")
    totals = re.findall(r"Cộng trang: (\d+) hồ sơ; lũy kế: (\d+)", "\n".join(pages))

    assert len(totals) == len(pages) - 2  # a cover before them, nothing after the last form feed
    assert sum(int(rows) for rows, _so_far in totals) == 40
    assert totals[-1][1] == "140"  # the book's first hundred are printed elsewhere


def test_a_provinces_own_wording_is_what_the_page_says(tmp_path: Path) -> None:
    name = "tt03_2025/refusal.toml"
    own = tmp_path / "forms" / name
    own.parent.mkdir(parents=True)
    ours = (FORMS / name).read_text(encoding="utf-8")
    own.write_text(ours.replace("Xin thông báo cho", "Sở Tư pháp tỉnh Hoa Ban báo cho"), encoding="utf-8")
    data = a_form(Form.REFUSAL)

    changed = _run("pdftotext", "-raw", str(_saved(tmp_path, data, wording_folder=tmp_path / "forms")), "-")
    usual = _run("pdftotext", "-raw", str(_saved(tmp_path, data)), "-")

    assert "Sở Tư pháp tỉnh Hoa Ban báo cho Ông/Bà" in changed
    assert "Sở Tư pháp" not in usual


def test_a_wording_that_cannot_be_used_is_refused_with_its_files_name(tmp_path: Path) -> None:
    own = tmp_path / "tt03_2025" / "refusal.toml"
    own.parent.mkdir()
    own.write_text("title = 1", encoding="utf-8")

    with pytest.raises(UserError) as caught:
        render_form(a_form(Form.REFUSAL), copies=1, wording_folder=tmp_path)

    assert caught.value.code == "forms.bad_wording"
    assert caught.value.context["file"] == "tt03_2025/refusal.toml"
