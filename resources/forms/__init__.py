"""The wording of the official forms as data: one file per form set, and what all of them share.

A new circular is a new file here; a dossier keeps the set it was received under.
"""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec


class FieldWording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A label and the name of the fact that follows it; a strong one is set in bold."""

    label: str
    value: str
    strong: bool = False


class LineWording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a form: fields, or a sentence, and after it the table of papers where the form has one.

    An optional line is left out when none of its facts is known; any other is printed with dots to write on.
    """

    fields: tuple[FieldWording, ...] = ()
    text: str = ""
    table: bool = False
    optional: bool = False


class SignatureWording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs, the hint in brackets, and which fact names the person."""

    title: str
    hint: str
    name: str


class FormWording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form of a set, top to bottom."""

    number: str
    title: str
    lines: tuple[LineWording, ...]
    signatures: tuple[SignatureWording, ...]
    copy_marks: bool = False


class FormSetWording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The slips of one circular."""

    circular: str
    receipt: FormWording
    supplement: FormWording
    refusal: FormWording


class MoneyWording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


class TableWording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The heads of the table of papers."""

    number: str
    name: str
    counts: str
    original: str
    certified: str
    copy: str


class CommonWording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every slip carries."""

    nation: str
    motto: str
    code: str
    page: str
    reprint: str
    copy_mark: str
    copy_short: str
    copy_holders: tuple[str, ...]
    place_date: str
    date: str
    moment: str
    nothing_to_pay: str
    hotline: str
    lookup: str
    limit: dict[str, str]
    result_place: dict[str, str]
    money: MoneyWording
    table: TableWording


def _read(name: str) -> dict[str, object]:
    return tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))


@cache
def common_wording() -> CommonWording:
    """Return what all slips share. Read once, safe from any thread."""
    return msgspec.convert(_read("common.toml"), CommonWording)


@cache
def form_set_wording(file_name: str) -> FormSetWording:
    """Return the wording of a set by its file (``tt03_2025``). Read once, safe from any thread.

    Raises:
        FileNotFoundError: there is no such set.
    """
    return msgspec.convert(_read(f"{file_name}.toml"), FormSetWording)
