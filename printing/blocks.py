"""What a page is made of, before anybody knows where it goes: no positions, no fonts, no PDF.

A renderer decides the look. All texts are NFC, with single spaces.
"""

from dataclasses import dataclass
from enum import StrEnum

from counter_app.domain.forms.kinds import Sheet


@dataclass(frozen=True, slots=True)
class NationalHeader:
    """Agency on the left; quốc hiệu, tiêu ngữ and place with date on the right (Nghị định 30/2020/NĐ-CP).

    `number` (``Số: 12/PXL``) stands under the agency, `logo` (PNG or JPEG) above or beside it; both may be empty.
    """

    parent_name: str
    agency_name: str
    nation: str
    motto: str
    place_date: str
    number: str = ""
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """The code as Code 128, as QR, and as letters to read; `scan_text` is what the QR says, the code when empty."""

    label: str
    code: str
    scan_text: str = ""


@dataclass(frozen=True, slots=True)
class ScanTexts:
    """Texts for a reader alone, each as a QR with its place in the row (``1/3``) below."""

    label: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """The name of the paper, which copy it is, and whether it is a further printing; empty lines are left out."""

    text: str
    copy_mark: str = ""
    reprint_mark: str = ""
    subtitle: str = ""


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
    """Running text. One that introduces what follows stays on the same page with it; `centred` and `strong` as said."""

    text: str
    introduces: bool = False
    strong: bool = False
    centred: bool = False


class Align(StrEnum):
    """How the cells of a column stand."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `share` is its part of the width that fixed columns leave; a column with `width_mm` is fixed. Neighbours with the
    same `group` stand under one common head.
    """

    label: str
    share: float = 1.0
    width_mm: float = 0.0
    align: Align = Align.LEFT
    group: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; `note` stands below the text, small and in italics."""

    text: str = ""
    note: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `least_mm` leaves room to write or sign by hand."""

    cells: tuple[Cell, ...]
    least_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table with rules; its head returns on every page the table reaches.

    `page_total` ends every page the table reaches (``{rows}`` rows on it, ``{so_far}`` up to its end), "" for none;
    `rows_before` stand in an earlier part of the same book and count in ``{so_far}``.
    `total` is a last row in bold.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    page_total: str = ""
    total: Row | None = None
    rows_before: int = 0


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs, how, and the printed name below the space for the signature."""

    title: str
    hint: str
    name: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """One to four signatures side by side; a single one stands on the right. `place_date` stands above the last."""

    columns: tuple[Signature, ...]
    place_date: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """The unit's own lines, small, at the end."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """A whole page of its own, in the middle: the cover of a book."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a new page."""


@dataclass(frozen=True, slots=True)
class Label:
    """A sticker for the paper dossier: barcode, code, one or two lines that end in … where they do not fit."""

    code: str
    lines: tuple[str, ...]
    scan_text: str = ""


Block = (
    NationalHeader
    | CodeBlock
    | ScanTexts
    | Title
    | FieldLine
    | Sentence
    | Table
    | Signatures
    | Notes
    | Cover
    | PageBreak
    | Label
)


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy (liên) and what the foot of each of its pages says besides the page number."""

    blocks: tuple[Block, ...]
    foot_left: str
    foot_middle: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole paper: copies, sheet, and the file's own title, author and page wording (``Trang {page}/{pages}``)."""

    title: str
    author: str
    page_wording: str
    copies: tuple[Copy, ...]
    sheet: Sheet = Sheet.A5
