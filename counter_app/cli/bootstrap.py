"""``bootstrap``: a new desk comes into service. It may receive as soon as it is made; the unit's history follows."""

import argparse
import time

from counter_app.bootstrap import opened
from counter_app.cli.desk_making import made_desk
from counter_app.cli.opening import passphrase_from_environment
from counter_app.cli.output import Output
from counter_app.core.errors import AppError, UserError
from counter_app.core.paths import DataFolder


def bring_into_service(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Make a desk from a code and take what its unit wrote so far.

    Once the desk is made it is answered, its password with it, whatever ends the history before it is here.

    Raises:
        UserError: ``cli.bad_usage``, and as `counter_app.cli.desk_making.made_desk`.
        EnvironmentFailure: as `counter_app.cli.desk_making.made_desk`; then there is no desk.
    """
    if options.enrol is None or options.province is None:
        raise UserError("cli.bad_usage", detail="--enrol CODE --province URL")
    started = time.monotonic()
    document, lines = made_desk(folder, options, output)
    document["ready_s"] = round(time.monotonic() - started, 1)
    output.begin(*lines)  # who signs in meanwhile needs the password now
    received = None
    try:
        received = _take_history(folder)
    except AppError as error:
        output.fail(error)
    finally:
        document |= {"received": received, "history_s": round(time.monotonic() - started, 1)}
        key = "cli.history_here" if received is not None else "cli.history_follows"
        output.answer(document, output.words(key, received=received or 0))


def _take_history(folder: DataFolder) -> int:
    with opened(folder, passphrase=passphrase_from_environment()) as made:
        return made.counter.province_line.exchange().received
