"""``backup`` and ``restore`` of a desk."""

import argparse
import os
from pathlib import Path

import msgspec

from counter_app.cli.opening import find_passphrase, reading
from counter_app.cli.output import Output
from counter_app.core.paths import DataFolder
from counter_app.services import desk_backup


def back_up(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Bring a backup up to date.

    Raises:
        AppError: as `counter_app.services.desk_backup.back_up`.
    """
    recovery = os.environ.get("COUNTER_APP_BACKUP_PASSPHRASE") or None
    with reading(folder) as made:
        done = desk_backup.back_up(
            made.desk, Path(options.folder).absolute(), passphrase=find_passphrase(folder), recovery=recovery
        )
    said = output.words("backup.made", entries=done.entries, papers=done.papers, copied=done.copied)
    output.answer({"folder": options.folder, **msgspec.structs.asdict(done)}, said)


def restore(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Make a desk from a backup.

    Raises:
        AppError: as `counter_app.services.desk_backup.restore`.
    """
    source = Path(options.folder).absolute()
    passphrase = find_passphrase(DataFolder(source))
    done = desk_backup.restore(source, folder, passphrase=passphrase)
    said = output.words("backup.restored", entries=done.entries, papers=done.papers)
    output.answer(msgspec.structs.asdict(done), said)
