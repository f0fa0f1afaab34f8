"""Makes each page when it is first shown, so that the window itself opens without any of them."""

from ui.actions import PageId
from ui.page import Page, PageContext


def make_page(page: PageId, context: PageContext) -> Page:
    """Return a new page."""
    return _MAKERS[page](context)


def _start(context: PageContext) -> Page:
    from ui.start.page import StartPage

    return StartPage(context)


def _intake(context: PageContext) -> Page:
    from ui.intake.page import IntakePage

    return IntakePage(context)


def _dossiers(context: PageContext) -> Page:
    from ui.dossiers.page import DossiersPage

    return DossiersPage(context)


def _custody(context: PageContext) -> Page:
    from ui.custody.page import CustodyPage

    return CustodyPage(context)


def _post(context: PageContext) -> Page:
    from ui.post.page import PostPage

    return PostPage(context)


def _digitise(context: PageContext) -> Page:
    from ui.digitise.page import DigitisePage

    return DigitisePage(context)


def _online(context: PageContext) -> Page:
    from ui.online.page import OnlinePage

    return OnlinePage(context)


def _concerned(context: PageContext) -> Page:
    from ui.concerned.page import ConcernedPage

    return ConcernedPage(context)


def _print_jobs(context: PageContext) -> Page:
    from ui.print_jobs.page import PrintJobsPage

    return PrintJobsPage(context)


def _devices(context: PageContext) -> Page:
    from ui.devices.page import DevicesPage

    return DevicesPage(context)


def _settings(context: PageContext) -> Page:
    from ui.settings.page import SettingsPage

    return SettingsPage(context)


def _shortcuts(context: PageContext) -> Page:
    from ui.shortcuts.page import ShortcutsPage

    return ShortcutsPage(context)


def _people(context: PageContext) -> Page:
    from ui.people.page import PeoplePage

    return PeoplePage(context)


_MAKERS = {
    PageId.START: _start,
    PageId.INTAKE: _intake,
    PageId.DOSSIERS: _dossiers,
    PageId.CUSTODY: _custody,
    PageId.PEOPLE: _people,
    PageId.POST: _post,
    PageId.DIGITISE: _digitise,
    PageId.ONLINE: _online,
    PageId.CONCERNED: _concerned,
    PageId.PRINT_JOBS: _print_jobs,
    PageId.DEVICES: _devices,
    PageId.SETTINGS: _settings,
    PageId.SHORTCUTS: _shortcuts,
}
