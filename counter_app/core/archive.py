"""A finished PDF made fit for the archive: PDF/A-2b (ISO 19005-2) by metadata and an output intent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from pikepdf import Pdf


_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@cache
def _srgb_profile() -> bytes:
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # Bytes 24-35 of an ICC profile are when it was made (ICC.1:2010, 7.2.1): fixed, so equal papers stay equal.
    profile[24:36] = b"\x07\xe4\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00"
    return bytes(profile)


def _pdf_date(text: str) -> datetime:
    found = re.match(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", text)
    numbers = [int(number) for number in found.groups()] if found else [2000, 1, 1]
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]


def declare_archive(document: Pdf, facts: Mapping[str, str]) -> None:
    """Declare a document as PDF/A-2b with these XMP facts (``dc:title`` and so on); fonts must be embedded already."""
    import pikepdf

    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata.load_from_docinfo(document.docinfo)
        for name, value in facts.items():
            metadata[name] = value
        metadata["pdfaid:part"] = "2"
        metadata["pdfaid:conformance"] = "B"
    profile = pikepdf.Stream(document, _srgb_profile(), N=3, Alternate=pikepdf.Name.DeviceRGB)
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier=pikepdf.String("sRGB IEC61966-2.1"),
        Info=pikepdf.String("sRGB IEC61966-2.1"),
        DestOutputProfile=document.make_indirect(profile),
    )
    document.Root.OutputIntents = pikepdf.Array([document.make_indirect(intent)])


def archive_parts(facts: Mapping[str, str | Sequence[str]]) -> tuple[bytes, bytes]:
    """Return the XMP packet and the colour profile (three channels) of such a file, for what writes one by itself.

    Written without pikepdf: its import would hold up the window that digitises.
    """
    return _packet({**facts, "pdfaid:part": "2", "pdfaid:conformance": "B"}), _srgb_profile()


# ISO 16684-1: the properties of a resource (7.4), language alternatives and ordered lists (7.5 to 7.9), the packet's
# wrapper (7.3), the Dublin Core and XMP namespaces (8.3, 8.4); ISO 19005-2, 6.6.4 for that of PDF/A.
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
_IN_LANGUAGES = frozenset({"dc:title", "dc:description"})


def _packet(facts: Mapping[str, str | Sequence[str]]) -> bytes:
    names = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in _NAMESPACES.items())
    stated = "".join(f"<{name}>{_value(name, value)}</{name}>\n" for name, value in facts.items())
    whole = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {names}><rdf:Description rdf:about="">\n'
        f"{stated}</rdf:Description></rdf:RDF></x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    )
    return whole.encode()


def _value(name: str, value: str | Sequence[str]) -> str:
    if not isinstance(value, str):
        return f"<rdf:Seq>{''.join(f'<rdf:li>{_escaped(one)}</rdf:li>' for one in value)}</rdf:Seq>"
    if name in _IN_LANGUAGES:
        return f'<rdf:Alt><rdf:li xml:lang="x-default">{_escaped(value)}</rdf:li></rdf:Alt>'
    return _escaped(value)


def _escaped(text: str) -> str:
    """Return a text as XML has it; what no XML can hold (control characters, lone surrogates) is left out."""
    return escape(_NOT_XML.sub("", text))


def to_archive(pdf: bytes) -> bytes:
    """Return the same pages declared as PDF/A-2b. The fonts must already be embedded. Equal in, equal out."""
    import pikepdf

    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        if "/Trapped" in document.docinfo:
            del document.docinfo["/Trapped"]  # XMP has no such field, and both must say the same
        for page in document.pages:
            if "/Trans" in page:
                del page["/Trans"]  # reportlab's empty page transition is nothing for an archive
        made = _pdf_date(str(document.docinfo.get("/CreationDate", ""))).isoformat()
        declare_archive(document, {"xmp:CreateDate": made, "xmp:ModifyDate": made})
        document.save(target, deterministic_id=True, linearize=False)
    return target.getvalue()
