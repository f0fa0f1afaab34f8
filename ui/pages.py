"""Makes each page when it is first shown, so that the window itself opens without any of them."""

from ui.actions import PageId
from ui.page import Page, PageContext


def make_page(page: PageId, context: PageContext) -> Page:
    """Return a new page."""
    match page:
        case PageId.INTAKE:
            from ui.intake.page import IntakePage

            return IntakePage(context)
        case PageId.DOSSIERS:
            from ui.dossiers.page import DossiersPage

            return DossiersPage(context)
        case PageId.PRINT_JOBS:
            from ui.print_jobs.page import PrintJobsPage

            return PrintJobsPage(context)
        case PageId.DEVICES:
            from ui.devices.page import DevicesPage

            return DevicesPage(context)
        case PageId.SETTINGS:
            from ui.settings.page import SettingsPage

            return SettingsPage(context)
        case PageId.SHORTCUTS:
            from ui.shortcuts.page import ShortcutsPage

            return ShortcutsPage(context)
