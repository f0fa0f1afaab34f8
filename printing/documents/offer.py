"""What a form can say: its facts and tables by the names that wording files use."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from counter_app.core.text import nfc
from printing.blocks import Cell
from resources.forms import TableWording

Facts = Mapping[str, Callable[[Any], str]]

_UNKNOWN = "…………"


@dataclass(frozen=True, slots=True)
class TableSource:
    """Where the rows of a table come from.

    `items` gives one thing for each row, `cells` what a column says of it; "number" counts the rows from
    `first_number`. `totals` are the texts of the row of totals. `words` are the phrases that the wording must
    give, each with the placeholders it may hold.
    """

    items: Callable[[Any, TableWording], Sequence[Any]]
    cells: Mapping[str, Callable[[Any], Cell | str]]
    totals: Facts = field(default_factory=dict)
    first_number: Callable[[Any], int] = lambda _data: 1
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """What one form can say. A `is_sticker` form is a label: its sentences are the lines below the code."""

    facts: Facts
    tables: Mapping[str, TableSource] = field(default_factory=dict)
    is_sticker: bool = False


class FactValues:
    """The facts of one paper, each worked out when it is first asked for."""

    def __init__(self, data: object, facts: Facts) -> None:
        self._data = data
        self._facts = facts
        self._known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = self._facts[name](self._data)
        return self._known[name]

    def filled(self, text: str) -> str:
        """Return a text with its facts, dots where one is unknown."""
        return nfc(text.format_map(_Written(self))) if "{" in text or "}" in text else text

    def are_unknown(self, text: str) -> bool:
        """Whether a text names facts and none of them is known."""
        names = list(list_placeholders(text))
        return bool(names) and not any(self[name] for name in names)


class _Written:
    def __init__(self, facts: FactValues) -> None:
        self._facts = facts

    def __getitem__(self, name: str) -> str:
        return self._facts[name] or _UNKNOWN


def list_placeholders(text: str) -> Iterator[str]:
    """Yield the names in braces; ValueError for anything in braces that is no plain name."""
    for _literal, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} is no plain name")
        yield name
