"""``post`` and ``intake --bulk``: what a post office's desk does beyond any other."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import read_file
from counter_app.cli.output import Output, iso, shown
from counter_app.cli.paper import print_to_file
from counter_app.core.errors import UserError
from counter_app.core.replacing import replace_file
from counter_app.domain.postal import Attempt, AttemptOutcome, Delivery, WaybillKind, WaybillState, is_misspelled
from counter_app.domain.sheet_files import MOST_BYTES
from counter_app.services.answers.bulk_intake import Batch, BulkLine
from counter_app.services.answers.postal import MadeBag, NewWaybill, WaybillView
from counter_app.services.bulk_files import digest_of
from counter_app.services.bulk_intake import BulkIntake
from counter_app.services.post_files import ReportRow, RowState

_BAD_FILE = "cli.bad_post_file"


def manage_post(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Make bags, write and read carriers' lists, record what becomes of waybills and of the cash for them.

    Raises:
        UserError: the reason that a clerk would read; nothing was changed.
    """
    match options.action:
        case "bags":
            _bags(made, options, output)
        case "export":
            _export(made, options, output)
        case "import":
            _import(made, options, output)
        case "list":
            _list(made, options, output)
        case "ready":
            rows = made.counter.post.waybills.list_ready()
            lines = [f"{row.code}  {row.receiver}  {row.address}" for row in rows]
            output.answer([msgspec.to_builtins(row) for row in rows], *(lines or [output.words("cli.nothing_found")]))
        case "owed":
            _owed(made, options, output)
        case "money":
            _money(made, options, output)
        case _:
            _record(made, options, output)


def _record(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    waybills = made.counter.post.waybills
    number = options.waybill
    match options.action:
        case "open":
            view = waybills.open(_new(options))
            said = [output.words("postal.opened", number=view.waybill.number, code=view.waybill.dossier_code)]
            if is_misspelled(view.waybill.number):
                said.append(output.words("postal.misspelled", number=view.waybill.number))
        case "attempt":
            tried = Attempt(at=_at(made, options), outcome=AttemptOutcome(options.outcome), note=options.note)
            view = waybills.attempt(number, tried)
            said = [output.words("postal.attempt_noted", number=view.waybill.number)]
        case "delivered":
            delivery = Delivery(
                at=_at(made, options),
                receiver=options.receiver,
                relation=options.relation,
                authorisation=options.authorisation,
                id_number=options.id_number,
            )
            view = waybills.deliver(number, delivery, collected=options.collected)
            said = [output.words("postal.delivered_noted", number=view.waybill.number, receiver=delivery.receiver)]
        case "returned":
            view = waybills.give_back(number, options.at, options.reason)
            said = [output.words("postal.returned_noted", number=view.waybill.number)]
        case "cancel":
            view = waybills.cancel(number, options.reason)
            said = [output.words("postal.cancelled_noted", number=view.waybill.number)]
        case "collect":
            view = waybills.collect(number, options.amount)
            code = view.collections[-1].code
            said = [output.words("postal.collected_noted", amount=options.amount, code=code)]
        case "cancel-money":
            view = waybills.cancel_collection(number, options.reason)
            said = [output.words("postal.collection_cancelled", code=number)]
        case _:
            raise AssertionError(options.action)
    output.answer(waybill_document(view, output), *said)


def _at(made: OpenCounter, options: argparse.Namespace) -> datetime:
    at: datetime | None = options.at
    return at or made.counter.clock.now()


def _new(options: argparse.Namespace) -> NewWaybill:
    return NewWaybill(
        number=options.waybill,
        code=options.code,
        carrier=options.carrier,
        kind=WaybillKind.DOSSIER_IN if options.dossier else WaybillKind.RESULT_OUT,
        receiver=options.receiver,
        phone=options.phone,
        address=options.address,
        cod=options.cod,
        weight_note=options.note,
        opened_at=options.at,
    )


def waybill_document(view: WaybillView, output: Output) -> dict[str, Any]:
    """Return a waybill as ``post`` and ``show`` answer it."""
    waybill = view.waybill
    delivery = waybill.delivery
    return {
        "number": waybill.number,
        "carrier": waybill.carrier,
        "kind": waybill.kind.value,
        "code": waybill.dossier_code,
        "state": waybill.state.value,
        "state_name": output.words(f"postal.state.{waybill.state.value}"),
        "receiver": waybill.receiver,
        "phone": waybill.phone,
        "address": waybill.address,
        "cod": waybill.cod,
        "cod_owed": view.owed,
        "weight_note": waybill.weight_note,
        "opened_at": iso(waybill.opened_at),
        "attempts": [{**msgspec.to_builtins(one), "at": iso(one.at)} for one in waybill.attempts],
        "delivery": {**msgspec.to_builtins(delivery), "at": iso(delivery.at)} if delivery else None,
        "ended_at": iso(waybill.ended_at),
        "reason": waybill.reason or None,
        "collections": [
            {
                "code": one.code,
                "amount": one.amount,
                "clerk": one.clerk_name,
                "collected_at": iso(one.collected_at),
                "cancelled_at": iso(one.cancelled_at),
                "reason": one.reason or None,
            }
            for one in view.collections
        ],
    }


def waybill_lines(views: tuple[WaybillView, ...], output: Output) -> list[str]:
    """Return waybills as lines."""
    return [
        "  ".join(
            (
                one.waybill.number,
                output.words(f"postal.state.{one.waybill.state.value}"),
                one.waybill.dossier_code,
                one.waybill.receiver,
                shown(one.waybill.opened_at),
            )
        )
        for one in views
    ]


def _list(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    states = tuple(WaybillState(state) for state in options.state or ())
    views = made.counter.post.waybills.list_all(states=states, limit=options.limit)
    lines = waybill_lines(views, output) or [output.words("cli.nothing_found")]
    output.answer([waybill_document(view, output) for view in views], *lines)


def _owed(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    owed = made.counter.post.waybills.owed(limit=options.limit)
    document = {
        "total": owed.total,
        "by_carrier": [msgspec.to_builtins(one) for one in owed.by_carrier],
        "waybills": [waybill_document(view, output) for view in owed.waybills],
    }
    total = output.words("postal.owed_total", count=owed.count, amount=owed.total)
    sums = (f"{one.carrier}  {one.count}  {one.amount}" for one in owed.by_carrier)
    output.answer(document, total, *sums, *waybill_lines(owed.waybills, output))


def _money(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    money = made.counter.post.waybills.money(options.day)
    document = {
        "day": money.day.isoformat(),
        "total": money.total,
        "by_clerk": [msgspec.to_builtins(one) for one in money.by_clerk],
        "records": [
            {**msgspec.to_builtins(row), "collected_at": iso(row.collected_at), "cancelled_at": iso(row.cancelled_at)}
            for row in money.rows
        ],
    }
    count = sum(row.counts for row in money.rows)
    total = output.words("postal.day_total", day=f"{money.day:%d/%m/%Y}", count=count, amount=money.total)
    output.answer(document, total, *(f"{one.clerk_name}  {one.count}  {one.amount}" for one in money.by_clerk))


def _bags(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    bags = made.counter.post.bags
    found = bags.preview(first_number=options.bag, first_seal=options.seal)
    if options.unit:
        found = tuple(bag for bag in found if bag.unit_code in options.unit)
    done = tuple(MadeBag(bag=bag) for bag in found) if options.preview else bags.make(found)
    if options.close:
        for one in done:
            if one.manifest_code:
                made.counter.custody.close(one.manifest_code)
    document = [
        {
            "unit": one.bag.unit_code,
            "unit_name": one.bag.unit_name,
            "count": len(one.bag.codes),
            "codes": list(one.bag.codes),
            "bag": one.bag.number,
            "seal": one.bag.seal,
            "manifest": one.manifest_code or None,
            "problem": output.words(one.problem, **one.context) if one.problem else None,
        }
        for one in done
    ]
    output.answer(document, *([_bag_line(one, output) for one in done] or [output.words("postal.no_bags")]))


def _bag_line(one: MadeBag, output: Output) -> str:
    if one.problem:
        return f"{one.bag.unit_name}: {output.words(one.problem, **one.context)}"
    count, unit = len(one.bag.codes), one.bag.unit_name
    if one.manifest_code:
        return output.words("postal.bag_made", unit=unit, manifest=one.manifest_code, count=count)
    return output.words("postal.bag_line", unit=unit, count=count, bag=one.bag.number or "-", seal=one.bag.seal or "-")


def _export(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    path = Path(options.file)
    if path.exists() or path.is_symlink():
        raise UserError("cli.file_exists", file=path.name)
    if not path.parent.is_dir():
        raise UserError("cli.no_such_folder", folder=path.parent.name)
    written = made.counter.post.files.write(path.suffix.casefold())
    replace_file(path, written.data)
    said = output.words("postal.written", file=path.name, waybills=written.waybills, orders=written.orders)
    output.answer({"file": str(path), "waybills": written.waybills, "orders": written.orders}, said)


def _import(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    data = read_file(Path(options.file), most_bytes=MOST_BYTES, code=_BAD_FILE)
    report = made.counter.post.files.read(data)
    counts = {state.value: report.count(state) for state in RowState}
    rows = [_report_row(row, output) for row in report.rows if row.state is RowState.DOUBTFUL]
    lines = [
        output.words("postal.doubtful_row", row=row["row"], problem=row["problem"], source=row["source"])
        for row in rows
    ]
    said = output.words(
        "postal.read",
        accepted=report.count(RowState.ACCEPTED),
        unchanged=report.count(RowState.UNCHANGED),
        doubtful=len(rows),
    )
    output.answer({**counts, "rows": rows}, said, *lines)


def _report_row(row: ReportRow, output: Output) -> dict[str, Any]:
    return {
        "row": row.number,
        "waybill": row.waybill or None,
        "problem": output.words(row.problem, **row.context),
        "source": row.source,
    }


def receive_bulk(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Receive every dossier of a file as one batch with one receipt; a row that is refused leaves the others.

    Raises:
        UserError: the file as a whole cannot be used; nothing was received. Also when no row could be received.
    """
    path = Path(options.file)
    data = read_file(path, most_bytes=MOST_BYTES, code=_BAD_FILE)
    bulk = made.counter.post.bulk
    batch = bulk.begin(source=digest_of(data))
    read = made.counter.post.bulk_files.read(data, batch)
    doubts = {line.row: _doubts(bulk, read.batch, line, output) for line in read.batch.open_lines}
    batch = bulk.receive(read.batch) if read.batch.lines else read.batch
    end = bulk.end(batch) if batch.received else None
    pdf = print_to_file(made, end.print_job.id) if end is not None and end.print_job is not None else None
    rows = sorted((*batch.lines, *read.unread), key=lambda line: line.row)
    refused = [line for line in rows if not line.is_received]
    document = {
        "received": len(batch.received),
        "refused": len(refused),
        "codes": [line.code for line in batch.received],
        "receipt": str(pdf) if pdf else None,
        "rows": [_bulk_row(line, output) | {"warnings": doubts.get(line.row, [])} for line in rows],
    }
    said = output.words("postal.batch_ended", count=len(batch.received), refused=len(refused))
    output.answer(document, said, *(f"{line.row}  {_bulk_said(line, output)}" for line in rows))
    if not batch.received:
        raise UserError("postal.batch_nothing_received")


def _doubts(bulk: BulkIntake, batch: Batch, line: BulkLine, output: Output) -> list[str]:
    problems = bulk.quote(batch, line).problems
    return [output.words(problem.code, **problem.context) for problem in problems if not problem.blocking]


def _bulk_row(line: BulkLine, output: Output) -> dict[str, Any]:
    return {
        "row": line.row,
        "code": line.code or None,
        "outcome": line.outcome.value,
        "problem": output.words(line.problem, **line.context) if line.problem else None,
    }


def _bulk_said(line: BulkLine, output: Output) -> str:
    return line.code or output.words(line.problem, **line.context)
