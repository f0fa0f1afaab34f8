"""Receiving many dossiers that one person hands in: each whole or not at all, one common receipt at the end.

What is typed, and which lines are received already, is kept as a draft: that of the lane is its clerk's own, that of a
file is whoever's reads the file again. A line's code and its mark in the draft are one transaction, and each
transaction asks the draft anew: neither a power cut nor a second process at the same batch receives a line twice.
"""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.changes import Topic
from counter_app.core.clock import to_millis
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.dossier import Dossier, Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.domain.person import Party
from counter_app.journal.body import OrderedPrint
from counter_app.journal.postal_entries import BatchReceived
from counter_app.services.answers.bulk_intake import Batch, BatchEnd, BulkLine, LineQuote
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.drafts import discard_draft
from counter_app.services.intake import Intake
from counter_app.services.open_desk import OpenDesk
from counter_app.services.printing_jobs import get_job, queue_run
from counter_app.services.session import Session
from counter_app.settings.settings import Settings
from counter_app.store.tables import local, postal

MOST_LINES = 500
PAGE = "post.batch"
"""The draft of the window's lane; a file has one of its own."""
_ENDED = frozenset({"postal.batch_known", "postal.batch_ended_already"})
_Place = tuple[str, str]

replace = msgspec.structs.replace


def _never() -> bool:
    return False


def _nothing(_batch: Batch) -> None:
    return


class BulkIntake:
    """The use case of the post office's intake lane and of ``counter-app intake --bulk``. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session, intake: Intake, settings: Settings) -> None:
        self._desk = desk
        self._session = session
        self._intake = intake
        self._settings = settings

    def begin(self, *, source: str = "") -> Batch:
        """Return the unfinished batch, or a new one. `source` is the digest of a file, "" for the clerk's lane.

        Raises:
            UserError: ``postal.batch_known``: the file was received as a batch already.
        """
        place = self._place(source)
        with self._desk.store.reading() as connection:
            if source:
                _require_new(connection, source=source)
            stored = _find_draft(connection, place)
        return stored or Batch(id=new_id(), source=source)

    def require_untouched(self, source: str) -> None:
        """Return if nothing of a file was received as a batch of its own.

        Raises:
            UserError: ``postal.batch_known``, ``postal.batch_elsewhere``.
        """
        received = self.begin(source=source).received
        if received:
            raise UserError("postal.batch_elsewhere", count=len(received))

    def keep(self, batch: Batch) -> Batch:
        """Keep the batch through a power cut, durable when this returns it, with what was received of it meanwhile.

        Raises:
            UserError: ``postal.batch_too_long``, ``postal.batch_known``, ``postal.batch_ended_already``, nobody signed
                in.
        """
        place = self._place(batch.source)
        if len(batch.lines) > MOST_LINES:
            raise UserError("postal.batch_too_long", most=MOST_LINES)
        with self._desk.transaction() as connection:
            batch = _as_stored(connection, place, batch)
            self._keep(connection, place, batch)
        return batch

    def discard(self, batch: Batch) -> None:
        """Forget what is typed.

        Raises:
            UserError: ``postal.batch_begun``: dossiers in it have their codes, so it has to be ended.
        """
        place = self._place(batch.source)
        with self._desk.transaction() as connection:
            received = _as_stored(connection, place, batch).received
            if received:
                raise UserError("postal.batch_begun", count=len(received))
            discard_draft(connection, *place)

    def quote(self, batch: Batch, line: BulkLine) -> LineQuote:
        """Return what can be said about a line."""
        quote = self._intake.quote(_form(batch, line.form))
        return LineQuote(problems=quote.problems, fee_total=quote.fee_total, fee_is_complete=quote.fee_is_complete)

    def receive(
        self,
        batch: Batch,
        *,
        progressed: Callable[[Batch], None] = _nothing,
        is_cancelled: Callable[[], bool] = _never,
    ) -> Batch:
        """Receive every line that is not yet, one transaction each; one that is refused leaves the others.

        What another process received of the same batch meanwhile is taken over as received.

        Raises:
            UserError: ``postal.batch_empty``, ``postal.batch_too_long``, nobody signed in; ``postal.batch_known`` and
                ``postal.batch_ended_already`` when another process ended it meanwhile, with one receipt for all.
            EnvironmentFailure: the disk; what was received before it stays, and the draft knows it.
        """
        self._session.require()
        if not batch.lines:
            raise UserError("postal.batch_empty")
        batch = self.keep(batch)
        for place in range(len(batch.lines)):
            if is_cancelled():
                break
            if not batch.lines[place].is_received:
                batch = self._receive_line(batch, place)
                progressed(batch)
        self._desk.announcer.announce(Topic.DOSSIERS)
        return batch

    def end(self, batch: Batch) -> BatchEnd:
        """End the batch with what is received: one receipt that lists every accepted dossier.

        Raises:
            UserError: ``postal.batch_empty`` when nothing was received, ``postal.batch_known`` and
                ``postal.batch_ended_already`` when it was ended already; then it has its receipt.
        """
        signed_in = self._session.require()
        draft = self._place(batch.source)
        with self._desk.transaction() as connection:
            batch = _as_stored(connection, draft, batch)
            body = self._ending(batch)
            entry = self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=batch.id)
            for ordered in body.prints:
                queue_run(connection, ordered.id, entry.at >> 16)
            discard_draft(connection, *draft)
            job = get_job(connection, body.prints[0].id) if body.prints else None
        self._desk.announcer.announce(Topic.DOSSIERS, Topic.PRINT_JOBS)
        return BatchEnd(batch=batch, codes=tuple(line.code for line in batch.received), print_job=job)

    def _ending(self, batch: Batch) -> BatchReceived:
        if not batch.received:
            raise UserError("postal.batch_empty")
        accepted = [line for line in batch.received if line.outcome is Outcome.ACCEPTED]
        copies = int(self._settings.get("print.slip.copies"))
        prints = (OrderedPrint(id=new_id(), form=Form.RECEIPT_BULK, copies=copies),) if accepted else ()
        return BatchReceived(
            id=batch.id,
            dossier_ids=tuple(line.dossier_id for line in accepted),
            codes=tuple(line.code for line in accepted),
            source=batch.source,
            refused=len(batch.open_lines),
            prints=prints,
        )

    def _receive_line(self, batch: Batch, place: int) -> Batch:
        draft, line = self._place(batch.source), batch.lines[place]
        known = [batch]

        def ahead(connection: Connection) -> None:
            known[0] = _as_stored(connection, draft, batch)
            if known[0].lines[place].is_received:
                raise _ReceivedMeanwhile

        def along(connection: Connection, dossier: Dossier) -> None:
            received = replace(line, code=dossier.code, dossier_id=dossier.id, problem="", context={})
            known[0] = _with_line(known[0], place, received)
            self._keep(connection, draft, known[0])

        # The accepted share one receipt; what is asked for or refused is told to each in writing (DOMAIN rule 4).
        with_paper = line.outcome is not Outcome.ACCEPTED
        try:
            form = _form(batch, line.form)
            self._intake.receive(form, line.outcome, with_paper=with_paper, ahead=ahead, along=along)
        except _ReceivedMeanwhile:
            return known[0]
        except UserError as error:
            if error.code in _ENDED:
                raise
            context = {name: str(value) for name, value in error.context.items()}
            return _with_line(batch, place, replace(line, problem=error.code, context=context))
        return known[0]

    def _place(self, source: str) -> _Place:
        """Return under which clerk and page the draft lies: a file's belongs to nobody, so that anybody goes on."""
        clerk_id = self._session.require().clerk.id
        return ("", f"{PAGE}:{source}") if source else (clerk_id, PAGE)

    def _keep(self, connection: Connection, place: _Place, batch: Batch) -> None:
        values = {"facts": msgspec.json.encode(batch), "saved_at": to_millis(self._desk.clock.now())}
        statement = upsert(local.draft).values(clerk_id=place[0], page=place[1], **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["clerk_id", "page"], set_=values))


class _ReceivedMeanwhile(Exception):  # noqa: N818 - no error: another process was quicker
    """A line has its code already."""


def _find_draft(connection: Connection, place: _Place) -> Batch | None:
    draft = local.draft.c
    query = select(draft.facts).where(draft.clerk_id == place[0], draft.page == place[1])
    facts = connection.execute(query).scalar()
    try:
        return msgspec.json.decode(facts, type=Batch) if facts is not None else None
    except msgspec.MsgspecError:
        return None  # written by an older program: nothing of it was received, or it stands in the lists


def _require_new(connection: Connection, *, source: str = "", batch_id: str = "") -> None:
    """Return if a batch was not ended.

    Raises:
        UserError: ``postal.batch_known`` by its file, ``postal.batch_ended_already`` by itself.
    """
    table = postal.batch.c
    if source and connection.execute(select(table.id).where(table.source == source).limit(1)).scalar() is not None:
        raise UserError("postal.batch_known")
    if connection.execute(select(table.id).where(table.id == batch_id)).scalar() is not None:
        raise UserError("postal.batch_ended_already")


def _as_stored(connection: Connection, place: _Place, batch: Batch) -> Batch:
    """Return the batch with what its draft knows to be received, inside the transaction that will change the draft.

    Raises:
        UserError: as `_require_new`.
    """
    _require_new(connection, source=batch.source, batch_id=batch.id)
    stored = _find_draft(connection, place)
    if stored is None:
        return batch
    received = {line.id: line for line in stored.received}
    lines = tuple(received.pop(line.id, line) for line in batch.lines)
    # What has its code stays, also where somebody else took it off the list meanwhile.
    codes = {line.code for line in lines}
    return replace(batch, id=stored.id, lines=(*lines, *(line for line in received.values() if line.code not in codes)))


def _with_line(batch: Batch, place: int, line: BulkLine) -> Batch:
    return replace(batch, lines=(*batch.lines[:place], line, *batch.lines[place + 1 :]))


def _form(batch: Batch, form: IntakeForm) -> IntakeForm:
    """Who hands the batch in is the submitter of each dossier that names none and is not their own."""
    submitter = batch.submitter
    if submitter is None or form.submitter is not None or _is_same(submitter, form.applicant):
        return form
    return replace(form, submitter=submitter, authorisation=form.authorisation or batch.authorisation)


def _is_same(one: Party, other: Party) -> bool:
    if one.id_number and other.id_number:
        return one.id_number == other.id_number
    return one.full_name.casefold() == other.full_name.casefold()
