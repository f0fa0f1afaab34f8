"""Receiving a dossier from a JSON file."""

from pathlib import Path

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import read_json
from counter_app.cli.output import Output
from counter_app.cli.paper import print_to_file
from counter_app.services.answers.intake import IntakeResult
from counter_app.services.intake_files import IntakeFile, form_of

_LARGEST_FILE_BYTES = 1_000_000


def receive_file(made: OpenCounter, path: Path, output: Output) -> tuple[IntakeResult, Path | None, list[str]]:
    """Receive the dossier of a file and print its paper into the data folder.

    Returns the result, the PDF and what looked doubtful.

    Raises:
        UserError: the file or its contents cannot be used; nothing was saved.
    """
    file = read_json(path, IntakeFile, most_bytes=_LARGEST_FILE_BYTES, code="cli.bad_intake_file")
    intake = made.counter.intake
    form, doubts = form_of(file, intake)
    warnings = [output.words(code) for code in doubts]
    quote = intake.quote(form)
    result = intake.receive(form, file.outcome)
    said = [output.words(problem.code, **problem.context) for problem in quote.problems if not problem.blocking]
    warnings += [sentence for sentence in said if sentence not in warnings]
    pdf = print_to_file(made, result.print_job.id) if result.print_job else None
    return result, pdf, warnings
