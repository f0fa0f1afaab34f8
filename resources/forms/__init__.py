"""The wording of every form as data: one TOML file for each form and form set, and what all of them share.

``tt03_2025/receipt.toml`` holds form 01 of one circular; ``common_forms`` holds the papers that no circular words.
A unit's corrected file of the same relative name, in a folder of its own, stands in the place of ours as a whole.
What a file may say is described in README.md beside this module.
"""

import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

COMMON_FOLDER = "common_forms"
_SUFFIX = ".toml"
_LARGEST_FILE_BYTES = 256 * 1024
_MOST_KEPT = 256

Words = Annotated[str, Meta(min_length=1, max_length=2_000)]
Rows = Annotated[int, Meta(ge=0, le=40)]
Millimetres = Annotated[float, Meta(ge=0, le=250)]


class WordingFault(Exception):  # noqa: N818 -- an error of the file, named as the callers speak of it
    """A file of wording that cannot be used: its name relative to its folder, and a short technical reason."""

    def __init__(self, file: str, detail: str) -> None:
        super().__init__(f"{file}: {detail}")
        self.file = file
        self.detail = detail


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every part of a file has in common: a word nobody knows is a mistake, never passed over."""


class FieldWording(_Part, frozen=True):
    """A label and the name of the fact that follows it; a strong one is set in bold."""

    label: str
    value: str
    strong: bool = False


class LineWording(_Part, frozen=True):
    """One line of a form: fields, or a sentence with facts in braces, and after it a table by its name.

    An optional line is left out when none of its facts is known; any other is printed with dots to write on. `when`
    and `unless` name a fact that must be known, or unknown, for the line to stand.
    """

    fields: tuple[FieldWording, ...] = ()
    text: str = ""
    table: str = ""
    optional: bool = False
    when: str = ""
    unless: str = ""
    strong: bool = False
    centred: bool = False


class SignatureWording(_Part, frozen=True):
    """Who signs, the hint in brackets, and which fact names the person.

    Where `signer` is set the title is only the usual one: the clerk's or the unit's own title for this form wins.
    """

    title: str
    hint: str = ""
    name: str = ""
    signer: bool = False


class ColumnWording(_Part, frozen=True):
    """A column: its head, what stands in it, and its width as a share of what fixed columns leave or in mm."""

    label: str
    key: str
    share: Annotated[float, Meta(gt=0, le=100)] = 1.0
    width_mm: Millimetres = 0.0
    align: Literal["left", "centre", "right"] = "left"
    group: str = ""


class TableWording(_Part, frozen=True):
    """A table. `blank_rows` are printed to write on when there is no row; `least_rows` fills a short table up.

    `row_mm` is the least height of a row. `page_total` ends every page (``{rows}``, ``{so_far}``); `total` begins the
    row of totals, "" for none. `words` are phrases that stand inside cells.
    """

    columns: Annotated[tuple[ColumnWording, ...], Meta(min_length=1, max_length=24)]
    blank_rows: Rows = 0
    least_rows: Rows = 0
    row_mm: Annotated[float, Meta(ge=0, le=60)] = 0.0
    page_total: str = ""
    total: str = ""
    words: dict[str, str] = {}


class CoverWording(_Part, frozen=True):
    """The cover of a book: its title and lines with facts in braces; a line without any known fact is left out."""

    title: Words
    lines: tuple[str, ...] = ()


class AnnexWording(_Part, frozen=True):
    """A second paper that begins a new page of the first."""

    title: Words
    subtitle: str = ""
    lines: tuple[LineWording, ...] = ()
    signatures: Annotated[tuple[SignatureWording, ...], Meta(max_length=4)] = ()


class FormWording(_Part, frozen=True):
    """One form of a set, top to bottom.

    `number` is its official number, "" where no circular has it. `copy_marks` say who gets each copy; copies beyond
    them are the last one's. `number_suffix` gives the paper a number of its own ("/PXL"); a form without it has none.
    `header` prints agency and national header; `signed_on` place and date above the last signature; `recipients` the
    lines of "Nơi nhận" below the signatures. `unit_notes` ends the paper with where to ask, or with the unit's own
    lines before it: these are, as a rule, about coming for the result. `sheet` replaces the usual sheet.
    """

    source: Words
    title: Words
    verified: bool = False
    number: str = ""
    subtitle: str = ""
    number_suffix: str | None = None
    code_label: str = ""
    copy_marks: tuple[str, ...] = ()
    header: bool = True
    signed_on: bool = False
    unit_notes: Literal["none", "contact", "all"] = "none"
    recipients: tuple[str, ...] = ()
    sheet: str = ""
    cover: CoverWording | None = None
    lines: tuple[LineWording, ...] = ()
    signatures: Annotated[tuple[SignatureWording, ...], Meta(max_length=4)] = ()
    tables: dict[str, TableWording] = {}
    annex: AnnexWording | None = None


class MoneyWording(_Part, frozen=True):
    """How amounts are written."""

    amount: str
    line: str
    total: str
    local: str
    all_local: str
    unit: str
    tier: str
    by_count: str
    by_case: str
    alternative: str
    per: dict[str, str]


class CommonWording(_Part, frozen=True):
    """What all papers share."""

    nation: str
    motto: str
    code: str
    page: str
    reprint: str
    copy_mark: str
    copy_short: str
    place_date: str
    date: str
    short_date: str
    moment: str
    paper_number: str
    dossier_count: str
    nothing_to_pay: str
    hotline: str
    lookup: str
    lookup_checked: str
    contact_phone: str
    recipients: str
    tick: str
    reused: str
    see_list: str
    each_own: str
    scan_texts: str
    limit: dict[str, str]
    result_place: dict[str, str]
    channel: dict[str, str]
    circulars: dict[str, str]
    kept_time: dict[str, str]
    hand_time: dict[str, str]
    money: MoneyWording


@cache
def common_wording() -> CommonWording:
    """Return what all papers share. Read once, safe from any thread."""
    return msgspec.convert(_parsed("common.toml", _shipped("common.toml")), CommonWording)


@cache
def shipped_file(set_folder: str, form: str) -> str:
    """Return the relative name of the file that words a form of a set: the set's own, else the common one.

    Raises:
        WordingFault: no file comes with the program.
    """
    for folder in (set_folder, COMMON_FOLDER):
        if (files(__name__) / folder / f"{form}{_SUFFIX}").is_file():
            return f"{folder}/{form}{_SUFFIX}"
    raise WordingFault(f"{set_folder}/{form}{_SUFFIX}", "no such form")


def load_wording(name: str, overlay: Path | None = None) -> FormWording:
    """Return the wording in a file by its relative name; a file of that name in the overlay wins as a whole.

    Read anew only when the file has changed; safe from any thread.

    Raises:
        WordingFault: the file cannot be read or is no wording.
    """
    if overlay is None:
        return _load_shipped(name)
    own = overlay / name
    try:
        found = own.stat()
    except (FileNotFoundError, NotADirectoryError):
        return _load_shipped(name)
    except OSError as error:
        raise WordingFault(name, error.strerror or type(error).__name__) from error
    return _load_own(own, name, found.st_mtime_ns, found.st_size)


def list_overlay_files(overlay: Path) -> tuple[str, ...]:
    """Return the relative names of the TOML files in an overlay folder, sorted; none when there is no such folder.

    Raises:
        WordingFault: the folder cannot be read.
    """
    try:
        found = [file.relative_to(overlay).as_posix() for file in overlay.rglob("*") if file.suffix.lower() == _SUFFIX]
    except OSError as error:
        raise WordingFault(overlay.name, error.strerror or type(error).__name__) from error
    return tuple(sorted(found))


@cache
def _load_shipped(name: str) -> FormWording:
    return _converted(name, _shipped(name))


@lru_cache(maxsize=_MOST_KEPT)
def _load_own(file: Path, name: str, _changed_ns: int, size_bytes: int) -> FormWording:
    if size_bytes > _LARGEST_FILE_BYTES:
        raise WordingFault(name, f"larger than {_LARGEST_FILE_BYTES} bytes")
    try:
        return _converted(name, file.read_bytes())
    except OSError as error:
        raise WordingFault(name, error.strerror or type(error).__name__) from error


def _shipped(name: str) -> bytes:
    return files(__name__).joinpath(*name.split("/")).read_bytes()


def _converted(name: str, content: bytes) -> FormWording:
    try:
        return msgspec.convert(_tidy(_parsed(name, content)), FormWording)
    except (msgspec.ValidationError, RecursionError) as error:
        raise WordingFault(name, str(error)) from error


def _parsed(name: str, content: bytes) -> Any:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise WordingFault(name, "not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WordingFault(name, str(error)) from error


def _tidy(value: Any) -> Any:
    """Return the same with all texts composed (NFC), without invisible characters, with single spaces."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", "".join(_visible(value))).split())
    if isinstance(value, list):
        return [_tidy(part) for part in value]
    if isinstance(value, dict):
        return {key: _tidy(part) for key, part in value.items()}
    return value


def _visible(text: str) -> Iterator[str]:
    return (char for char in text if char.isprintable() or char.isspace())
