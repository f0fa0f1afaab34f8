"""``scan``, ``attach``, ``route``, ``sign``, ``document``: papers in, documents out."""

import argparse
from pathlib import Path
from typing import Any

from counter_app.cli.document_facts import accept_facts, facts_document, propose_facts
from counter_app.cli.files import require_file
from counter_app.cli.opening import acting, reading
from counter_app.cli.output import Output
from counter_app.cli.scanners import list_scanners
from counter_app.cli.signature import find_pin
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file
from counter_app.services.answers.documents import Digitised, DocumentView, Scan, TrayPage
from counter_app.services.source_files import FileOnDisk

_SCAN_USAGE = "--list, or --waiting, or --device ID or --resume SCAN, each with --dossier CODE or --separate"


def attach_files(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Put files to a dossier, one document each.

    Raises:
        UserError: the reason that a clerk would read; nothing was attached.
    """
    files = _files(options.files)
    with acting(folder, options) as made:
        digitised = made.counter.digitising.attach(files, options.dossier, component=options.component)
    said = output.words("document.attached", count=len(digitised.documents), code=options.dossier)
    output.answer(_document(digitised), said, *_lines(digitised, output))


def route_files(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Separate a pile by the codes of its slips.

    Raises:
        UserError: as `attach_files`.
    """
    files = _files(options.files)
    with acting(folder, options) as made:
        digitised = made.counter.digitising.route(files)
    said = output.words("document.routed", count=len(digitised.documents), tray=len(digitised.tray))
    output.answer(_document(digitised), said, *_lines(digitised, output))


def scan_papers(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """List scanners, or scan into a dossier, or finish a scan that was interrupted.

    Raises:
        UserError: the reason that a clerk would read.
        AppError: what the scanner says. Pages it gave before are kept: the answer names the scan for ``--resume``.
    """
    if options.list:
        list_scanners(folder, output)
        return
    if options.waiting:
        _list_waiting(folder, output)
        return
    if not (options.device or options.resume) or bool(options.dossier) is options.separate:
        raise UserError("cli.bad_usage", detail=_SCAN_USAGE)
    if options.separate:
        _separate_scan(folder, options, output)
        return
    with acting(folder, options) as made:
        counter = made.counter
        if options.resume:
            view = counter.digitising.finish_scan(options.resume, options.dossier, component=options.component)
        else:
            scan, view = counter.scanning.scan_into(
                options.device, options.dossier, component=options.component, profile_id=options.profile
            )
            if scan.error is not None:
                kept = output.words("document.scan_kept", pages=scan.pages, scan=scan.id)
                output.answer({"documents": [], "tray": [], "scan": scan.id, "pages": scan.pages}, kept)
                raise scan.error
    digitised = Digitised(documents=(view,) if view is not None else ())
    said = output.words("document.attached", count=len(digitised.documents), code=options.dossier)
    output.answer(_document(digitised), said, *_lines(digitised, output))


def _separate_scan(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Scan a pile and separate it by its codes, or go on with one that was interrupted."""
    with acting(folder, options) as made:
        scanning, scan = made.counter.scanning, Scan(id=options.resume, pages=0)
        if options.resume:
            digitised = scanning.piles.separate(options.resume)
        else:
            scan, digitised = scanning.scan_pile(options.device, profile_id=options.profile)
        left = len(made.counter.digitising.tray.list_of_session(scan.id))
    said = output.words("document.routed", count=len(digitised.documents), tray=len(digitised.tray))
    kept = [output.words("document.scan_kept_pile", pages=left, scan=scan.id)] if left else []
    output.answer({**_document(digitised), "scan": scan.id, "left": left}, said, *_lines(digitised, output), *kept)
    if scan.error is not None:
        raise scan.error


def sign_documents(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Sign documents with the token; the PIN comes from COUNTER_APP_PIN or is asked for.

    Raises:
        UserError: wrong PIN, unknown document; nothing was signed.
        AppError: what the token said of the first document that was not signed; those before it are.
    """
    with acting(folder, options) as made:
        signing = made.counter.document_signing
        clerk = made.counter.session.require().clerk
        signing.open_token(find_pin(), given_by=clerk.id)
        done = list(signing.iter_signed(options.ids))
    signed = [one for one in done if one.view is not None]
    document = {
        "documents": [document_of(one.view) | {"level": one.level} for one in signed if one.view is not None],
        "not_signed": [one.document_id for one in done if one.view is None],
    }
    remarks = dict.fromkeys(output.words(remark) for one in signed for remark in one.remarks)
    output.answer(document, output.words("document.signed", count=len(signed)), *remarks)
    error = next((one.error for one in done if one.error is not None), None)
    if error is not None:
        raise error


def export_document(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Write a document's PDF to a file, or say or keep what its paper states.

    Raises:
        UserError: ``document.unknown_document``, ``cli.bad_usage``, and as `accept_facts`.
        EnvironmentFailure: damaged vault, disk.
    """
    if sum(map(bool, (options.out, options.facts, options.accept))) != 1:
        raise UserError("cli.bad_usage", detail="--out FILE.pdf, --facts or --accept FIELD=VALUE")
    if options.facts or options.accept:
        (propose_facts if options.facts else accept_facts)(folder, options, output)
        return
    target = Path(options.out)
    with reading(folder) as made:
        view = made.counter.digitising.get(options.id)
        replace_file(target, made.counter.digitising.read_file(options.id))
    said = output.words("document.written", pages=view.document.content.pages, file=target.name)
    output.answer({**document_of(view), "file": str(target)}, said)


def document_of(view: DocumentView) -> dict[str, Any]:
    """Return a document as the command line shows it; ``pdf`` is the size of the file in bytes."""
    content = view.document.content
    return {
        "id": view.document.id,
        "dossier": view.dossier_code,
        "component": view.document.component or None,
        "component_name": view.component_name,
        "title": view.document.facts.title,
        "facts": facts_document(view.document.facts),
        "sha256": content.sha256,
        "pages": content.pages,
        "blank_pages": list(content.blank_pages),
        "pdf": content.size_bytes,
        "text_chars": content.text_chars,
        "signed": content.is_signed,
        "versions": len(view.versions),
        "withdrawn": view.withdrawn_reason or None,
        "origin": view.document.origin or None,
    }


def _list_waiting(folder: DataFolder, output: Output) -> None:
    """Answer with the scans that became no document yet and the pages of piles that no code placed."""
    with reading(folder) as made:
        tray = made.counter.digitising.tray
        scans, pages = tray.list_interrupted(), tray.list_waiting()
    document = {
        "scans": [
            {
                "id": scan.id,
                "pages": len(scan.page_ids),
                "likely": scan.likely_code or None,
                "likely_component": scan.likely_line or None,
            }
            for scan in scans
        ],
        "tray": [_tray_document(page) for page in pages],
    }
    lines = [output.words("document.scan_kept", pages=len(scan.page_ids), scan=scan.id) for scan in scans]
    lines += [_tray_line(page, output) for page in pages]
    output.answer(document, *(lines or [output.words("document.nothing_waits")]))


def _document(digitised: Digitised) -> dict[str, Any]:
    return {
        "documents": [document_of(view) for view in digitised.documents],
        "tray": [_tray_document(page) for page in digitised.tray],
        "separators": digitised.separators,
    }


def _tray_document(page: TrayPage) -> dict[str, Any]:
    return {
        "id": page.id,
        "page": page.number,
        "reason": page.reason.value,
        "likely": page.likely_code or None,
        "likely_component": page.likely_line or None,
    }


def _lines(digitised: Digitised, output: Output) -> list[str]:
    made = [
        output.words(
            "document.line", id=view.document.id, title=view.document.facts.title, pages=view.document.content.pages
        )
        for view in digitised.documents
    ]
    return made + [_tray_line(page, output) for page in digitised.tray]


def _tray_line(page: TrayPage, output: Output) -> str:
    key = "document.could_be" if page.likely_code else "document.tray_line"
    reason = output.words(f"document.tray.{page.reason.value}")
    return output.words(key, number=page.number, reason=reason, code=page.likely_code)


def _files(paths: list[str]) -> list[FileOnDisk]:
    files = [FileOnDisk(path=Path(path)) for path in paths]
    for file in files:
        require_file(file.path)
    return files
