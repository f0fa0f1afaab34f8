"""XML from a machine that nobody vouches for: small, without document types and entities, shallow, or refused."""

from dataclasses import dataclass, field
from xml.parsers import expat

from counter_app.core.errors import EnvironmentFailure

MOST_BYTES = 1_000_000
_MOST_ELEMENTS = 20_000
_MOST_DEPTH = 40
_MOST_TEXT = 2_000


@dataclass(slots=True)
class Element:
    """One element by its local name: makers disagree on prefixes and sometimes on name spaces."""

    name: str
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def find(self, *path: str) -> "Element | None":
        """Return the first element down this path of names."""
        found: Element | None = self
        for name in path:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found

    def list(self, *path: str) -> "list[Element]":
        """Return all elements at the end of the path; every element along it is followed."""
        found = [self]
        for name in path:
            found = [child for one in found for child in one.children if child.name == name]
        return found

    def words(self, *path: str) -> str:
        """Return the text at the end of the path, "" for none."""
        found = self.find(*path)
        return found.text.strip() if found is not None else ""

    def number(self, *path: str) -> int:
        """Return the whole number at the end of the path, 0 where there is none."""
        words = self.words(*path)
        return int(words) if words.isascii() and words.isdigit() and len(words) <= 9 else 0


class _RefusedError(Exception):
    """The document has what such a document never needs."""


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(self._open) >= _MOST_DEPTH:
            raise _RefusedError
        element = Element(name.rpartition(":")[2])
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def words(self, text: str) -> None:
        if self._open and len(self._open[-1].text) < _MOST_TEXT:
            self._open[-1].text += text[:_MOST_TEXT]

    def refuse(self, *_declared: object) -> None:
        raise _RefusedError


def parse(document: bytes, root: str) -> Element:
    """Return the root element, which must have this local name.

    Raises:
        EnvironmentFailure: ``scan.bad_answer``.
    """
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.words
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    try:
        if len(document) > MOST_BYTES:
            raise _RefusedError  # noqa: TRY301 - answered like the refusals of the handlers
        parser.Parse(document, True)  # noqa: FBT003 - expat takes no keywords
    except (expat.ExpatError, _RefusedError, ValueError, LookupError) as exc:
        raise EnvironmentFailure("scan.bad_answer", retryable=True) from exc
    if builder.root is None or builder.root.name != root:
        raise EnvironmentFailure("scan.bad_answer", retryable=True)
    return builder.root
