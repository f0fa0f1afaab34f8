"""A procedure as the JSON sources describe it, before anything is interpreted."""

import msgspec


class SourceFee(msgspec.Struct, frozen=True, kw_only=True):
    """One fee as written: an amount if the source has a number, its unit and remarks."""

    text: str
    amount: int | None = None
    per_text: str = ""
    note: str = ""


class SourceWay(msgspec.Struct, frozen=True, kw_only=True):
    """One way of handing in with one time limit and its fees."""

    place: str
    channel: str
    time_value: float | None = None
    time_unit: str = ""
    time_text: str = ""
    note: str = ""
    fees: tuple[SourceFee, ...] = ()


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the list of papers, which may be a paper, a remark or a heading. Counts are None when unstated."""

    place: str
    heading: str
    name: str
    code: str = ""
    original: int | None = None
    certified: int | None = None
    copy: int | None = None
    form_name: str = ""


class SourceProcedure(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the interpretation needs, with the place of each part in the file."""

    code: str
    name: str
    field_code: str = ""
    field_name: str = ""
    level: str = ""
    decision: str = ""
    ways: tuple[SourceWay, ...] = ()
    rows: tuple[SourceRow, ...] = ()
    results: tuple[str, ...] = ()
    legal_basis: tuple[str, ...] = ()
    steps: str = ""
    process: tuple[tuple[str, dict[str, object]], ...] = ()
    """Rows of the internal process with their places, which no portal publishes but a province's file may have."""
