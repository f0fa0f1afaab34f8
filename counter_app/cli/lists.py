"""``list``: the dossiers of a filter, in pages."""

import argparse
from pathlib import Path
from typing import Any

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.held import show_held
from counter_app.cli.output import Output, iso
from counter_app.cli.process import late_document, late_line
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Status
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.exports import USUAL_COLUMNS, ExportColumn, ExportRequest
from counter_app.services.answers.lists import DossierFilter, ListOrder


def list_dossiers(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Answer with the dossiers, their number, or the entries that are held.

    Raises:
        UserError: ``dossier.unknown_code`` for ``--after``; ``lists.unknown_view`` for ``--view``;
            ``session.unknown_clerk`` for ``--received-by``; ``unit.unknown`` for ``--unit``.
    """
    lists = made.counter.lists
    if options.held:
        show_held(lists.list_held(), output)
        return
    view = made.counter.views.get_view(options.view) if options.view else None
    wanted = view.wanted if view else filter_of(made, options)
    order = options.order or (view.order if view else None)
    if options.count:
        number = lists.count(wanted)
        output.answer({"count": number}, str(number))
        return
    if options.xlsx:
        _write_workbook(made, options, wanted, order, output)
        return
    page = lists.page(wanted, order=order, after=options.after, limit=options.limit)
    codes = [row.code for row in page.rows if wanted.is_late]
    late = made.counter.process_times.list_late_holders(codes) if codes else {}
    lines = [f"{row.code}  {row.applicant_name}  {row.procedure_name}" for row in page.rows]
    lines += [f"{code}  {late_line(holder, output)}" for code, holder in late.items()]
    document = [
        row_document(row, output) | (late_document(late[row.code]) if row.code in late else {}) for row in page.rows
    ]
    output.answer(document, *(lines or [output.words("cli.nothing_found")]))


def _write_workbook(
    made: OpenCounter, options: argparse.Namespace, wanted: DossierFilter, order: ListOrder | None, output: Output
) -> None:
    path = Path(options.xlsx)
    if path.exists() or path.is_symlink():
        raise UserError("cli.file_exists", file=path.name)
    if not path.parent.is_dir():
        raise UserError("cli.no_such_folder", folder=path.parent.name)
    request = ExportRequest(wanted=wanted, order=order, columns=_columns(options.columns))
    done = made.counter.exports.write_list(request, path, language=output.language)
    said = output.words("export.done", rows=done.rows, file=path.name)
    output.answer({"file": str(path), "rows": done.rows, "entry": done.entry_id}, said)


def _columns(names: str) -> tuple[ExportColumn, ...]:
    wanted = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    known = {column.value for column in ExportColumn}
    strange = next((name for name in wanted if name not in known), None)
    if strange is not None:
        raise UserError("cli.bad_usage", detail=f"--columns {strange[:40]}: {', '.join(ExportColumn)}")
    return tuple(ExportColumn(name) for name in wanted) or USUAL_COLUMNS


def manage_views(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """List, save or remove the acting clerk's saved lists.

    Raises:
        UserError: as `counter_app.services.views.Views`; ``session.unknown_clerk``, ``unit.unknown``.
    """
    views = made.counter.views
    if options.action == "save":
        views.save_view(options.name, filter_of(made, options), options.order)
    elif options.action == "remove":
        views.remove_view(options.name)
    found = views.list_views()
    output.answer(
        [msgspec.to_builtins(view) for view in found],
        *([view.name for view in found] or [output.words("lists.no_views")]),
    )


def filter_of(made: OpenCounter, options: argparse.Namespace) -> DossierFilter:
    """Return the filter that the options describe.

    Raises:
        UserError: ``session.unknown_clerk``, ``unit.unknown``.
    """
    return DossierFilter(
        is_late=options.late,
        is_due_today=options.due_today,
        is_due_soon=options.due_soon,
        due_within_days=options.due_within,
        statuses=tuple(Status(one) for one in options.status),
        is_running=options.running,
        waits_for_owner=options.waits_for_owner,
        is_result_elsewhere=options.result_elsewhere,
        is_to_acknowledge=options.to_acknowledge,
        is_to_transfer=options.to_transfer,
        procedure_code=options.procedure,
        field_name=options.field,
        channel=options.channel,
        competent_unit_code=_find_unit(made, options.unit),
        received_from=options.received_from,
        received_to=options.received_to,
        due_from=options.due_from,
        due_to=options.due_to,
        scope=options.scope,
        clerk_id=_find_clerk(made, options.received_by),
    )


def _find_clerk(made: OpenCounter, login: str) -> str:
    if not login:
        return ""
    found = next((clerk.id for clerk in made.counter.session.list_clerks() if clerk.login == login), None)
    if found is None:
        raise UserError("session.unknown_clerk", login=login[:40])
    return found


def _find_unit(made: OpenCounter, code: str) -> str:
    if code and all(unit.code != code for unit in made.counter.units.list_all()):
        raise UserError("unit.unknown", code=code[:40])
    return code


def row_document(row: DossierRow, output: Output) -> dict[str, Any]:
    """Return one line of a list as JSON."""
    return {
        "code": row.code,
        "applicant_name": row.applicant_name,
        "procedure_name": row.procedure_name,
        **output.status(row.status),
        "received_at": iso(row.received_at),
        "due_at": iso(row.due_at),
        "is_late": row.is_late,
        "is_due_today": row.is_due_today,
        "is_due_soon": row.is_due_soon,
        "channel": row.channel.value,
        "received_by": row.clerk_name,
        "acknowledge_by": iso(row.acknowledge_by),
    }
