"""``province bundle``: the exchange by memory stick, on the province's side."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from counter_app.cli.output import Output

if TYPE_CHECKING:
    from counter_app.province.service import Province


def manage_province_bundles(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Take a desk's bundle, or write one for a desk.

    Raises:
        AppError: as `counter_app.province.bundles.ProvinceBundles`.
    """
    from counter_app.province.bundles import ProvinceBundles

    bundles, path = ProvinceBundles(province), Path(options.file)
    if options.bundle_action == "export":
        made = bundles.export(options.desk, path)
        said = output.words("bundle.made", entries=made.entries, papers=made.papers, kb=-(-made.size_bytes // 1024))
        output.answer({"file": str(path), **msgspec.structs.asdict(made)}, said)
        return
    taken = bundles.take(path)
    facts = {name: getattr(taken, name) for name in taken.__struct_fields__ if name != "is_admitted"}
    lines = [
        output.words("bundle.at_province", giver=taken.giver, entries=taken.entries, papers=taken.papers),
        *([output.words("bundle.admitted_by_it", giver=taken.giver)] if taken.is_admitted else []),
        *([output.words("bundle.waiting_there", count=taken.waiting)] if taken.waiting else []),
        *([output.words("bundle.forked_there")] if taken.forks else []),
        output.words("bundle.answer_next", desk=taken.desk),
    ]
    output.answer({**facts, "admitted": taken.is_admitted}, *lines)
