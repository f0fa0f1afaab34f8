"""One function per command: ask the services, answer."""

import argparse
from collections.abc import Callable
from pathlib import Path

import msgspec

from counter_app.bootstrap import init_sample_desk
from counter_app.cli.backup import back_up, restore
from counter_app.cli.bootstrap import bring_into_service
from counter_app.cli.bulk import work_in_bulk
from counter_app.cli.bundle import manage_bundles
from counter_app.cli.checks import list_checks, system_documents
from counter_app.cli.claim import manage_claim
from counter_app.cli.concerned import manage_concerned
from counter_app.cli.desk_making import make_desk
from counter_app.cli.documents import (
    attach_files,
    document_of,
    export_document,
    route_files,
    scan_papers,
    sign_documents,
)
from counter_app.cli.dossiers import act, custody_lines, result_lines, state_document
from counter_app.cli.edit import corrections_document, edit
from counter_app.cli.files import read_file
from counter_app.cli.held import held_documents, manage_held, ticks_document
from counter_app.cli.inside import search_inside
from counter_app.cli.intake_file import receive_file
from counter_app.cli.lists import list_dossiers, manage_views, row_document
from counter_app.cli.manifest import manage_manifests
from counter_app.cli.online import manage_online
from counter_app.cli.opening import acting, find_password, passphrase_from_environment, reading
from counter_app.cli.output import Output, iso, shown
from counter_app.cli.packs import manage_packs
from counter_app.cli.paper import list_forms, print_papers
from counter_app.cli.person import manage_people
from counter_app.cli.portal import show_portal
from counter_app.cli.post import manage_post, receive_bulk, waybill_document, waybill_lines
from counter_app.cli.printers import list_printers, manage_jobs
from counter_app.cli.process import steps_document, steps_lines
from counter_app.cli.province import manage_province
from counter_app.cli.public_status import show_public
from counter_app.cli.reuse import reuse_papers
from counter_app.cli.settings import manage_settings
from counter_app.cli.signature import manage_signatures
from counter_app.cli.slip import manage_slips
from counter_app.cli.sync import synchronise
from counter_app.cli.unit_list import import_list
from counter_app.cli.update import manage_updates
from counter_app.cli.verify import rebuild, verify
from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file
from counter_app.domain.catalogue import starter_procedures, write_template
from counter_app.domain.dossier import DueDate
from counter_app.domain.due_date import compute_due, describe_steps
from counter_app.domain.fees import compute_fees
from counter_app.domain.identity_card import parse_card, to_json_fields
from counter_app.domain.procedure import Channel, Procedure
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.unit import DEFAULT_TIMETABLE, LOGO_BYTES, Unit
from counter_app.domain.working_time import WorkingCalendar
from counter_app.services.answers.dossiers import HistoryLine
from counter_app.services.counter import Counter

Command = Callable[[DataFolder, argparse.Namespace, Output], None]


def _demo(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    from counter_app.services.sample_data import LOGIN, PASSWORD

    init_sample_desk(folder, passphrase=passphrase_from_environment(), dossiers=options.dossiers)
    document = {"dossiers": options.dossiers, "login": LOGIN, "password": PASSWORD}
    output.answer(document, output.words("cli.sample_made", count=options.dossiers, login=LOGIN, password=PASSWORD))


def _parse_card(_folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    fields = to_json_fields(parse_card(options.text))
    output.answer(fields, *(f"{name}: {value}" for name, value in fields.items() if value))


def _due(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Works without a store too, with the usual hours and the starter catalogue."""
    if folder.keys.exists():
        with reading(folder) as made:
            counter = made.counter
            calendar = counter.calendars.calendar_of(counter.units.own())
            procedure = (
                counter.catalogue.get(options.procedure, on=local_date(options.at)) if options.procedure else None
            )
    else:
        calendar = WorkingCalendar(DEFAULT_TIMETABLE)
        procedure = _starter_procedure(options.procedure) if options.procedure else None
    due = compute_due(_limit(options, procedure), options.at, calendar)
    document = {
        "due_at": iso(due.due_at),
        "counted": [entry.day.isoformat() for entry in due.counted],
        "skipped": [
            {
                "date": entry.day.isoformat(),
                "reason": output.words(entry.reason, detail=entry.detail),
                "code": entry.reason,
            }
            for entry in due.skipped
        ],
        "rules": list(due.rules),
    }
    output.answer(document, *explain(due, output))


def _starter_procedure(code: str) -> Procedure:
    found = next((procedure for procedure in starter_procedures() if procedure.code == code), None)
    if found is None:
        raise UserError("catalogue.unknown_procedure", code=code[:50])
    return found


def _limit(options: argparse.Namespace, procedure: Procedure | None) -> TimeLimit:
    if procedure is None:
        return TimeLimit(amount=options.working_days, unit=TimeUnit.WORKING_DAY)
    case = procedure.find_case(options.case)
    if case is None:
        raise UserError("check.case_unknown")
    limit = procedure.find_time_limit(case, Channel.DIRECT)
    if limit is None:
        raise UserError("cli.no_time_limit", code=procedure.code)
    return limit


def explain(due: DueDate, output: Output) -> list[str]:
    """Return the explanation of a due date as sentences."""
    return [output.words(key, **context) for key, context in describe_steps(due)]


def _intake(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    if options.bulk:
        with acting(folder, options) as made:
            receive_bulk(made, options, output)
        return
    with acting(folder, options) as made:
        received, pdf, warnings = receive_file(made, Path(options.file), output)
    dossier = received.dossier
    explanation = explain(dossier.due, output) if dossier.due else []
    quote = compute_fees(dossier.fees, quantities={"dossier": dossier.dossier_count})
    document = {
        "code": dossier.code,
        "fee_total": quote.total if quote.is_complete else None,
        "fees": [msgspec.structs.asdict(line) for line in dossier.fees],
        "due_at": iso(dossier.due.due_at) if dossier.due else None,
        "due_explanation": explanation,
        **output.status(dossier.status),
        "receipt_pdf": str(pdf) if pdf else None,
        "warnings": warnings,
    }
    lines = [output.words("cli.received", code=dossier.code), *explanation, *warnings]
    if pdf is not None:
        lines.append(str(pdf))
    output.answer(document, *lines)


def _show(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with reading(folder) as made:
        if options.public:
            show_public(made, options, output)
            return
        view = made.counter.lookup.get_dossier(options.code)
        digitised = made.counter.digitising.list_of_dossier(view.dossier.code)
    dossier = view.dossier
    document = {
        "dossier": msgspec.to_builtins(dossier),
        **output.status(dossier.status),
        "received_at": iso(dossier.received_at),
        "due_at": iso(dossier.due.due_at) if dossier.due else None,
        "due_explanation": explain(dossier.due, output) if dossier.due else [],
        **state_document(view.state),
        **steps_document(view.progress),
        "history": [
            {
                "at": iso(line.at),
                "clerk": line.clerk_name,
                "kind": line.kind,
                "action": line.action or None,
                "manifest": line.manifest_code or None,
            }
            for line in view.history
        ],
        "corrections": corrections_document(view.corrections),
        "manifests": [msgspec.to_builtins(one) for one in view.manifests],
        "waybills": [waybill_document(one, output) for one in view.waybills],
        "documents": [document_of(one) for one in digitised],
        "ticks": ticks_document(view.ticks),
        "held": held_documents(view.held, output),
        "systems": system_documents(view.systems, output),
        "print_jobs": [msgspec.to_builtins(job) for job in view.print_jobs],
    }
    lines = [
        f"{dossier.code}  {output.words(f'dossier.status.{int(dossier.status)}')}",
        dossier.applicant.full_name,
        f"{dossier.procedure_code}  {dossier.procedure_name}",
        *(f"{shown(line.at)}  {line.clerk_name}  {_said(line, output)}" for line in view.history),
        *custody_lines(view.state),
        *result_lines(view.state, output),
        *steps_lines(view.progress, output),
        *waybill_lines(view.waybills, output),
    ]
    output.answer(document, *lines)


def _said(line: HistoryLine, output: Output) -> str:
    return f"{output.words(line.text_key)}  {line.manifest_code or line.waybill}".rstrip()


def _act(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        act(made, options, output)


def _bulk(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        work_in_bulk(made, options, output)


def _edit(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        edit(made, options, output)


def _list(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        list_dossiers(made, options, output)


def _checks(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    with reading(folder) as made:
        list_checks(made, output)


def _held(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_held(made, options, output)


def _bundle(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_bundles(made, options, output)


def _claim(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_claim(made, options, output)


def _views(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_views(made, options, output)


def _search(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    if options.inside:
        with acting(folder, options) as made:
            search_inside(made, options, output)
        return
    with reading(folder) as made:
        rows = made.counter.search.find(" ".join(options.words), limit=options.limit)
    lines = [f"{row.code}  {row.applicant_name}  {row.procedure_name}" for row in rows]
    output.answer([row_document(row, output) for row in rows], *(lines or [output.words("cli.nothing_found")]))


def _print(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    if options.list:
        forms = list_forms(folder.wording)
        output.answer(forms, *(f"{form['form']}  {form['title']}  {form['paper']}" for form in forms))
        return
    if options.code is None:
        raise UserError("print_job.no_dossier")
    with acting(folder, options) as made:
        document = print_papers(made, options, output)
    papers = document if isinstance(document, list) else [document]
    output.answer(document, *(str(paper["pdf"] or paper["printer"]) for paper in papers))


def _printers(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    with reading(folder) as made:
        list_printers(made, output)


def _jobs(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_jobs(made, options, output)


def _hall(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    from counter_app.cli.hall import manage_hall

    manage_hall(folder, options, output)


def _sync(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with reading(folder) as made:
        synchronise(made, options, output)


def _slip(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_slips(made, options, output)


def _signature(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    manage_signatures(folder, options, output)


def _manifest(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_manifests(made, options, output)


def _post(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_post(made, options, output)


def _person(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        manage_people(made, options, output)


def _settings(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    manage_settings(folder, options, output)


def _catalogue(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    if options.action == "template":
        path = Path(options.file)
        if path.exists() or path.is_symlink():
            raise UserError("cli.file_exists", file=path.name)
        if not path.parent.is_dir():
            raise UserError("cli.no_such_folder", folder=path.parent.name)
        replace_file(path, write_template())
        output.answer({"file": str(path)}, str(path))
        return
    with acting(folder, options) as made:
        if options.action == "list":
            hits = made.counter.catalogue.find_procedures(" ".join(options.words), limit=500)
            output.answer([msgspec.to_builtins(hit) for hit in hits], *(f"{hit.code}  {hit.name}" for hit in hits))
            return
        if options.action != "import":
            manage_packs(made, options, output)
            return
        report = made.counter.catalogue.import_file(Path(options.file), effective_on=options.effective_on)
    summary = output.words("cli.imported", added=report.added, unchanged=report.unchanged, doubts=len(report.doubts))
    doubts = [f"{doubt.procedure_code} {doubt.place}: {output.words(doubt.code)}" for doubt in report.doubts]
    output.answer(msgspec.to_builtins(report), summary, *doubts)


def _doctor(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    from counter_app.cli.doctor import examine

    examine(folder, output)


def _user(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        session = made.counter.session
        if options.action == "save":
            session.save_clerk(
                login=options.login,
                full_name=options.name,
                role=options.role,
                password=find_password(),
                active=not options.inactive,
            )
        clerks = session.list_clerks()
    document = [msgspec.to_builtins(clerk) | {"active": clerk.active, "role": clerk.role.value} for clerk in clerks]
    output.answer(document, *(f"{clerk.login}  {clerk.full_name}  {clerk.role.value}" for clerk in clerks))


_UNIT_FIELDS = (
    "name",
    "parent_name",
    "desk_name",
    "place_name",
    "address",
    "hotline",
    "lookup_url",
    "tax_code",
    "slip_link",
    "level",
)


def _unit(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    with acting(folder, options) as made:
        if options.action == "import":
            import_list(made, options, output)
            return
        if options.action == "save":
            _save_unit(made.counter, options)
        units = made.counter.units.list_all()
    document = [msgspec.to_builtins(unit) | {"level": unit.level.value, "logo": bool(unit.logo)} for unit in units]
    output.answer(document, *(f"{unit.code}  {unit.name}" for unit in units))


def _save_unit(counter: Counter, options: argparse.Namespace) -> None:
    known = next((unit for unit in counter.units.list_all() if unit.code == options.code), None)
    unit = known or Unit(code=options.code, name="")
    changes = {name: getattr(options, name) for name in _UNIT_FIELDS if getattr(options, name) is not None}
    if options.notes is not None:
        changes["notes"] = tuple(line for line in options.notes if line)
    if options.signers is not None:
        changes["signers"] = {form: title for form, title in (unit.signers | dict(options.signers)).items() if title}
    if options.logo is not None:
        changes["logo"] = _logo(options.logo)
    counter.units.save(msgspec.structs.replace(unit, **changes))


def _logo(name: str) -> bytes:
    return read_file(Path(name), most_bytes=LOGO_BYTES, code="cli.bad_logo") if name else b""


COMMANDS: dict[str, Command] = {
    "init": make_desk,
    "bootstrap": bring_into_service,
    "demo": _demo,
    "parse-card": _parse_card,
    "due": _due,
    "intake": _intake,
    "show": _show,
    "portal": show_portal,
    "online": manage_online,
    "concerned": manage_concerned,
    "edit": _edit,
    "bulk": _bulk,
    "act": _act,
    "list": _list,
    "held": _held,
    "checks": _checks,
    "bundle": _bundle,
    "claim": _claim,
    "views": _views,
    "search": _search,
    "print": _print,
    "printers": _printers,
    "jobs": _jobs,
    "scan": scan_papers,
    "sign": sign_documents,
    "slip": _slip,
    "manifest": _manifest,
    "post": _post,
    "person": _person,
    "attach": attach_files,
    "route": route_files,
    "document": export_document,
    "signature": _signature,
    "catalogue": _catalogue,
    "province": manage_province,
    "hall": _hall,
    "sync": _sync,
    "backup": back_up,
    "restore": restore,
    "update": manage_updates,
    "verify": verify,
    "rebuild": rebuild,
    "reuse": reuse_papers,
    "doctor": _doctor,
    "user": _user,
    "unit": _unit,
    "settings": _settings,
}
