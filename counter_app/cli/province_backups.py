"""``province backup``, ``restore`` and ``drill``."""

import argparse
import getpass
import secrets
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from counter_app.cli.opening import passphrase_from_environment
from counter_app.cli.output import Output, iso
from counter_app.core.errors import UserError

if TYPE_CHECKING:
    from counter_app.province.backups import Restored
    from counter_app.province.service import Province

_LEAST_PASSPHRASE = 8


def back_up(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Write a backup.

    Raises:
        AppError: as `counter_app.province.backups.back_up`; ``province.need_passphrase``.
    """
    from counter_app.province import backups

    path, passphrase = Path(options.file), _passphrase()
    figures = backups.back_up(
        province.database,
        province.authority.folder,
        path,
        passphrase=passphrase,
        now=province.clock.now(),
        papers=province.papers,
    )
    entries = figures.rows.get("entry", 0)
    document = {
        "file": str(path),
        "size_bytes": path.stat().st_size,
        "made_at": iso(figures.made_at),
        "entries": entries,
        "chains": figures.chains,
        "digest": figures.digest,
    }
    output.answer(document, output.words("province.backed_up", file=path.name, entries=entries))


def restore(folder: Path, options: argparse.Namespace, output: Output) -> None:
    """Make the province of a backup in a new folder.

    Raises:
        AppError: as `counter_app.province.backups.restore`; ``province.need_passphrase``.
    """
    from counter_app.province import backups
    from counter_app.province.running import note_places, open_papers

    began = time.monotonic()
    with closing(open_papers(folder, options.papers, options.papers_keys)) as papers:
        restored = backups.restore(
            Path(options.file),
            folder,
            passphrase=_passphrase(),
            database=options.database,
            papers=papers if options.papers else None,
        )
    # A command before the first serve would otherwise begin with empty tables in the folder.
    note_places(folder, database=options.database, papers=options.papers, papers_keys=options.papers_keys)
    _answer(restored, began, "province.restored", output)


def drill(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Restore a backup beside the province, compare, and clear it away.

    Raises:
        AppError: as `counter_app.province.backups.drill`; ``province.need_passphrase``.
    """
    from counter_app.province import backups

    began = time.monotonic()
    path = Path(options.file) if options.file else None
    restored = backups.drill(
        province.database,
        province.authority.folder,
        passphrase=_passphrase() if path is not None else secrets.token_hex(16),
        now=province.clock.now(),
        path=path,
        papers=province.papers,
    )
    _answer(restored, began, "province.drilled", output)


def _answer(restored: "Restored", began: float, words: str, output: Output) -> None:
    seconds = round(time.monotonic() - began, 1)
    document = {
        "same": True,
        "made_at": iso(restored.figures.made_at),
        "entries": restored.entries,
        "chains": restored.figures.chains,
        "rows": restored.figures.rows,
        "digest": restored.figures.digest,
        "files": restored.files,
        "seconds": seconds,
    }
    said = output.words(
        words,
        entries=restored.entries,
        chains=restored.figures.chains,
        rows=sum(restored.figures.rows.values()),
        files=restored.files,
        seconds=f"{seconds:.0f}",
    )
    output.answer(document, said)


def _passphrase() -> str:
    found = passphrase_from_environment() or (getpass.getpass("Pass phrase: ") if sys.stdin.isatty() else "")
    if len(found) < _LEAST_PASSPHRASE:
        raise UserError("province.need_passphrase", least=_LEAST_PASSPHRASE)
    return found
