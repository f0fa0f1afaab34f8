"""``doctor``: what the IT officer wants to know before driving out."""

from counter_app.bootstrap import OpenCounter, opened
from counter_app.cli.opening import find_passphrase
from counter_app.cli.output import Output
from counter_app.cli.scanners import examine_scanners
from counter_app.cli.signature import examine_signing
from counter_app.core.changes import Announcer
from counter_app.core.clock import SystemClock, to_local
from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.services.answers.desk_status import DeskStatus
from counter_app.services.answers.printing import PrinterStatus
from counter_app.services.diagnostics import Check, CheckState, Diagnostics
from counter_app.services.peripherals import Peripherals
from counter_app.services.sentences import sentence
from counter_app.settings.settings import open_settings
from printing import list_wording_problems
from printing.routes import FILES
from printing.workshop import Workshop
from resources.reasons import ReasonFault, load_reasons


def examine(folder: DataFolder, output: Output) -> None:
    """Answer with every check; exit code 3 when one failed. Looks only, changes nothing but a due migration."""
    peripherals = Peripherals(open_settings(folder), Announcer())
    checks = Diagnostics(folder, peripherals, SystemClock()).run()
    found = [_shown(check, output) for check in checks]
    found += _wordings(folder, output)
    found.append(_reasons(folder, output))
    found += examine_signing(folder, output)
    found += examine_scanners(folder, output)
    found += _store(folder, output)
    document = {"ok": all(entry["state"] != CheckState.FAILED for entry in found), "checks": found}
    output.answer(document, *(f"[{entry['state']}] {entry['sentence']}" for entry in found))
    output.exit_code = 0 if document["ok"] else 3


def _shown(check: Check, output: Output) -> dict[str, str]:
    said = output.words(check.code, **check.context)
    return {"name": check.name, "state": check.state.value, "sentence": said}


def _wordings(folder: DataFolder, output: Output) -> list[dict[str, str]]:
    """Name every corrected wording that cannot be used: forms with it do not print until it is mended."""
    problems = list_wording_problems(folder.wording)
    if not problems:
        return [{"name": "forms", "state": CheckState.OK.value, "sentence": output.words("doctor.forms_fine")}]
    said = [sentence(problem, output.language) for problem in problems]
    return [{"name": "forms", "state": CheckState.FAILED.value, "sentence": words} for words in said]


def _reasons(folder: DataFolder, output: Output) -> dict[str, str]:
    """Say whether the province's own list of reasons can be used; without it the program's own is offered."""
    try:
        load_reasons(folder.reasons)
    except ReasonFault as fault:
        words = output.words("doctor.reasons_broken", detail=str(fault))
        return {"name": "reasons", "state": CheckState.FAILED.value, "sentence": words}
    return {"name": "reasons", "state": CheckState.OK.value, "sentence": output.words("doctor.reasons_fine")}


def _printers(made: OpenCounter, output: Output) -> list[dict[str, str]]:
    """Say of every printer that papers go to how it is; one that takes over may rest."""
    workshop = Workshop.of(made)
    wanted = set(workshop.routes.list_addresses()) - {FILES}
    found = []
    for status in workshop.list_printers():
        if status.address in wanted:
            state = CheckState.OK if status.can_print and not status.conditions else CheckState.WARNING
            found.append({"name": "printer", "state": state.value, "sentence": _printer_words(status, output)})
    return found


def _printer_words(status: PrinterStatus, output: Output) -> str:
    words = [output.words(f"printer.condition.{condition.value}") for condition in status.conditions]
    how = "; ".join(words) or output.words(f"printer.state.{status.state.value}")
    return output.words("doctor.printer", name=status.name, how=how)


def _vault(made: OpenCounter, output: Output) -> dict[str, str]:
    """Say what was found when the digitised papers were last looked through."""
    report = made.counter.vault_care.last()
    if report is None:
        return {"name": "vault", "state": CheckState.OK.value, "sentence": output.words("doctor.vault_unseen")}
    said = output.words(
        "doctor.vault_damaged" if report.damaged else "doctor.vault_held" if report.hold_until else "doctor.vault_fine",
        when=f"{to_local(report.at):%H:%M %d/%m/%Y}",
        files=report.files,
        read=report.read,
        deleted=report.deleted,
        freed_mb=report.freed_bytes // 1_000_000,
        count=len(report.damaged),
        until=f"{to_local(report.hold_until):%d/%m/%Y}" if report.hold_until else "",
    )
    state = CheckState.FAILED if report.damaged else CheckState.OK
    return {"name": "vault", "state": state.value, "sentence": said}


def _epoch(status: DeskStatus, output: Output) -> list[dict[str, str]]:
    """Say where a store that was put back may have a copy that gives the same numbers."""
    if not status.stands_alone:
        return []
    return [{"name": "epoch", "state": CheckState.WARNING.value, "sentence": output.words("sync.alone_sentence")}]


def _store(folder: DataFolder, output: Output) -> list[dict[str, str]]:
    further: list[dict[str, str]] = []
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
            further = [_vault(made, output), *_printers(made, output), *_epoch(status, output)]
        state = CheckState.OK
    except AppError as error:
        said, state = sentence(error, output.language), CheckState.FAILED
    return [{"name": "store", "state": state.value, "sentence": said}, *further]
