"""``hall``: a node on a PC of the hall that keeps the desks of one unit together, with or without an outside line."""

import argparse
import signal
import threading
from collections.abc import Callable

import msgspec

from counter_app.cli.opening import passphrase_from_environment
from counter_app.cli.output import Output, iso, shown
from counter_app.core.clock import SystemClock
from counter_app.core.paths import DataFolder
from counter_app.hall import running
from counter_app.hall.making import make_hall
from counter_app.services.enrolling import fetch_invitation


def manage_hall(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Do one action.

    Raises:
        AppError: as `counter_app.hall.running` and `counter_app.hall.making`.
    """
    _ACTIONS[options.action](folder, options, output)


def _init(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    invitation = fetch_invitation(options.province, options.enrol)
    facts = make_hall(folder, invitation, passphrase=passphrase_from_environment(), clock=SystemClock())
    output.answer(
        {"hall": facts.hall_id, "name": facts.name, "unit": facts.unit_code},
        output.words("hall.made", name=facts.name, unit=facts.unit_name),
    )


def _run(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Answer once when it listens, then serve until the process is told to stop."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with running.served(
        folder,
        passphrase=passphrase_from_environment(),
        clock=SystemClock(),
        listen=options.listen,
        limit_mb=options.limit_mb,
        papers_mb=options.papers_mb,
    ) as url:
        output.answer({"url": url}, output.words("hall.runs", url=url))
        running.wait_for_stop(folder, stopping)


def _start(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    host, port = options.listen
    arguments = ["--listen", f"{host}:{port}", "--limit-mb", str(options.limit_mb)]
    arguments += ["--papers-mb", str(options.papers_mb)]
    url = running.start(folder, arguments)
    output.answer({"url": url}, output.words("hall.started", url=url))


def _stop(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    was_running = running.stop(folder)
    output.answer({"stopped": was_running}, output.words("hall.stopped" if was_running else "hall.not_running"))


def _status(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    status = running.read_status(folder, passphrase=passphrase_from_environment(), clock=SystemClock())
    document = {name: getattr(status, name) for name in status.__struct_fields__}
    document["province_at"] = iso(status.province_at)
    never = output.words("province.never_seen")
    output.answer(
        document,
        output.words("hall.runs", url=status.url or "?") if status.is_running else output.words("hall.not_running"),
        output.words(
            "hall.holds",
            desks=status.desks,
            entries=status.entries,
            unsent=status.unsent,
            province=shown(status.province_at) if status.province_at is not None else never,
        ),
        output.words(
            "hall.holds_papers",
            papers=status.papers,
            waiting=status.papers_waiting,
            mb=-(-status.papers_bytes // 1_000_000),
        ),
    )


def _verify(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    found = running.verify(folder, passphrase=passphrase_from_environment(), clock=SystemClock())
    document = {"sound": not found.damaged, **msgspec.structs.asdict(found)}
    words = "hall.sound" if not found.damaged else "hall.damaged"
    output.answer(document, output.words(words, batches=found.batches, count=len(found.damaged)))
    if found.damaged:
        output.exit_code = 3


_ACTIONS: dict[str, Callable[[DataFolder, argparse.Namespace, Output], None]] = {
    "init": _init,
    "start": _start,
    "run": _run,
    "stop": _stop,
    "status": _status,
    "verify": _verify,
}
