"""Pages to one PDF/A-2b (ISO 19005-2): pictures, and over them the words, invisible, to be found and copied."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import msgspec

from counter_app.core.archive import archive_parts
from counter_app.scanning.pdf_stream import PdfStream, Target
from counter_app.scanning.ready import ColourMode, EncodedPage, PdfPage

_POINTS = 72
# The invisible font has no shapes: every letter is half as wide as it is high, and each word is stretched to its box.
_LETTER_WIDTH = 500
# Unordered and ordered lists of XMP (ISO 16684-1, 8.3: dc:publisher is a bag, dc:date a sequence).
_IN_XMP: Mapping[str, Callable[[str], Any]] = {"dc:publisher": lambda text: {text}, "dc:date": lambda text: [text]}


class PdfFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says of itself (XMP): the paper's kind as title, its summary, the unit that digitised it."""

    title: str
    made_at: datetime
    description: str = ""
    creator: str = ""
    identifier: str = ""


def assemble(pages: Iterable[PdfPage], facts: PdfFacts) -> bytes:
    """Return the document. Equal in, equal out. Memory: the pages as encoded, twice."""
    target = BytesIO()
    write_pdf(pages, facts, target)
    return target.getvalue()


def write_pdf(pages: Iterable[PdfPage], facts: PdfFacts, target: Target) -> None:
    """Write the document into a stream, front to back. Memory: one page as encoded."""
    file = PdfStream(target)
    tree, font = file.reserve(), _add_font(file)
    kids = [_add_page(file, page, tree, font) for page in pages]
    listed = " ".join(f"{number} 0 R" for number in kids)
    file.add(f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>", number=tree)
    packet, profile = archive_parts(_metadata(facts))
    metadata = file.add_stream("/Type /Metadata /Subtype /XML", packet)
    colours = file.add_stream("/N 3 /Alternate /DeviceRGB", profile, packs=True)
    intent = file.add(
        "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) "
        f"/Info (sRGB IEC61966-2.1) /DestOutputProfile {colours} 0 R >>"
    )
    root = f"/Pages {tree} 0 R /Metadata {metadata} 0 R /OutputIntents [{intent} 0 R]"
    file.end(file.add(f"<< /Type /Catalog {root} >>"))


def state_in_metadata(pdf: bytes, facts: Mapping[str, str], *, at: datetime) -> bytes:
    """Return the same document whose XMP also states these facts (``dc:identifier`` and so on). Equal in, equal out.

    Only for a document without a signature: this writes the file anew.
    """
    import pikepdf

    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            for name, value in facts.items():
                metadata[name] = _IN_XMP.get(name, str)(value)
            metadata["xmp:ModifyDate"] = at.isoformat(timespec="seconds")
        document.save(target, deterministic_id=True)
    return target.getvalue()


def _metadata(facts: PdfFacts) -> dict[str, Any]:
    made = facts.made_at.isoformat(timespec="seconds")
    wanted = {
        "dc:title": facts.title,
        "dc:description": facts.description,
        "dc:creator": [facts.creator] if facts.creator else None,
        "dc:identifier": facts.identifier,
        "xmp:CreatorTool": "Quầy Một Cửa",
        "xmp:CreateDate": made,
        "xmp:ModifyDate": made,
    }
    return {name: value for name, value in wanted.items() if value}


def _add_page(file: PdfStream, page: PdfPage, tree: int, font: int) -> int:
    picture = page.picture
    width, height = (pixels * _POINTS / picture.dpi for pixels in (picture.width, picture.height))
    words = _text_commands(page, height)
    image = file.add_stream(_picture_entries(picture), picture.data)
    drawing = f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Im Do Q\n".encode() + words
    content = file.add_stream("", drawing, packs=True)
    fonts = f" /Font << /Fi {font} 0 R >>" if words else ""
    return file.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {width:.3f} {height:.3f}] "
        f"/Resources << /XObject << /Im {image} 0 R >>{fonts} >> /Contents {content} 0 R >>"
    )


def _picture_entries(picture: EncodedPage) -> str:
    common = f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height}"
    if picture.mode is ColourMode.BITONAL:
        # 1 is white in our stream: a reader that takes the default for it shows the page as a negative.
        how = f"<< /K -1 /Columns {picture.width} /Rows {picture.height} /BlackIs1 true >>"
        return f"{common} /ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms {how}"
    space = "/DeviceRGB" if picture.mode is ColourMode.COLOUR else "/DeviceGray"
    return f"{common} /ColorSpace {space} /BitsPerComponent 8 /Filter /DCTDecode"


def _text_commands(page: PdfPage, height: float) -> bytes:
    if not page.words:
        return b""
    scale = _POINTS / page.words_dpi
    lines = ["BT 3 Tr"]
    for word in page.words:
        size = max(1.0, (word.bottom - word.top) * scale)
        natural = len(_codes(word.text)) / 4 * size * _LETTER_WIDTH / 1000
        stretch = 100 * max(0.5, (word.right - word.left) * scale) / natural
        x, y = word.left * scale, height - word.bottom * scale
        # The blank belongs to the word, so that copied words stay apart.
        lines.append(f"/Fi {size:.2f} Tf {stretch:.2f} Tz 1 0 0 1 {x:.2f} {y:.2f} Tm <{_codes(word.text + ' ')}> Tj")
    lines.append("ET")
    return "\n".join(lines).encode("ascii")


def _codes(text: str) -> str:
    """Return UTF-16 in hexadecimal: the invisible font's own codes."""
    return text.encode("utf-16-be", "replace").hex()


def _add_font(file: PdfStream) -> int:
    """Write a font for text that is never painted and return its number.

    ISO 19005-2, 6.2.11.4.1 asks to embed the fonts "used for rendering"; text in rendering mode 3 is not rendered.
    """
    descriptor = file.add(
        f"<< /Type /FontDescriptor /FontName /Invisible /Flags 4 /FontBBox [0 0 {_LETTER_WIDTH} 1000] "
        "/ItalicAngle 0 /Ascent 1000 /Descent 0 /CapHeight 1000 /StemV 80 >>"
    )
    codes = "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    descendant = file.add(
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Invisible /CIDSystemInfo {codes} "
        f"/FontDescriptor {descriptor} 0 R /CIDToGIDMap /Identity /DW {_LETTER_WIDTH} >>"
    )
    letters = file.add_stream("", _to_unicode(), packs=True)
    return file.add(
        "<< /Type /Font /Subtype /Type0 /BaseFont /Invisible /Encoding /Identity-H "
        f"/DescendantFonts [{descendant} 0 R] /ToUnicode {letters} 0 R >>"
    )


def _to_unicode() -> bytes:
    """Return the CMap that says each code means itself; a range may not cross a high byte (Adobe Technical Note 5014).

    At most 100 ranges stand in one block.
    """
    head = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Itself def\n/CMapType 2 def\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
    )
    blocks = []
    for first in range(0, 256, 64):
        ranges = "".join(f"<{high:02x}00> <{high:02x}ff> <{high:02x}00>\n" for high in range(first, first + 64))
        blocks.append(f"64 beginbfrange\n{ranges}endbfrange\n")
    return (head + "".join(blocks) + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n").encode()
