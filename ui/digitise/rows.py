"""The rows of the digitising page: checklist lines with their documents, and what waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from counter_app.domain.document import DocumentSource
from counter_app.domain.dossier import Dossier
from counter_app.services.answers.documents import DocumentView, Reusable, TrayPage, WaitingScan
from ui.actions import ACTIONS, ActionId
from ui.formats import show_day
from ui.intake.reuse import say_validity
from ui.theme.tokens import Tone
from ui.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A checklist line, or with `document` one of its documents. Line 0 is for papers outside the checklist."""

    component: int
    name: str = ""
    documents: int = 0
    pages: int = 0
    document: DocumentView | None = None
    number: int = 0
    offer: Reusable | None = None
    """A paper of another dossier that fits a line which has none."""

    @property
    def key(self) -> tuple[int, str]:
        """What stays when the list is read again."""
        return self.component, self.document.document.id if self.document else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A page in the tray, or a scan that ended in the middle."""

    page: TrayPage | None = None
    scan: WaitingScan | None = None

    @property
    def key(self) -> str:
        """What stays when the list is read again."""
        return self.scan.id if self.scan else self.page.id if self.page else ""

    @property
    def page_ids(self) -> tuple[str, ...]:
        """The pages of the row in order."""
        return self.scan.page_ids if self.scan else (self.page.id,) if self.page else ()

    @property
    def likely(self) -> tuple[str, int]:
        """The likely dossier, "" for none, and its likely line, 0 for none."""
        one = self.scan or self.page
        return (one.likely_code, one.likely_line) if one else ("", 0)


def iter_rows(
    dossier: Dossier, documents: Sequence[DocumentView], offers: Sequence[Reusable] = ()
) -> Iterator[LineRow]:
    """Yield every line of the checklist and under it its documents, then what belongs to no line."""
    offered = {offer.component: offer for offer in offers}
    names = {number: paper.name for number, paper in enumerate(dossier.papers, start=1)} | {0: ""}
    for component, name in names.items():
        own = [view for view in documents if view.document.component == component]
        counting = [view for view in own if not view.withdrawn_reason]
        pages = sum(view.document.content.pages for view in counting)
        offer = offered.get(component)
        yield LineRow(component=component, name=name, documents=len(counting), pages=pages, offer=offer)
        for number, view in enumerate(own, start=1):
            yield LineRow(component=component, document=view, number=number)


def say_name(words: Words, row: LineRow) -> str:
    """Say what a row is."""
    if row.document is not None:
        return words("digitise.document", number=row.number)
    return f"{row.component}. {row.name}" if row.component else words("digitise.no_line")


def say_state(words: Words, row: LineRow) -> str:
    """Say what is digitised of it."""
    if row.document is None:
        if row.offer is not None:
            return say_offer(words, row.offer)
        if not row.documents:
            return words("digitise.not_yet") if row.component else ""
        return words("digitise.done", documents=row.documents, pages=row.pages)
    content = row.document.document.content
    if row.document.withdrawn_reason:
        return words("digitise.is_withdrawn")
    said = words("digitise.pages", count=content.pages)
    if row.document.document.origin:
        said = f"{said} · {words('digitise.is_reused')}"
    if row.document.document.source is DocumentSource.STORE:
        said = f"{said} · {words('digitise.is_from_store')}"
    if content.is_signed:
        return f"{said} · {words('digitise.signed')}"
    return f"{said} · {words('digitise.blank', count=len(content.blank_pages))}" if content.blank_pages else said


def say_offer(words: Words, offer: Reusable) -> str:
    """Say when the paper was digitised, for which dossier, until when it is valid, and which key uses it.

    Of one of the national store: what it is, its number and whose it is.
    """
    key = ACTIONS[ActionId.DIGITISE_REUSE].shown
    if (stored := offer.stored) is not None:
        number = stored.number or "-"
        return words("digitise.offered_store", title=stored.title, number=number, agency=stored.agency, shortcut=key)
    validity = say_validity(words, offer)
    return words("digitise.offered", day=show_day(offer.at), code=offer.dossier_code, validity=validity, shortcut=key)


def tone_of_row(row: LineRow) -> Tone:
    """Return the tone of what is digitised."""
    if row.document is not None:
        has_blank = bool(row.document.document.content.blank_pages)
        return Tone.CAUTION if has_blank and not row.document.withdrawn_reason else Tone.NEUTRAL
    return Tone.NEUTRAL if row.documents or not row.component else Tone.CAUTION


def say_waiting(words: Words, row: WaitingRow) -> str:
    """Say what waits."""
    if row.page is None:
        return words("digitise.interrupted", count=len(row.page_ids))
    return words("digitise.waits", number=row.page.number, reason=words(f"document.tray.{row.page.reason.value}"))


def say_likely(words: Words, row: WaitingRow) -> str:
    """Name the likely dossier and line."""
    code, line = row.likely
    return words("digitise.likely_line", code=code, line=line) if line else code
