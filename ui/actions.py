"""Every action that has a key, in one table: the shortcuts, the help page and the texts on buttons read it.

Left alone on purpose: Alt and Ctrl+Shift (UniKey and EVKey switch Vietnamese typing with them), Ctrl+Space (IBus,
Fcitx), F10 (menus of Windows), and every key that writes.
"""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QKeySequence


class PageId(StrEnum):
    """The pages, in the order of the navigation."""

    START = "start"
    INTAKE = "intake"
    DOSSIERS = "dossiers"
    CUSTODY = "custody"
    PEOPLE = "people"
    POST = "post"
    DIGITISE = "digitise"
    ONLINE = "online"
    CONCERNED = "concerned"
    PRINT_JOBS = "print_jobs"
    DEVICES = "devices"
    SETTINGS = "settings"
    SHORTCUTS = "shortcuts"


class ActionId(StrEnum):
    """What an action is called in code; its text is ``ui.action.<id>``."""

    FOCUS_SCAN = "focus_scan"
    DISMISS = "dismiss"
    REFRESH = "refresh"
    REPRINT_LAST = "reprint_last"
    SIGN_OUT = "sign_out"
    PAGE_START = "page_start"
    PAGE_INTAKE = "page_intake"
    PAGE_DOSSIERS = "page_dossiers"
    PAGE_CUSTODY = "page_custody"
    PAGE_PEOPLE = "page_people"
    PAGE_POST = "page_post"
    PAGE_DIGITISE = "page_digitise"
    PAGE_ONLINE = "page_online"
    PAGE_CONCERNED = "page_concerned"
    PAGE_PRINT_JOBS = "page_print_jobs"
    PAGE_DEVICES = "page_devices"
    PAGE_SETTINGS = "page_settings"
    PAGE_SHORTCUTS = "page_shortcuts"
    START_SCOPE = "start_scope"
    START_URGENT = "start_urgent"
    INTAKE_PROCEDURE = "intake_procedure"
    INTAKE_CHECKLIST = "intake_checklist"
    INTAKE_ALL_HANDED_IN = "intake_all_handed_in"
    INTAKE_WHY = "intake_why"
    INTAKE_SUBMITTER = "intake_submitter"
    INTAKE_OTHER = "intake_other"
    INTAKE_REUSE = "intake_reuse"
    INTAKE_REFUSE = "intake_refuse"
    INTAKE_SUPPLEMENT = "intake_supplement"
    INTAKE_ACCEPT = "intake_accept"
    INTAKE_NEW = "intake_new"
    DOSSIER_FILTERS = "dossier_filters"
    DOSSIER_MORE_FILTERS = "dossier_more_filters"
    DOSSIER_ACTIONS = "dossier_actions"
    DOSSIER_EDIT = "dossier_edit"
    DOSSIER_PRINT = "dossier_print"
    DOSSIER_PREVIEW = "dossier_preview"
    DOSSIER_BULK = "dossier_bulk"
    DOSSIER_EXPORT = "dossier_export"
    CUSTODY_NEW = "custody_new"
    CUSTODY_LIST = "custody_list"
    CUSTODY_ENTRY = "custody_entry"
    CUSTODY_CODES = "custody_codes"
    CUSTODY_DIFFERENCES = "custody_differences"
    CUSTODY_PRINT = "custody_print"
    CUSTODY_SIGN = "custody_sign"
    CUSTODY_REMOVE = "custody_remove"
    POST_BATCH = "post_batch"
    POST_BAGS = "post_bags"
    POST_WAYBILLS = "post_waybills"
    POST_ATTEMPT = "post_attempt"
    POST_BACK = "post_back"
    POST_DO = "post_do"
    POST_REMOVE = "post_remove"
    POST_NEW = "post_new"
    POST_IMPORT = "post_import"
    POST_EXPORT = "post_export"
    DOSSIER_DIGITISE = "dossier_digitise"
    DOSSIER_RELATED = "dossier_related"
    DIGITISE_SCAN = "digitise_scan"
    DIGITISE_SETUP = "digitise_setup"
    DIGITISE_RESCAN = "digitise_rescan"
    DIGITISE_CODE = "digitise_code"
    DIGITISE_LINES = "digitise_lines"
    DIGITISE_TRAY = "digitise_tray"
    DIGITISE_PILE = "digitise_pile"
    DIGITISE_PUT = "digitise_put"
    DIGITISE_FILES = "digitise_files"
    DIGITISE_VIEW = "digitise_view"
    DIGITISE_LARGER = "digitise_larger"
    DIGITISE_SMALLER = "digitise_smaller"
    DIGITISE_FIT = "digitise_fit"
    DIGITISE_TURN = "digitise_turn"
    DIGITISE_EARLIER_PAGE = "digitise_earlier_page"
    DIGITISE_LATER_PAGE = "digitise_later_page"
    DIGITISE_LEAVE_OUT = "digitise_leave_out"
    DIGITISE_SPLIT = "digitise_split"
    DIGITISE_WITHDRAW = "digitise_withdraw"
    DIGITISE_MOVE = "digitise_move"
    DIGITISE_VERSION = "digitise_version"
    DIGITISE_REUSE = "digitise_reuse"
    DIGITISE_SIGN = "digitise_sign"
    DIGITISE_FACTS = "digitise_facts"
    DIGITISE_FACT_SKIP = "digitise_fact_skip"
    ONLINE_LIST = "online_list"
    ONLINE_FILES = "online_files"
    ONLINE_VIEW = "online_view"
    ONLINE_OPEN = "online_open"
    CONCERNED_LIST = "concerned_list"
    CONCERNED_FILES = "concerned_files"
    CONCERNED_VIEW = "concerned_view"
    CONCERNED_REFUSE = "concerned_refuse"
    CONCERNED_SUPPLEMENT = "concerned_supplement"
    CONCERNED_RESULT = "concerned_result"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    ZOOM_FIT = "zoom_fit"
    PEOPLE_MERGE = "people_merge"
    JOBS_OWED = "jobs_owed"
    JOBS_BATCH = "jobs_batch"
    JOB_CAME_OUT = "job_came_out"
    JOB_NOT_OUT = "job_not_out"
    JOB_AGAIN = "job_again"
    JOB_CANCEL = "job_cancel"


@dataclass(frozen=True, slots=True)
class Action:
    """One action: its key, its text, and the page that answers it (None: the window, on every page).

    `twin` is a second key that does the same where the first needs a shift on most keyboards; it is not shown.
    """

    id: ActionId
    shortcut: str
    page: PageId | None = None
    twin: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that does it."""
        return (self.shortcut, self.twin) if self.twin else (self.shortcut,)

    @property
    def text_key(self) -> str:
        """The key of its name in resources/texts."""
        return f"ui.action.{self.id.value}"

    @property
    def sequence(self) -> QKeySequence:
        """The key as Qt knows it."""
        return QKeySequence(self.shortcut)

    @property
    def shown(self) -> str:
        """The key as people read it."""
        # Keyboards say Enter where Qt says Return.
        return self.sequence.toString(QKeySequence.SequenceFormat.NativeText).replace("Return", "Enter")


_ALL = (
    Action(ActionId.FOCUS_SCAN, "F2"),
    Action(ActionId.REFRESH, "F5"),
    Action(ActionId.REPRINT_LAST, "F12"),
    Action(ActionId.DISMISS, "Esc"),
    Action(ActionId.SIGN_OUT, "Ctrl+L"),
    Action(ActionId.PAGE_START, "Ctrl+1"),
    Action(ActionId.PAGE_INTAKE, "Ctrl+2"),
    Action(ActionId.PAGE_DOSSIERS, "Ctrl+3"),
    Action(ActionId.PAGE_CUSTODY, "Ctrl+4"),
    Action(ActionId.PAGE_PEOPLE, "Ctrl+5"),
    Action(ActionId.PAGE_POST, "Ctrl+6"),
    Action(ActionId.PAGE_DIGITISE, "Ctrl+7"),
    Action(ActionId.PAGE_ONLINE, "Ctrl+8"),
    Action(ActionId.PAGE_CONCERNED, "Ctrl+9"),
    Action(ActionId.PAGE_PRINT_JOBS, "Ctrl+P"),
    Action(ActionId.PAGE_DEVICES, "Ctrl+D"),
    Action(ActionId.PAGE_SETTINGS, "Ctrl+,"),
    Action(ActionId.PAGE_SHORTCUTS, "F1"),
    Action(ActionId.START_SCOPE, "F3", PageId.START),
    Action(ActionId.START_URGENT, "F4", PageId.START),
    Action(ActionId.INTAKE_NEW, "Ctrl+N", PageId.INTAKE),
    Action(ActionId.INTAKE_PROCEDURE, "F3", PageId.INTAKE),
    Action(ActionId.INTAKE_CHECKLIST, "F4", PageId.INTAKE),
    Action(ActionId.INTAKE_ALL_HANDED_IN, "Ctrl+Return", PageId.INTAKE),
    Action(ActionId.INTAKE_WHY, "F6", PageId.INTAKE),
    Action(ActionId.INTAKE_REFUSE, "F7", PageId.INTAKE),
    Action(ActionId.INTAKE_SUPPLEMENT, "F8", PageId.INTAKE),
    Action(ActionId.INTAKE_ACCEPT, "F9", PageId.INTAKE),
    Action(ActionId.INTAKE_SUBMITTER, "F11", PageId.INTAKE),
    Action(ActionId.INTAKE_OTHER, "Ctrl+B", PageId.INTAKE),
    Action(ActionId.INTAKE_REUSE, "Ctrl+U", PageId.INTAKE),
    Action(ActionId.DOSSIER_FILTERS, "F3", PageId.DOSSIERS),
    Action(ActionId.DOSSIER_ACTIONS, "F4", PageId.DOSSIERS),
    Action(ActionId.DOSSIER_PREVIEW, "F6", PageId.DOSSIERS),
    Action(ActionId.DOSSIER_MORE_FILTERS, "F7", PageId.DOSSIERS),
    Action(ActionId.DOSSIER_BULK, "F8", PageId.DOSSIERS),
    Action(ActionId.DOSSIER_PRINT, "F9", PageId.DOSSIERS),
    Action(ActionId.DOSSIER_EDIT, "F11", PageId.DOSSIERS),
    Action(ActionId.POST_BATCH, "F3", PageId.POST),
    Action(ActionId.POST_BAGS, "F4", PageId.POST),
    Action(ActionId.POST_WAYBILLS, "F6", PageId.POST),
    Action(ActionId.POST_ATTEMPT, "F7", PageId.POST),
    Action(ActionId.POST_BACK, "F8", PageId.POST),
    Action(ActionId.POST_DO, "F9", PageId.POST),
    Action(ActionId.POST_REMOVE, "F11", PageId.POST),
    Action(ActionId.POST_NEW, "Ctrl+N", PageId.POST),
    Action(ActionId.POST_IMPORT, "Ctrl+O", PageId.POST),
    Action(ActionId.POST_EXPORT, "Ctrl+E", PageId.POST),
    Action(ActionId.DOSSIER_DIGITISE, "Ctrl+G", PageId.DOSSIERS),
    Action(ActionId.DOSSIER_RELATED, "Ctrl+R", PageId.DOSSIERS),
    Action(ActionId.DIGITISE_SCAN, "F9", PageId.DIGITISE),
    Action(ActionId.DIGITISE_SETUP, "Ctrl+E", PageId.DIGITISE),
    Action(ActionId.DIGITISE_RESCAN, "Ctrl+I", PageId.DIGITISE),
    Action(ActionId.DIGITISE_CODE, "F3", PageId.DIGITISE),
    Action(ActionId.DIGITISE_LINES, "F4", PageId.DIGITISE),
    Action(ActionId.DIGITISE_TRAY, "F6", PageId.DIGITISE),
    Action(ActionId.DIGITISE_VIEW, "F7", PageId.DIGITISE),
    Action(ActionId.DIGITISE_PILE, "F8", PageId.DIGITISE),
    Action(ActionId.DIGITISE_PUT, "Ctrl+Return", PageId.DIGITISE),
    Action(ActionId.DIGITISE_FILES, "Ctrl+O", PageId.DIGITISE),
    Action(ActionId.DIGITISE_WITHDRAW, "F11", PageId.DIGITISE),
    Action(ActionId.DIGITISE_LARGER, "Ctrl++", PageId.DIGITISE, twin="Ctrl+="),
    Action(ActionId.DIGITISE_SMALLER, "Ctrl+-", PageId.DIGITISE),
    Action(ActionId.DIGITISE_FIT, "Ctrl+0", PageId.DIGITISE),
    Action(ActionId.DIGITISE_TURN, "Ctrl+R", PageId.DIGITISE),
    Action(ActionId.DIGITISE_EARLIER_PAGE, "Ctrl+Up", PageId.DIGITISE),
    Action(ActionId.DIGITISE_LATER_PAGE, "Ctrl+Down", PageId.DIGITISE),
    Action(ActionId.DIGITISE_LEAVE_OUT, "Ctrl+K", PageId.DIGITISE),
    Action(ActionId.DIGITISE_SPLIT, "Ctrl+T", PageId.DIGITISE),
    Action(ActionId.DIGITISE_MOVE, "Ctrl+M", PageId.DIGITISE),
    Action(ActionId.DIGITISE_VERSION, "Ctrl+B", PageId.DIGITISE),
    Action(ActionId.DIGITISE_REUSE, "Ctrl+U", PageId.DIGITISE),
    Action(ActionId.DIGITISE_SIGN, "Ctrl+S", PageId.DIGITISE),
    Action(ActionId.DIGITISE_FACTS, "Ctrl+J", PageId.DIGITISE),
    Action(ActionId.DIGITISE_FACT_SKIP, "Ctrl+H", PageId.DIGITISE),
    Action(ActionId.DOSSIER_EXPORT, "Ctrl+E", PageId.DOSSIERS),
    Action(ActionId.ZOOM_IN, "Ctrl++", PageId.DOSSIERS, twin="Ctrl+="),
    Action(ActionId.ZOOM_OUT, "Ctrl+-", PageId.DOSSIERS),
    Action(ActionId.ZOOM_FIT, "Ctrl+0", PageId.DOSSIERS),
    Action(ActionId.CUSTODY_NEW, "Ctrl+N", PageId.CUSTODY),
    Action(ActionId.CUSTODY_LIST, "F3", PageId.CUSTODY),
    Action(ActionId.CUSTODY_ENTRY, "F4", PageId.CUSTODY),
    Action(ActionId.CUSTODY_CODES, "F6", PageId.CUSTODY),
    Action(ActionId.CUSTODY_DIFFERENCES, "F7", PageId.CUSTODY),
    Action(ActionId.CUSTODY_PRINT, "F8", PageId.CUSTODY),
    Action(ActionId.CUSTODY_SIGN, "F9", PageId.CUSTODY),
    Action(ActionId.CUSTODY_REMOVE, "F11", PageId.CUSTODY),
    Action(ActionId.PEOPLE_MERGE, "F9", PageId.PEOPLE),
    Action(ActionId.ONLINE_LIST, "F3", PageId.ONLINE),
    Action(ActionId.ONLINE_FILES, "F4", PageId.ONLINE),
    Action(ActionId.ONLINE_VIEW, "F7", PageId.ONLINE),
    Action(ActionId.ONLINE_OPEN, "F9", PageId.ONLINE),
    Action(ActionId.CONCERNED_LIST, "F3", PageId.CONCERNED),
    Action(ActionId.CONCERNED_FILES, "F4", PageId.CONCERNED),
    Action(ActionId.CONCERNED_VIEW, "F6", PageId.CONCERNED),
    Action(ActionId.CONCERNED_REFUSE, "F7", PageId.CONCERNED),
    Action(ActionId.CONCERNED_SUPPLEMENT, "F8", PageId.CONCERNED),
    Action(ActionId.CONCERNED_RESULT, "F9", PageId.CONCERNED),
    Action(ActionId.JOBS_OWED, "F3", PageId.PRINT_JOBS),
    Action(ActionId.JOBS_BATCH, "F4", PageId.PRINT_JOBS),
    Action(ActionId.JOB_CAME_OUT, "F7", PageId.PRINT_JOBS),
    Action(ActionId.JOB_NOT_OUT, "F8", PageId.PRINT_JOBS),
    Action(ActionId.JOB_AGAIN, "F9", PageId.PRINT_JOBS),
    Action(ActionId.JOB_CANCEL, "F11", PageId.PRINT_JOBS),
)

ACTIONS = {action.id: action for action in _ALL}

PAGE_ACTIONS = {
    ActionId.PAGE_START: PageId.START,
    ActionId.PAGE_INTAKE: PageId.INTAKE,
    ActionId.PAGE_DOSSIERS: PageId.DOSSIERS,
    ActionId.PAGE_CUSTODY: PageId.CUSTODY,
    ActionId.PAGE_PEOPLE: PageId.PEOPLE,
    ActionId.PAGE_POST: PageId.POST,
    ActionId.PAGE_DIGITISE: PageId.DIGITISE,
    ActionId.PAGE_ONLINE: PageId.ONLINE,
    ActionId.PAGE_CONCERNED: PageId.CONCERNED,
    ActionId.PAGE_PRINT_JOBS: PageId.PRINT_JOBS,
    ActionId.PAGE_DEVICES: PageId.DEVICES,
    ActionId.PAGE_SETTINGS: PageId.SETTINGS,
    ActionId.PAGE_SHORTCUTS: PageId.SHORTCUTS,
}


def list_actions(page: PageId | None) -> tuple[Action, ...]:
    """Return the actions of a page, or those of the window for None, in the order of the table."""
    return tuple(action for action in _ALL if action.page is page)


def list_shortcuts() -> tuple[str, ...]:
    """Return every key that is used, once, in the order of the table."""
    return tuple(dict.fromkeys(key for action in _ALL for key in action.keys))
