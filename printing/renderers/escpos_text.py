"""A paper as lines of a receipt printer's own letters: fast on slow lines, and only as good as the printer's font."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from printing.barcodes import LARGEST_QR, ModuleGrid, find_code128, get_qr
from printing.blocks import (
    Block,
    CodeBlock,
    Copy,
    Cover,
    Document,
    FieldLine,
    Label,
    NationalHeader,
    Notes,
    PageBreak,
    Row,
    ScanTexts,
    Sentence,
    Signatures,
    Table,
    Title,
)
from printing.profiles import Marks, ReceiptProfile
from printing.renderers import escpos_commands as commands
from printing.renderers.escpos_codepages import CodePage, UnprintableError, get_code_page
from printing.renderers.escpos_dots import iter_dots

if TYPE_CHECKING:
    from PIL.Image import Image

_DOTS = "." * 20
_SIGNING_LINES = 3
_BAR_HEIGHT_DOTS = 64
_QUIET_MODULES = 10


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    indent: int = 0
    centred: bool = False
    strong: bool = False
    tall: bool = False


@dataclass(frozen=True, slots=True)
class _Scan:
    """A code to be scanned: its letters as bars, and a QR of `payload`."""

    code: str
    payload: str


def render_escpos_text(document: Document, profile: ReceiptProfile, *, open_drawer: bool = False) -> bytes | None:
    """Return the document's copies in the printer's letters, each its own ticket; then the drawer's pulse.

    None when a character has no byte on the profile's code page and no likeness there either: the caller then prints
    dots. The profile is one that `prints_text`.
    """
    page = get_code_page(profile)
    parts = [commands.initialise(profile), page.select()]
    try:
        for copy in document.copies:
            parts.extend(_item(item, page, profile) for item in _items(copy))
            parts.append(commands.end_ticket(profile))
    except UnprintableError:
        return None
    if open_drawer:
        parts.append(commands.kick_drawer(profile))
    return b"".join(parts)


def wrap(text: str, columns: int) -> list[str]:
    """Return the text in lines of at most so many columns, broken between words; a longer word is broken anywhere."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        rest = word
        if current and len(current) + 1 + len(rest) <= columns:
            current = f"{current} {rest}"
            continue
        if current:
            lines.append(current)
        while len(rest) > columns:
            lines.append(rest[:columns])
            rest = rest[columns:]
        current = rest
    return [*lines, current] if current or not lines else lines


def _item(item: _Line | _Scan, page: CodePage, profile: ReceiptProfile) -> bytes:
    return _scan(item, profile) if isinstance(item, _Scan) else _lines(item, page, profile)


def _lines(line: _Line, page: CodePage, profile: ReceiptProfile) -> bytes:
    look = commands.style(centred=line.centred, strong=line.strong, tall=line.tall)
    texts = wrap(page.fold(line.text), profile.columns - line.indent)
    return look + b"".join(page.encode(" " * line.indent + text) + b"\n" for text in texts)


def _items(copy: Copy) -> Iterator[_Line | _Scan]:
    for block in copy.blocks:
        yield from _block(block)
    yield _Line("")
    yield from _centred(copy.foot_left, copy.foot_middle)


def _centred(*texts: str, strong: bool = False) -> Iterator[_Line]:
    return (_Line(text, centred=True, strong=strong) for text in texts if text)


def _block(block: Block) -> Iterator[_Line | _Scan]:  # noqa: C901, PLR0912 - one line for each kind of block
    match block:
        case NationalHeader():
            yield from _header(block)
        case CodeBlock():
            yield _Line(f"{block.label} {block.code}", centred=True, strong=True)
            yield _Scan(block.code, block.scan_text or block.code)
        case ScanTexts():
            yield _Line(block.label)
            for number, text in enumerate(block.texts, start=1):
                yield _Line(f"{number}/{len(block.texts)}", centred=True)
                yield _Scan("", text)
        case Title():
            yield _Line("")
            yield _Line(block.text, centred=True, strong=True, tall=True)
            yield from _centred(block.subtitle, block.copy_mark)
            yield from _centred(block.reprint_mark, strong=True)
            yield _Line("")
        case FieldLine():
            for field in block.fields:
                yield _Line(f"{field.label} {field.value or _DOTS}".strip(), strong=field.strong)
        case Sentence():
            yield _Line(block.text, strong=block.strong, centred=block.centred)
        case Table():
            yield from _table(block)
        case Signatures():
            yield from _signatures(block)
        case Notes():
            yield _Line("")
            yield from (_Line(line) for line in block.lines)
        case Cover():
            yield _Line(block.title, centred=True, strong=True, tall=True)
            yield from _centred(*block.lines)
        case Label():
            yield from _centred(block.code, strong=True)
            yield _Scan(block.code, block.scan_text or block.code)
            yield from _centred(*block.lines)
        case PageBreak():
            yield _Line("")


def _header(block: NationalHeader) -> Iterator[_Line]:
    yield from _centred(block.parent_name)
    yield from _centred(block.agency_name, strong=True)
    yield from _centred(block.number)
    yield _Line("")
    yield from _centred(block.nation, block.motto, strong=True)
    yield from _centred(block.place_date)
    yield _Line("")


def _table(table: Table) -> Iterator[_Line]:
    """Each row as its own paragraph: a roll is too narrow for columns."""
    for row in table.rows:
        yield from _row(table, row)
    if table.total is not None:
        pairs = [pair for pair in zip(table.columns, table.total.cells, strict=False) if pair[1].text]
        name = pairs[0][1].text if pairs else ""
        said = "; ".join(f"{column.label}: {cell.text}" for column, cell in pairs[1:])
        yield _Line(f"{name}: {said}" if said else name, strong=True)


def _row(table: Table, row: Row) -> Iterator[_Line]:
    """A running number and the name first, whatever the other columns say indented below it."""
    pairs = list(zip(table.columns, row.cells, strict=False))
    is_numbered = len(pairs) > 1 and (pairs[0][1].text.isdigit() or not pairs[0][1].text)
    number = f"{pairs[0][1].text or '..'}. " if is_numbered else ""
    name, others = pairs[1 if is_numbered else 0], pairs[2 if is_numbered else 1 :]
    yield _Line(f"{number}{name[1].text or _DOTS}", strong=name[1].strong)
    if name[1].note:
        yield _Line(f"({name[1].note.strip('()')})", indent=len(number))
    said = [f"{column.label}: {cell.text}" for column, cell in others if cell.text]
    if said:
        yield _Line("; ".join(said), indent=len(number))


def _signatures(block: Signatures) -> Iterator[_Line]:
    yield _Line("")
    yield from _centred(block.place_date)
    for column in block.columns:
        yield from _centred(column.title, strong=True)
        yield from _centred(column.hint)
        yield from [_Line("")] * _SIGNING_LINES
        yield from _centred(column.name, strong=True)
        yield _Line("")


def _scan(scan: _Scan, profile: ReceiptProfile) -> bytes:
    centre = commands.style(centred=True, strong=False, tall=False)
    return centre + b"".join((*_bars(scan.code, profile), b"\n", *_qr(scan.payload, profile), b"\n"))


def _bars(code: str, profile: ReceiptProfile) -> Iterable[bytes]:
    """Two dots a module or no bars at all: thinner ones are not read from thermal paper. The QR says the same."""
    grid = find_code128(code)
    if grid is None:
        return ()
    if profile.barcode is Marks.NATIVE and 2 * (11 * len(code) + 35 + 2 * _QUIET_MODULES) <= profile.width_dots:
        return (commands.code128(code, module_dots=2, height_dots=_BAR_HEIGHT_DOTS),)
    if 2 * (grid.columns + 2 * _QUIET_MODULES) > profile.width_dots:
        return ()
    return _drawn(grid, profile, module_dots=2, row_dots=_BAR_HEIGHT_DOTS)


def _qr(payload: str, profile: ReceiptProfile) -> Iterable[bytes]:
    grid = get_qr(payload)
    # What is scanned once, on its own line, takes the width it needs; a slip's code stays small.
    share = 2 if grid.columns <= LARGEST_QR.columns else 4
    module = max(2, min(8, profile.width_dots * share // 5 // grid.columns))
    if profile.qr is Marks.NATIVE:
        return (commands.qr(payload.encode(), module_dots=module),)
    return _drawn(grid, profile, module_dots=module, row_dots=module)


def _drawn(grid: ModuleGrid, profile: ReceiptProfile, *, module_dots: int, row_dots: int) -> Iterable[bytes]:
    return iter_dots(_picture(grid, profile, module_dots, row_dots), profile)


def _picture(grid: ModuleGrid, profile: ReceiptProfile, module_dots: int, row_dots: int) -> Image:
    from PIL import Image

    picture = Image.new("1", (profile.width_dots, grid.rows * row_dots), 0)
    left = (profile.width_dots - grid.columns * module_dots) // 2
    for run in grid.runs:
        x, y = left + run.column * module_dots, run.row * row_dots
        picture.paste(1, (x, y, x + run.length * module_dots, y + row_dots))
    return picture
