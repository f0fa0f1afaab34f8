import re
import subprocess
import sys
from pathlib import Path

import pytest

from counter_app.cli.commands import COMMANDS
from counter_app.settings.declared import DECLARED
from ui.actions import list_shortcuts

ROOT = Path(__file__).parents[2]
CODE = ("counter_app", "ui", "printing", "resources", "tests", "tools", "installer")
MOST_LINES = 500
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "managers", "misc", "common"}
HEAVY = ("reportlab", "holidays", "phonenumbers", "stdnum", "openpyxl", "pikepdf", "keyring", "alembic", "argon2",
         "barcode", "segno", "PIL", "pyhanko", "pkcs11", "asn1crypto")  # fmt: skip
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
FOREIGN_PATH = re.compile(r"(?<![\w.])/(?:work|home/\w+|Users/\w+)/")


def python_files() -> list[Path]:
    return [file for package in CODE for file in sorted((ROOT / package).rglob("*.py"))]


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_no_source_file_is_too_long_to_read() -> None:
    lengths = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in python_files()}

    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name_of(file) for file in python_files() if file.stem in VAGUE_NAMES] == []


def test_test_modules_have_names_of_their_own() -> None:
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]

    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    texts = [*python_files(), *documents(), *(ROOT / "tools").glob("*.sh"), ROOT / "Makefile"]

    assert [name_of(file) for file in texts if FOREIGN_PATH.search(file.read_text(encoding="utf-8"))] == []


def test_every_link_of_the_documents_leads_somewhere() -> None:
    broken = [
        f"{name_of(file)}: {target}"
        for file in documents()
        for target in LINK.findall(file.read_text(encoding="utf-8"))
        if not (file.parent / target).exists()
    ]

    assert broken == []


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    files = sorted(file for file in folder.glob("*.md") if file.name != "README.md")
    index = (folder / "README.md").read_text(encoding="utf-8")

    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    assert [file.name for file in files if file.name not in index] == []


@pytest.mark.parametrize("area", ["clerk", "it-officer"])
def test_people_can_read_the_same_pages_in_both_languages(area: str) -> None:
    pages = {
        language: {file.name for file in (ROOT / "docs" / area / language).glob("*.md")} for language in ("vi", "en")
    }

    assert pages["vi"] == pages["en"]
    assert pages["vi"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_setting_is_in_the_it_officers_pages(language: str) -> None:
    pages = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "docs" / "it-officer" / language).glob("*.md"))

    assert [name for name in DECLARED if f"`{name}`" not in pages] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_command_is_in_the_it_officers_pages(language: str) -> None:
    page = (ROOT / "docs" / "it-officer" / language / "desk.md").read_text(encoding="utf-8")

    assert [name for name in COMMANDS if f"`{name}" not in page] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_shortcut_is_in_the_clerks_pages(language: str) -> None:
    pages = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "docs" / "clerk" / language).glob("*.md"))

    assert [key for key in list_shortcuts() if f"`{key.replace('Return', 'Enter')}`" not in pages] == []


@pytest.mark.parametrize("module", ["counter_app.__main__", "counter_app.window", "ui.application"])
def test_starting_imports_no_heavy_library(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    ).stdout.split()

    assert sorted(set(loaded) & set(HEAVY)) == []


def test_opening_a_store_loads_no_library_that_works_on_papers() -> None:
    program = "import sys, counter_app.bootstrap; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    ).stdout.split()

    assert sorted(set(loaded) & {"cv2", "numpy", "PIL", "pikepdf", "pypdfium2", "tesserocr", "zxingcpp"}) == []
