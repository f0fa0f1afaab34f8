"""``manifest``: papers and results changing hands as a list that both sides close."""

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import read_file, read_json
from counter_app.cli.opening import find_password
from counter_app.cli.output import Output, iso, shown
from counter_app.core.errors import UserError
from counter_app.domain.manifest import ItemState, ManifestKind, ManifestState
from counter_app.services.answers.manifests import ManifestItem, ManifestView, NewManifest, ReceiptResult, Scanned
from counter_app.services.custody import Custody

_LARGEST_FILE_BYTES = 1_000_000
_BAD_FILE = "manifest.bad_file"


def manage_manifests(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Begin, fill, close, receive, show or list manifests.

    Raises:
        UserError: the reason that a clerk would read; nothing was changed. Where differences lack a reason the document
            that names them comes first.
    """
    custody = made.counter.custody
    match options.action:
        case "new":
            _new(custody, options, output)
        case "add" | "remove":
            change = custody.add if options.action == "add" else custody.remove
            view = change(options.manifest, _codes(options.codes))
            counted = output.words("manifest.counted", code=view.manifest.code, count=len(view.manifest.codes))
            output.answer(_document(view, output), counted)
        case "close":
            _close(custody, options, output)
        case "receive":
            _answer_receipt(_receive(custody, options), custody, output)
        case "show":
            view = custody.get(options.manifest)
            output.answer(_document(view, output), *_lines(view, output))
        case "list":
            _list(custody, options, output)
        case _:
            raise AssertionError(options.action)


def _new(custody: Custody, options: argparse.Namespace, output: Output) -> None:
    kind = ManifestKind.RESULTS if options.results else ManifestKind.PAPERS
    view = custody.begin(NewManifest(receiver=options.to, kind=kind, bag=options.bag, seal=options.seal))
    said = output.words("manifest.made", code=view.manifest.code, receiver=view.manifest.receiver)
    output.answer(_document(view, output), said)


def _close(custody: Custody, options: argparse.Namespace, output: Output) -> None:
    view = custody.close(options.manifest, bag=options.bag, seal=options.seal, password=_password(options))
    manifest = view.manifest
    said = output.words(
        "manifest.handed_over", count=len(manifest.codes), code=manifest.code, receiver=manifest.receiver
    )
    output.answer(_document(view, output), said, *view.passport)


def _receive(custody: Custody, options: argparse.Namespace) -> ReceiptResult:
    if options.acknowledged is not None:
        return custody.acknowledge(options.manifest, _parts(options.acknowledged), password=_password(options))
    if not options.scanned:
        raise UserError("cli.bad_usage", detail="FILE.json, CODE or --acknowledged")
    return custody.receive(options.manifest, _scanned(options), password=_password(options))


def _list(custody: Custody, options: argparse.Namespace, output: Output) -> None:
    rows = custody.list_all(state=ManifestState(options.state) if options.state else None, limit=options.limit)
    lines = [
        f"{row.code}  {output.words(f'manifest.state.{row.state.value}')}  {row.count}  {row.receiver}" for row in rows
    ]
    output.answer([msgspec.to_builtins(row) for row in rows], *lines)


def _answer_receipt(result: ReceiptResult, custody: Custody, output: Output) -> None:
    found = result.comparison
    document: dict[str, Any] = {
        "code": result.code,
        "received": result.is_received,
        "state": (ManifestState.RECEIVED if result.is_received else ManifestState.CLOSED).value,
        "ok": list(found.ok),
        "missing": list(found.missing),
        "extra": list(found.extra),
        "unsettled": list(result.unsettled),
        "entry": result.entry_id or None,
    }
    if result.is_received:
        view = custody.get(result.code)
        document["settled"] = {item.code: item.reason for item in view.items if item.reason}
        counts = {"ok": len(found.ok), "missing": len(found.missing), "extra": len(found.extra)}
        output.answer(
            document, output.words("manifest.received", code=result.code, **counts), *_differences(view, output)
        )
        return
    missing = [f"{code}  {output.words('manifest.item.missing')}" for code in found.missing]
    extra = [f"{code}  {output.words('manifest.item.extra')}" for code in found.extra]
    output.answer(document, *missing, *extra)
    raise UserError(
        "manifest.unsettled", count=len(result.unsettled), missing=len(found.missing), extra=len(found.extra)
    )


def _document(view: ManifestView, output: Output) -> dict[str, Any]:
    manifest = view.manifest
    return {
        "code": manifest.code,
        "kind": manifest.kind.value,
        "state": view.state.value,
        "state_name": output.words(f"manifest.state.{view.state.value}"),
        "from": manifest.giver,
        "to": manifest.receiver,
        "bag": manifest.bag,
        "seal": manifest.seal,
        "opened_at": iso(manifest.opened_at),
        "closed_at": iso(manifest.closed_at),
        "closed_by": manifest.closed_by or None,
        "received_at": iso(view.received_at),
        "received_by": view.received_by or None,
        "received_desk": view.received_desk or None,
        "count": len(manifest.codes),
        "items": [msgspec.to_builtins(item) for item in view.items],
        "missing": [item.code for item in view.items if item.state is ItemState.MISSING],
        "extra": [item.code for item in view.items if item.state is ItemState.EXTRA],
        "passport": list(view.passport),
        "acknowledgement": list(view.acknowledgement),
    }


def _lines(view: ManifestView, output: Output) -> list[str]:
    manifest = view.manifest
    moments = (manifest.opened_at, manifest.closed_at, view.received_at)
    head = (
        manifest.code,
        output.words(f"manifest.kind.{manifest.kind.value}"),
        output.words(f"manifest.state.{view.state.value}"),
        *(shown(at) for at in moments if at is not None),
    )
    items = [f"{_item_line(item, output)}  {item.applicant_name}  {item.reason}".rstrip() for item in view.items]
    return ["  ".join(head), f"{manifest.giver} -> {manifest.receiver}", *items, *view.passport, *view.acknowledgement]


def _differences(view: ManifestView, output: Output) -> list[str]:
    return [f"{_item_line(item, output)}  {item.reason}" for item in view.items if item.reason]


def _item_line(item: ManifestItem, output: Output) -> str:
    return f"{item.code}  {output.words(f'manifest.item.{item.state.value}')}"


def _codes(arguments: list[str]) -> list[str]:
    return [code.strip() for argument in arguments for code in argument.split(",") if code.strip()]


def _scanned(options: argparse.Namespace) -> Scanned:
    """Return what was scanned: a JSON file, stdin, or the codes themselves."""
    first = options.scanned[0]
    if len(options.scanned) > 1 or not (first == "-" or first.casefold().endswith(".json")):
        scanned = Scanned(scanned=tuple(_codes(options.scanned)))
    elif first == "-":
        scanned = _read_stdin()
    else:
        scanned = read_json(Path(first), Scanned, most_bytes=_LARGEST_FILE_BYTES, code=_BAD_FILE)
    if options.passport is None:
        return scanned
    return msgspec.structs.replace(scanned, passport=_parts(options.passport))


def _parts(name: str) -> tuple[str, ...]:
    """Return the QR texts of a file; what is no ASCII is none, and the service says so."""
    data = read_file(Path(name), most_bytes=_LARGEST_FILE_BYTES, code=_BAD_FILE)
    return tuple(data.decode("ascii", "replace").split())


def _read_stdin() -> Scanned:
    data = sys.stdin.buffer.read(_LARGEST_FILE_BYTES + 1)
    if len(data) > _LARGEST_FILE_BYTES:
        raise UserError(_BAD_FILE, file="-", detail=f"> {_LARGEST_FILE_BYTES // 1000} kB")
    try:
        return msgspec.json.decode(data, type=Scanned)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise UserError(_BAD_FILE, file="-", detail=type(exc).__name__) from exc


def _password(options: argparse.Namespace) -> str | None:
    """Return the acting clerk's password where it is asked for with ``--sign``.

    Raises:
        UserError: ``manifest.password_missing``.
    """
    if not options.sign:
        return None
    password = find_password()
    if password is None:
        raise UserError("manifest.password_missing")
    return password
