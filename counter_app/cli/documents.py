"""``attach``, ``route``, ``document``: papers in, documents out."""

import argparse
from pathlib import Path
from typing import Any

from counter_app.cli.files import read_file
from counter_app.cli.opening import acting, reading
from counter_app.cli.output import Output
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file
from counter_app.scanning.reading import MOST_FILE_BYTES
from counter_app.services.answers.documents import Digitised, DocumentView, NamedFile, TrayPage


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


def export_document(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Write a document's PDF to a file.

    Raises:
        UserError: ``document.unknown_document``.
        EnvironmentFailure: damaged vault, disk.
    """
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
        "sha256": content.sha256,
        "pages": content.pages,
        "blank_pages": list(content.blank_pages),
        "pdf": content.size_bytes,
        "text_chars": content.text_chars,
        "signed": content.is_signed,
        "versions": len(view.versions),
        "withdrawn": view.withdrawn_reason or None,
    }


def _document(digitised: Digitised) -> dict[str, Any]:
    tray = [
        {"id": page.id, "page": page.number, "reason": page.reason.value, "likely": page.likely_code or None}
        for page in digitised.tray
    ]
    return {
        "documents": [document_of(view) for view in digitised.documents],
        "tray": tray,
        "separators": digitised.separators,
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


def _files(paths: list[str]) -> list[NamedFile]:
    return [
        NamedFile(name=path.name, data=read_file(path, most_bytes=MOST_FILE_BYTES, code="document.file_too_large"))
        for path in map(Path, paths)
    ]
