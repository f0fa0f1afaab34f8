"""Enrolment by files on the province's side: ``province enrol --out`` and ``province admit``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from counter_app.cli.output import Output
from counter_app.core.errors import UserError
from counter_app.core.replacing import replace_file

if TYPE_CHECKING:
    from counter_app.province.service import Province

_MOST_BYTES = 1_000_000


def check_out(name: str | None) -> Path | None:
    """Return where a file is to be written, None where none is wanted.

    Raises:
        UserError: ``cli.file_exists``.
    """
    path = Path(name) if name else None
    if path is not None and path.exists():
        raise UserError("cli.file_exists", file=path.name)
    return path


def admit_by_file(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Take a desk's claim from a file and write the answer.

    Raises:
        AppError: as `counter_app.province.service.Province.claim`; ``cli.no_such_file``, ``cli.file_exists``.
    """
    source, target = Path(options.file), Path(options.out)
    check_out(options.out)
    try:
        with source.open("rb") as stream:
            claim = stream.read(_MOST_BYTES)
    except OSError as exc:
        raise UserError("cli.no_such_file", file=source.name) from exc
    replace_file(target, province.claim(claim, is_carried=True))
    output.answer({"file": str(target)}, output.words("province.admitted", file=target.name))
