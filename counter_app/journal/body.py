"""What every kind of entry shares, apart from the vocabularies so that each of them has a file of its own."""

from typing import ClassVar

import msgspec

from counter_app.domain.forms.details import NO_DETAILS, Details
from counter_app.domain.forms.kinds import Form, FormSet, Sheet


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What one entry says. `KIND` and `VERSION` name it in the journal."""

    KIND: ClassVar[str]
    VERSION: ClassVar[int] = 1


class OrderedPrint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A print job as ordered.

    `form_set` and `sheet` are None where the paper takes those of its dossier and of its form. Jobs ordered together
    share a `batch`.
    """

    id: str
    form: Form
    copies: int
    reprint: int = 0
    reason: str = ""
    form_set: FormSet | None = None
    sheet: Sheet | None = None
    details: Details = NO_DETAILS
    batch: str = ""
