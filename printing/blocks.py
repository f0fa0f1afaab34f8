"""What a page is made of, before anybody knows where it goes: no positions, no fonts, no PDF.

A renderer decides the look. All texts are NFC, with single spaces.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NationalHeader:
    """Agency on the left; quốc hiệu, tiêu ngữ and place with date on the right (Nghị định 30/2020/NĐ-CP)."""

    parent_name: str
    agency_name: str
    nation: str
    motto: str
    place_date: str


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """The code as Code 128, as QR, and as letters to read."""

    label: str
    code: str


@dataclass(frozen=True, slots=True)
class Title:
    """The name of the paper, which copy it is, and whether it is a further printing; empty lines are left out."""

    text: str
    copy_mark: str = ""
    reprint_mark: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A label with its value; an empty value becomes dots to write on."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class FieldLine:
    """Fields that belong on one line when they fit."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Running text. One that introduces what follows stays on the same page with it."""

    text: str
    introduces: bool = False


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper of the table; `note` stands below its name; counts are already text, "" for none."""

    number: str
    name: str
    note: str
    original: str
    certified: str
    copy: str


@dataclass(frozen=True, slots=True)
class PaperTable:
    """The table of papers; its head returns on every page the table reaches."""

    number: str
    name: str
    counts: str
    original: str
    certified: str
    copy: str
    rows: tuple[PaperRow, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs, how, and the printed name below the space for the signature."""

    title: str
    hint: str
    name: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """One or two signatures side by side; a single one stands on the right."""

    columns: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """The unit's own lines, small, at the end."""

    lines: tuple[str, ...]


Block = NationalHeader | CodeBlock | Title | FieldLine | Sentence | PaperTable | Signatures | Notes


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy (liên) and what the foot of each of its pages says besides the page number."""

    blocks: tuple[Block, ...]
    foot_left: str
    foot_middle: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A whole paper: its copies, and the file's own title, author and page wording (``Trang {page}/{pages}``)."""

    title: str
    author: str
    page_wording: str
    copies: tuple[Copy, ...]
