"""From what a paper says to what a printer takes: the one place that knows both sheets and printers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.forms.facts import FormData
from counter_app.domain.forms.kinds import KINDS, Form, Sheet, Tray
from counter_app.services.answers.printing import PrintJob
from printing import build_document, render_form
from printing.backends import Backend
from printing.routes import Routes

if TYPE_CHECKING:
    from printing.profiles import ReceiptProfile
    from printing.renderers.raster import RasterPage

_PREVIEW_DPI = 150
"""Drawn once and scaled to the width at hand: sharp on a full page of a large screen."""


class PaperSource(Protocol):
    """Where the press gets what a job says."""

    def get_data(self, job_id: str) -> FormData:
        """Return the facts of a job's paper."""
        ...


class Press:
    """Makes pages. Safe from any thread; slow: never in the window's thread."""

    def __init__(self, papers: PaperSource, routes: Routes, *, wording_folder: Path | None = None) -> None:
        self._papers = papers
        self._routes = routes
        self._wording_folder = wording_folder

    def make(self, job: PrintJob, backend: Backend) -> tuple[bytes, Sheet]:
        """Return what the backend sends for a job, and the sheet it is made for.

        Raises:
            EnvironmentFailure: ``print.form_not_for_roll``: the form has no shape for this printer's paper.
            AppError: the job or its wording cannot be read.
        """
        data = self._papers.get_data(job.id)
        profile = profile_of(backend)
        sheet = self.sheet(job.form, job.sheet, profile)
        if profile is None:
            archive = bool(getattr(backend, "archives", False))
            pdf = render_form(
                data, copies=job.copies, sheet=sheet, archive=archive, wording_folder=self._wording_folder
            )
            return pdf, sheet
        return self._receipt_bytes(data, job, profile, sheet), sheet

    def preview(
        self, data: FormData, *, copies: int, sheet: Sheet | None, backend: Backend | None
    ) -> Iterator[RasterPage]:
        """Yield the pages as pixels, exactly those that print: on a roll in the printer's own dots."""
        from printing.renderers.raster import iter_pages

        profile = profile_of(backend)
        chosen = self.sheet(data.form, sheet, profile)
        pdf = render_form(data, copies=copies, sheet=chosen, wording_folder=self._wording_folder)
        return iter_pages(pdf, dpi=profile.dpi if profile else _PREVIEW_DPI)

    def sheet(self, form: Form, asked: Sheet | None, profile: ReceiptProfile | None) -> Sheet:
        """Return the sheet for a form on a printer; `asked` counts where the printer has it.

        Raises:
            EnvironmentFailure: ``print.form_not_for_roll``.
        """
        if profile is None:
            return asked or self._routes.sheet_of(form)
        kind = KINDS[form]
        if profile.sheet in kind.sheets:
            return profile.sheet
        if kind.tray is Tray.LABEL and profile.width_mm >= _LABEL_WIDTHS_MM[asked or self._routes.sheet_of(form)]:
            return asked or self._routes.sheet_of(form)
        raise EnvironmentFailure("print.form_not_for_roll", retryable=False)

    def _receipt_bytes(self, data: FormData, job: PrintJob, profile: ReceiptProfile, sheet: Sheet) -> bytes:
        from printing.renderers.escpos import render_escpos, render_escpos_text
        from printing.renderers.raster import iter_pages

        opens_drawer = job.form is Form.FEE_RECEIPT and self._routes.opens_drawer
        if profile.prints_text:
            document = build_document(data, copies=job.copies, sheet=sheet, wording_folder=self._wording_folder)
            content = render_escpos_text(document, profile, open_drawer=opens_drawer)
            if content is not None:
                return content
        pdf = render_form(data, copies=job.copies, sheet=sheet, wording_folder=self._wording_folder)
        return render_escpos(iter_pages(pdf, dpi=profile.dpi), profile, open_drawer=opens_drawer)


_LABEL_WIDTHS_MM = {Sheet.LABEL_50X30: 50, Sheet.LABEL_100X50: 100}


def profile_of(backend: Backend | None) -> ReceiptProfile | None:
    """Return the profile of a receipt printer, None for a printer of pages."""
    return getattr(backend, "profile", None)
