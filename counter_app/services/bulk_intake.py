"""Receiving many dossiers that one person hands in: each whole or not at all, one common receipt at the end.

What is typed, and which lines are received already, is kept in the clerk's drafts; a line's code and its mark in the
draft are one transaction, so that a power cut between two lines never receives one twice.
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
        """Return the clerk's unfinished batch, or a new one. `source` is the digest of a file, "" for the lane.

        Raises:
            UserError: ``postal.batch_known``: the file was received as a batch already.
        """
        clerk_id = self._session.require().clerk.id
        draft = local.draft.c
        query = select(draft.facts).where(draft.clerk_id == clerk_id, draft.page == _page(source))
        with self._desk.store.reading() as connection:
            facts = connection.execute(query).scalar()
            known = select(postal.batch.c.id).where(postal.batch.c.source == source)
            if source and connection.execute(known.limit(1)).scalar() is not None:
                raise UserError("postal.batch_known")
        if facts is not None:
            try:
                return msgspec.json.decode(facts, type=Batch)
            except msgspec.MsgspecError:
                pass  # written by an older program: nothing of it was received, or it stands in the lists
        return Batch(id=new_id(), source=source)

    def keep(self, batch: Batch) -> None:
        """Keep the batch through a power cut, durable when this returns.

        Raises:
            UserError: ``postal.batch_too_long``, nobody signed in.
        """
        clerk_id = self._session.require().clerk.id
        if len(batch.lines) > MOST_LINES:
            raise UserError("postal.batch_too_long", most=MOST_LINES)
        with self._desk.transaction() as connection:
            self._keep(connection, batch, clerk_id)

    def discard(self, batch: Batch) -> None:
        """Forget what is typed.

        Raises:
            UserError: ``postal.batch_begun``: dossiers in it have their codes, so it has to be ended.
        """
        if batch.received:
            raise UserError("postal.batch_begun", count=len(batch.received))
        clerk_id = self._session.require().clerk.id
        with self._desk.transaction() as connection:
            discard_draft(connection, clerk_id, _page(batch.source))

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

        Raises:
            UserError: ``postal.batch_empty``, ``postal.batch_too_long``, nobody signed in.
            EnvironmentFailure: the disk; what was received before it stays, and the draft knows it.
        """
        self._session.require()
        if not batch.lines:
            raise UserError("postal.batch_empty")
        self.keep(batch)
        for place, line in enumerate(batch.lines):
            if is_cancelled():
                break
            if not line.is_received:
                batch = self._receive_line(batch, place)
                progressed(batch)
        self._desk.announcer.announce(Topic.DOSSIERS)
        return batch

    def end(self, batch: Batch) -> BatchEnd:
        """End the batch with what is received: one receipt that lists every accepted dossier.

        Raises:
            UserError: ``postal.batch_empty`` when nothing was received.
        """
        signed_in = self._session.require()
        received = batch.received
        if not received:
            raise UserError("postal.batch_empty")
        accepted = [line for line in received if line.outcome is Outcome.ACCEPTED]
        copies = int(self._settings.get("print.slip.copies"))
        prints = (OrderedPrint(id=new_id(), form=Form.RECEIPT_BULK, copies=copies),) if accepted else ()
        body = BatchReceived(
            id=batch.id,
            dossier_ids=tuple(line.dossier_id for line in accepted),
            codes=tuple(line.code for line in accepted),
            source=batch.source,
            refused=len(batch.open_lines),
            prints=prints,
        )
        with self._desk.transaction() as connection:
            entry = self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=batch.id)
            for ordered in prints:
                queue_run(connection, ordered.id, entry.at >> 16)
            discard_draft(connection, signed_in.clerk.id, _page(batch.source))
            job = get_job(connection, prints[0].id) if prints else None
        self._desk.announcer.announce(Topic.DOSSIERS, Topic.PRINT_JOBS)
        return BatchEnd(batch=batch, codes=tuple(line.code for line in received), print_job=job)

    def _receive_line(self, batch: Batch, place: int) -> Batch:
        clerk_id, line = self._session.require().clerk.id, batch.lines[place]
        done = [batch]

        def along(connection: Connection, dossier: Dossier) -> None:
            received = replace(line, code=dossier.code, dossier_id=dossier.id, problem="", context={})
            done[0] = _with_line(batch, place, received)
            self._keep(connection, done[0], clerk_id)

        # The accepted share one receipt; what is asked for or refused is told to each in writing (DOMAIN rule 4).
        with_paper = line.outcome is not Outcome.ACCEPTED
        try:
            self._intake.receive(_form(batch, line.form), line.outcome, with_paper=with_paper, along=along)
        except UserError as error:
            context = {name: str(value) for name, value in error.context.items()}
            return _with_line(batch, place, replace(line, problem=error.code, context=context))
        return done[0]

    def _keep(self, connection: Connection, batch: Batch, clerk_id: str) -> None:
        values = {"facts": msgspec.json.encode(batch), "saved_at": to_millis(self._desk.clock.now())}
        statement = upsert(local.draft).values(clerk_id=clerk_id, page=_page(batch.source), **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["clerk_id", "page"], set_=values))


def _page(source: str) -> str:
    return f"{PAGE}:{source}" if source else PAGE


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
