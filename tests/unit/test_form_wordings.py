import os
from pathlib import Path

import pytest

from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import KINDS, Form, FormSet
from printing import build_document, form_text, form_title, list_wording_problems, render_form
from printing.documents.offers import OFFERS
from printing.documents.wordings import form_wording
from tests.fakes.slips import a_form, a_slip

FORMS = Path(__file__).parents[2] / "resources" / "forms"
OLD, NEW = FormSet.TT01_2018, FormSet.TT03_2025
FILE = "tt03_2025/refusal.toml"
GOOD = """
source = "Quyết định của tỉnh"
number = "Mẫu số 03"
title = "PHIẾU TỪ CHỐI CỦA TỈNH HOA BAN"
lines = [{ fields = [{ label = "Kính gửi:", value = "applicant" }] }, { text = "Lý do: {reason}" }]
"""


def own(folder: Path, content: str | bytes, name: str = FILE) -> Path:
    """Put a unit's own file into its folder and return the folder."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def detail_of(folder: Path, form: Form = Form.REFUSAL) -> str:
    """Return why the form's file in a folder cannot be used."""
    with pytest.raises(UserError) as caught:
        form_wording(NEW, form, folder)
    assert caught.value.code == "forms.bad_wording"
    return str(caught.value.context["detail"])


@pytest.mark.parametrize("form_set", FormSet)
@pytest.mark.parametrize("form", Form)
def test_every_form_has_a_wording_that_names_its_source_and_is_not_said_to_be_verified(
    form: Form, form_set: FormSet
) -> None:
    wording = form_wording(form_set, form)

    assert wording.source
    assert not wording.verified


def test_every_shipped_file_is_the_wording_of_a_form() -> None:
    assert [problem.context["file"] for problem in list_wording_problems(FORMS)] == ["common.toml"]


def test_a_units_own_file_is_printed_in_place_of_ours_and_only_in_its_set(tmp_path: Path) -> None:
    folder = own(tmp_path, GOOD)

    assert form_title(Form.REFUSAL, NEW, folder) == "PHIẾU TỪ CHỐI CỦA TỈNH HOA BAN"
    assert form_title(Form.REFUSAL, NEW) == form_title(Form.REFUSAL, OLD, folder)
    text = form_text(a_slip(Form.REFUSAL), wording_folder=folder)
    assert "Kính gửi: Nguyễn Thị Hường" in text
    assert "Lý do: Giấy chứng sinh chưa có chữ ký của cơ sở y tế." in text
    assert "NGƯỜI NỘP HỒ SƠ" not in text
    assert form_text(a_slip(), wording_folder=folder) == form_text(a_slip())


def test_a_common_form_is_corrected_for_every_set_at_once(tmp_path: Path) -> None:
    name = "common_forms/manifest.toml"
    content = (FORMS / name).read_text(encoding="utf-8").replace("BIÊN BẢN GIAO NHẬN HỒ SƠ", "BIÊN BẢN CỦA TỈNH")
    folder = own(tmp_path, content, name)

    assert {form_title(Form.MANIFEST, form_set, folder) for form_set in FormSet} == {"BIÊN BẢN CỦA TỈNH"}


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    folder = own(tmp_path, GOOD)
    assert form_title(Form.REFUSAL, NEW, folder).endswith("HOA BAN")

    own(folder, GOOD.replace("HOA BAN", "SUỐI MƠ"))
    os.utime(folder / FILE, ns=(1, 1))

    assert form_title(Form.REFUSAL, NEW, folder).endswith("SUỐI MƠ")
    (folder / FILE).unlink()
    assert form_title(Form.REFUSAL, NEW, folder) == form_title(Form.REFUSAL, NEW)


def test_a_file_from_an_editor_with_a_mark_and_decomposed_letters_is_composed(tmp_path: Path) -> None:
    import unicodedata

    content = b"\xef\xbb\xbf" + unicodedata.normalize("NFD", GOOD).encode()

    assert form_title(Form.REFUSAL, NEW, own(tmp_path, content)) == "PHIẾU TỪ CHỐI CỦA TỈNH HOA BAN"


def test_a_sheet_in_the_wording_wins_over_the_usual_one(tmp_path: Path) -> None:
    folder = own(tmp_path, 'sheet = "A4"\n' + GOOD)

    assert build_document(a_slip(Form.REFUSAL), copies=1, wording_folder=folder).sheet == "A4"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("title =\n", "line 1"),
        (b"\xff\xfe", "not UTF-8"),
        ("#" * 300_000, "larger than"),
        ('title = "X"', "source"),
        (GOOD + "colour = 1", "colour"),
        (GOOD.replace('value = "applicant"', 'value = "aplicant"'), "lines[0]: unknown fact aplicant"),
        (GOOD.replace("{reason}", "{raeson}"), "lines[1].text: unknown fact raeson"),
        (GOOD.replace("{reason}", "{reason.__class__}"), "lines[1].text"),
        (GOOD.replace("{reason}", "{reason!r}"), "lines[1].text"),
        (GOOD.replace("{reason}", "{reason"), "lines[1].text"),
        (GOOD.replace("{reason}", "{}"), "lines[1].text"),
        (GOOD.replace("lines = [", 'lines = [{ table = "papers" }, '), "no table papers"),
        (GOOD.replace("lines = [", "lines = [{ strong = true }, "), "lines[0]: says nothing"),
        (GOOD + '[tables.papers]\ncolumns = [{ label = "TT", key = "number" }]', "unknown table papers"),
        ('signatures = [{ title = "A", name = "nobody" }]' + GOOD, "signatures[0]: unknown fact nobody"),
        ('recipients = ["{nowhere}"]' + GOOD, "recipients[0]: unknown fact nowhere"),
        ('subtitle = "{day}"' + GOOD, "subtitle: unknown fact day"),
        ('sheet = "A4-landscape"' + GOOD, "sheet: A4-landscape"),
        (GOOD + '[annex]\ntitle = "B"\nlines = [{ text = "{x}" }]', "annex.lines[0].text: unknown fact x"),
        (GOOD + '[cover]\ntitle = "B"\nlines = ["{x}"]', "cover.lines[0]: unknown fact x"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name_and_a_reason(
    content: str | bytes, reason: str, tmp_path: Path
) -> None:
    folder = own(tmp_path, content)

    assert reason in detail_of(folder)
    (problem,) = list_wording_problems(folder)
    assert problem.context["file"] == FILE
    with pytest.raises(UserError, match=FILE):
        render_form(a_slip(Form.REFUSAL), copies=1, wording_folder=folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('key = "code"', 'key = "codes"'), "unknown column codes"),
        (('total = "Cộng"', 'page_total = "{sum}"'), "page_total: unknown fact sum"),
        (('total = "Cộng"', 'words = { a = "b" }'), "words: must be empty"),
        (("share = 42", "width_mm = 3000"), "width_mm"),
        (("share = 42", "share = 0"), "share"),
        (('align = "centre"', 'align = "middle"'), "align"),
    ],
)
def test_a_table_that_cannot_be_made_is_refused(change: tuple[str, str], reason: str, tmp_path: Path) -> None:
    name = "common_forms/manifest.toml"
    content = (FORMS / name).read_text(encoding="utf-8")
    assert change[0] in content

    assert reason in detail_of(own(tmp_path, content.replace(*change), name), Form.MANIFEST)


def test_phrases_of_the_control_slip_must_all_be_given_with_their_own_placeholders(tmp_path: Path) -> None:
    name = "tt03_2025/control-slip.toml"
    content = (FORMS / name).read_text(encoding="utf-8")

    assert "words: must be" in detail_of(own(tmp_path, content.replace("gives =", "gibt ="), name), Form.CONTROL_SLIP)
    wrong = content.replace("{giver}", "{receiver}")
    assert "words.gives: unknown fact receiver" in detail_of(own(tmp_path, wrong, name), Form.CONTROL_SLIP)


def test_all_bad_files_of_a_folder_are_named_and_what_is_no_form_too(tmp_path: Path) -> None:
    own(tmp_path, GOOD)
    own(tmp_path, "title =", "tt01_2018/receipt.toml")
    own(tmp_path, "title =", "common_forms/label.toml")
    own(tmp_path, GOOD, "tt03_2025/reqeipt.toml")
    own(tmp_path, "notes", "tt03_2025/readme.txt")

    problems = list_wording_problems(tmp_path)

    assert [problem.context["file"] for problem in problems] == [
        "common_forms/label.toml",
        "tt01_2018/receipt.toml",
        "tt03_2025/reqeipt.toml",
    ]
    assert {problem.code for problem in problems} == {"forms.bad_wording"}


def test_no_folder_and_an_empty_one_have_no_problems(tmp_path: Path) -> None:
    assert list_wording_problems(tmp_path) == list_wording_problems(tmp_path / "none") == ()
    assert form_title(Form.RECEIPT, NEW, tmp_path / "none") == form_title(Form.RECEIPT, NEW)


@pytest.mark.parametrize("form", Form)
def test_every_fact_and_column_that_is_offered_can_be_told_of_every_paper(form: Form) -> None:
    offer = OFFERS[form]

    for form_set in KINDS[form].sets:
        for dossier in ("", "short", "long", "organisation"):
            data = a_form(form, form_set, dossier)
            said = [make(data) for make in offer.facts.values()]
            assert [text for text in said if " ".join(text.split()) != text] == []
            for name, source in offer.tables.items():
                table = form_wording(form_set, form).tables[name]
                for item in source.items(data, table):
                    assert all(make(item) is not None for make in source.cells.values())


def test_the_page_about_wordings_names_every_fact_and_column() -> None:
    page = (FORMS / "README.md").read_text(encoding="utf-8")
    names = {name for offer in OFFERS.values() for name in offer.facts}
    names |= {key for offer in OFFERS.values() for source in offer.tables.values() for key in source.cells}

    assert sorted(name for name in names if f"`{name}`" not in page) == []
