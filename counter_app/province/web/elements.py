"""HTML as a tree of elements: what is text stays text, whoever wrote it, because only the serialiser writes markup."""

import re
from xml.etree.ElementTree import Element, tostring

Child = Element | str | None
Attribute = str | int | bool | None
# What no HTML document may hold (Infra Standard, control characters and surrogates).
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def element(tag: str, *children: Child, **attributes: Attribute) -> Element:
    """Return an element; in a name a last ``_`` falls away and others become ``-``; None and False are left out."""
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            made.set(name.rstrip("_").replace("_", "-"), "" if value is True else _clean(str(value)))
    for child in children:
        _append(made, child)
    return made


def document(root: Element) -> bytes:
    """Return a whole page."""
    return b"<!DOCTYPE html>\n" + tostring(root, encoding="unicode", method="html").encode() + b"\n"


def _append(parent: Element, child: Child) -> None:
    if child is None:
        return
    if isinstance(child, Element):
        parent.append(child)
    elif len(parent):
        parent[-1].tail = (parent[-1].tail or "") + _clean(child)
    else:
        parent.text = (parent.text or "") + _clean(child)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
