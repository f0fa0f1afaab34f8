"""``unit import``: the units of a province from a list."""

import argparse
from pathlib import Path

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import read_file
from counter_app.cli.output import Output
from counter_app.domain.sheet_files import MOST_BYTES
from counter_app.services.unit_files import import_units


def import_list(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Read a list of units and say which rows could not be used.

    Raises:
        UserError: as `import_units`; ``cli.bad_unit_list`` for a file that cannot be read.
    """
    data = read_file(Path(options.file), most_bytes=MOST_BYTES, code="cli.bad_unit_list")
    read = import_units(made.counter.units, data)
    rows = [
        {"row": one.row, "code": one.reason.code, "problem": output.words(one.reason.code, **one.reason.context)}
        for one in read.refused
    ]
    counts = {"added": read.added, "changed": read.changed, "unchanged": read.unchanged}
    said = output.words("unit.list_read", **counts, refused=len(rows))
    lines = [output.words("unit.row_refused", row=str(row["row"]), problem=str(row["problem"])) for row in rows]
    output.answer(counts | {"rows": rows}, said, *lines)
