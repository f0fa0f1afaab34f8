"""``doctor``: what the IT officer wants to know before driving out."""

from counter_app.bootstrap import opened
from counter_app.cli.opening import find_passphrase
from counter_app.cli.output import Output
from counter_app.core.changes import Announcer
from counter_app.core.clock import SystemClock
from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.services.diagnostics import Check, CheckState, Diagnostics
from counter_app.services.peripherals import Peripherals
from counter_app.services.sentences import sentence
from counter_app.settings.settings import Settings


def examine(folder: DataFolder, output: Output) -> None:
    """Answer with every check; exit code 3 when one failed. Looks only, changes nothing but a due migration."""
    peripherals = Peripherals(Settings(folder.settings), Announcer())
    checks = Diagnostics(folder, peripherals, SystemClock()).run()
    found = [_shown(check, output) for check in checks]
    found.append(_store(folder, output))
    document = {"ok": all(entry["state"] != CheckState.FAILED for entry in found), "checks": found}
    output.answer(document, *(f"[{entry['state']}] {entry['sentence']}" for entry in found))
    output.exit_code = 0 if document["ok"] else 3


def _shown(check: Check, output: Output) -> dict[str, str]:
    said = output.words(check.code, **check.context)
    return {"name": check.name, "state": check.state.value, "sentence": said}


def _store(folder: DataFolder, output: Output) -> dict[str, str]:
    try:
        with opened(folder, passphrase=find_passphrase(folder)) as made:
            status = made.counter.desk_status.read()
            said = output.words(
                "doctor.store_opens",
                desk=status.desk_name,
                unit=status.unit_name,
                numbers=status.numbers_left,
                unsent=status.unsent,
            )
        state = CheckState.OK
    except AppError as error:
        said, state = sentence(error, output.language), CheckState.FAILED
    return {"name": "store", "state": state.value, "sentence": said}
