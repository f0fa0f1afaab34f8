"""Signing digitised papers with the clerk's token, and checking the signatures they carry."""

from collections.abc import Iterator, Sequence

from counter_app.core.errors import UserError
from counter_app.domain.document import ContentCause
from counter_app.services.answers.documents import DocumentView, SignedDocument
from counter_app.services.digitising import Digitising
from counter_app.services.document_rows import SIGNED_WITHOUT_PROOFS
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.signing.desk import SigningDesk
from counter_app.signing.reports import VerificationReport
from counter_app.signing.signing import Level
from counter_app.signing.stamp import Stamp
from counter_app.signing.upgrading import lowest_level


class DocumentSigning:
    """Slow: for a pool or a command. One PIN serves until the clerk leaves or the token is idle."""

    def __init__(self, desk: OpenDesk, session: Session, digitising: Digitising, signing: SigningDesk) -> None:
        self._desk = desk
        self._session = session
        self._digitising = digitising
        self.token = signing
        self._opened_by = ""

    def open_token(self, pin: str, *, given_by: str) -> None:
        """Sign in to the token for the clerk with this id, who gave the PIN; it serves nobody else.

        Ask who is signed in when the PIN is given, not when the pool gets to it.

        Raises:
            UserError: ``session.nobody``: that clerk has left, also while the token was opening, and the token is
                closed; as `SigningDesk.open`.
            EnvironmentFailure: as `SigningDesk.open`.
        """
        self._require_clerk(given_by)
        self.token.open(pin)
        self._opened_by = given_by
        try:
            self._require_clerk(given_by)
        except UserError:
            self.token.close()
            raise

    def iter_signed(self, document_ids: Sequence[str]) -> Iterator[SignedDocument]:
        """Sign documents one after another and put each signed file in force; the unsigned one stays as a version.

        One that fails says why and leaves the others; stop by not asking for the next.

        Raises:
            UserError: nobody signed in, ``signing.pin_needed`` (also where another clerk's PIN opened the token),
                ``document.unknown_document``, ``document.withdrawn``; nothing was signed.
        """
        clerk = self._session.require().clerk
        if clerk.id != self._opened_by:
            raise UserError("signing.pin_needed")
        with self._desk.store.reading() as connection:
            unit = self._desk.read_unit(connection)
        views = {document_id: self._digitising.require_counting(document_id) for document_id in document_ids}
        stamp = Stamp(name=clerk.full_name, unit=unit.name)
        files = ((document_id, self._digitising.read_content(view)) for document_id, view in views.items())
        for outcome in self.token.iter_signed(files, stamp=stamp):
            if outcome.signed is None:
                yield SignedDocument(document_id=outcome.name, error=outcome.error)
                continue
            try:
                self._require_clerk(clerk.id)  # what one clerk signed is never kept in the name of the next
                view = self._digitising.renew(views[outcome.name], outcome.signed.pdf, ContentCause.SIGNED)
            except UserError as error:  # changed by another window while the token signed what it was before
                yield SignedDocument(document_id=outcome.name, error=error)
                continue
            yield SignedDocument(
                document_id=outcome.name,
                view=view,
                level=outcome.signed.level,
                remarks=tuple(outcome.signed.remarks),
            )

    def _require_clerk(self, clerk_id: str) -> None:
        if self._session.require().clerk.id != clerk_id:
            raise UserError("session.nobody")

    def sign(self, document_id: str) -> DocumentView:
        """Sign one document.

        Raises:
            UserError: as `iter_signed`, and what the token says.
            EnvironmentFailure: what the token says.
        """
        (done,) = self.iter_signed([document_id])
        if done.error is not None:
            raise done.error
        return done.view or self._digitising.get(document_id)

    def verify(self, document_id: str, *, online: bool = False) -> VerificationReport:
        """Check every signature of the file in force.

        Raises:
            UserError: ``document.unknown_document``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        return self.token.verify(self._digitising.read_file(document_id), online=online)

    def upgrade(self, document_id: str) -> SignedDocument:
        """Add a time stamp and the proofs of the certificates to a signed document; needs the line, not the token.

        The file without them stays as an earlier version. What is complete already is left as it is. `remarks` of the
        answer say what could not be had.

        Raises:
            UserError: nobody signed in, ``document.unknown_document``, ``document.withdrawn``, ``signing.not_signed``,
                ``signing.not_intact``, ``signing.no_time_stamp_authority``, ``document.changed_meanwhile``.
            EnvironmentFailure: ``signing.time_stamp_unreachable``; the document is as it was.
        """
        self._session.require()
        view = self._digitising.require_counting(document_id)
        pdf = self._digitising.read_content(view)
        level = lowest_level(self.token.verify(pdf))
        if level is Level.LT:
            return SignedDocument(document_id=document_id, view=view, level=level.value)
        upgraded = self.token.upgrade(pdf)
        if upgraded.pdf != pdf:
            cause = ContentCause.PROVED if upgraded.level is Level.LT else ContentCause.STAMPED
            view = self._digitising.renew(view, upgraded.pdf, cause)
        return SignedDocument(
            document_id=document_id, view=view, level=upgraded.level.value, remarks=tuple(upgraded.remarks)
        )

    def iter_signed_here(self) -> Iterator[str]:
        """Yield every counting document that was signed here and has no proofs yet, the oldest first."""
        with self._desk.store.reading() as connection:
            ids = connection.execute(SIGNED_WITHOUT_PROOFS).scalars().all()
        yield from ids
