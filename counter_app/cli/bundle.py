"""``bundle``: the exchange by memory stick."""

import argparse
from pathlib import Path

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output


def manage_bundles(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Write a bundle, or take one.

    Raises:
        AppError: as `counter_app.services.bundles.BundleDesk`.
    """
    path = Path(options.file)
    if options.action == "export":
        done = made.counter.bundles.export(path, to=options.to)
        said = output.words("bundle.made", entries=done.entries, papers=done.papers, kb=-(-done.size_bytes // 1024))
        output.answer({"file": str(path), **msgspec.structs.asdict(done)}, said)
        return
    taken = made.counter.bundles.take(path)
    said = output.words(
        "bundle.from_province" if taken.is_of_province else "bundle.taken",
        giver=taken.giver,
        acknowledged=taken.acknowledged,
        entries=taken.entries,
        papers=taken.papers,
        waiting=taken.waiting,
        held=taken.held,
    )
    output.answer(msgspec.structs.asdict(taken), said)
