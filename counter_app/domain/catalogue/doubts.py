"""What an import is not sure of, and what a whole file gave."""

import msgspec

from counter_app.domain.procedure import Procedure

MAX_SOURCE_CHARS = 600


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in an imported file a person should look at, next to the words it was read from.

    `place` is where the file says it (``components[3].name``, ``Procedures!A5``); `code` is the key of a sentence
    (``catalogue.doubt.time_not_understood``); `source_text` is cut after 600 characters.
    """

    procedure_code: str
    place: str
    code: str
    source_text: str = ""


class CatalogueFile(msgspec.Struct, frozen=True, kw_only=True):
    """All procedures of one file, one version each, and the doubts met while reading them."""

    procedures: tuple[Procedure, ...]
    doubts: tuple[Doubt, ...]


class DoubtList:
    """Collects the doubts about one procedure while it is being read; once for the same words."""

    def __init__(self, procedure_code: str) -> None:
        self._procedure_code = procedure_code
        self._doubts: dict[tuple[str, str], Doubt] = {}

    def add(self, place: str, what: str, source_text: str = "") -> None:
        """Note a doubt; `what` is the last part of its text key (``time_not_understood``)."""
        doubt = Doubt(
            procedure_code=self._procedure_code,
            place=place,
            code=f"catalogue.doubt.{what}",
            source_text=source_text[:MAX_SOURCE_CHARS],
        )
        self._doubts.setdefault((what, doubt.source_text), doubt)

    def all(self) -> tuple[Doubt, ...]:
        """Return the doubts in the order they were met."""
        return tuple(self._doubts.values())
