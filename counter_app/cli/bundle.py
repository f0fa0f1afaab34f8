"""``bundle``: the exchange by memory stick."""

import argparse
from pathlib import Path

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output


def manage_bundles(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Write a bundle, take one, or pass one on.

    Raises:
        AppError: as `counter_app.services.bundles.BundleDesk`.
    """
    path = Path(options.file)
    if options.action == "export":
        done = made.counter.bundles.export(path, to=options.to)
        said = output.words("bundle.made", entries=done.entries, papers=done.papers, kb=-(-done.size_bytes // 1024))
        output.answer({"file": str(path), **msgspec.structs.asdict(done)}, said)
        return
    if options.action == "carry":
        _relay(made, path, Path(options.answer) if options.answer else None, output)
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


def _relay(made: OpenCounter, path: Path, answer: Path | None, output: Output) -> None:
    done = made.counter.bundles.relay(path, answer=answer)
    said = [output.words("bundle.relayed", giver=done.giver, entries=done.entries, papers=done.papers)]
    if answer is not None:
        said.append(output.words("bundle.answer_written", file=answer.name, giver=done.giver))
    facts = msgspec.structs.asdict(done)
    facts["admitted"] = facts.pop("is_admitted")
    output.answer({"file": str(path), "answer": str(answer) if answer else None, **facts}, "\n".join(said))
