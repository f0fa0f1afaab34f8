"""``claim``: a desk made from an enrolment file asks for its admission by a file, and takes the answer."""

import argparse
from pathlib import Path

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output


def manage_claim(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Write the claim, or take the answer.

    Raises:
        AppError: as `counter_app.services.enrolling.Enrolling`.
    """
    path, enrolling = Path(options.file), made.counter.province_line.enrolling
    if options.action == "export":
        enrolling.write_claim(path)
        output.answer({"file": str(path)}, output.words("sync.claim_written", file=path.name))
        return
    enrolling.take_admission(path)
    output.answer({"admitted": True}, output.words("sync.admitted"))
