"""What the province does, one transaction each. Safe from any thread and from several processes over one database."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from counter_app.core.clock import Clock
from counter_app.core.errors import UserError
from counter_app.domain.unit import Slice, Unit
from counter_app.province.authority import Authority
from counter_app.province.database import Connection, Database
from counter_app.province.desks import (
    VALID_FOR,
    admit,
    confirm_numbers,
    enrolment_of,
    find_invitation,
    invite,
    publish_roster,
    revoke,
    show_roster,
)
from counter_app.province.epochs import give_epoch
from counter_app.province.feeds import read_page
from counter_app.province.journals import list_chains, take_batch
from counter_app.province.papers import find_received, is_received, list_kept, require_given, take_part, take_whole
from counter_app.province.readmitting import note_put_back, take_back
from counter_app.province.sealed_papers import SealedComing
from counter_app.province.showing import DossierAtProvince, FleetDesk, keep_report, list_fleet, show_dossier
from counter_app.province.updates import find_offer, list_fit, require_offered
from counter_app.store.paper_folder import PaperKeeping
from counter_app.sync.enrolling import Admission, DeskReport, EpochGrant, EpochRequest, ShownRoster
from counter_app.sync.papers import CHUNK_BYTES, HELD, MOST_ASKED, PaperName, PaperPart
from counter_app.sync.ports import Acknowledgement
from counter_app.sync.roster import DeskKind, Receipt, read_claim, read_roster, sign_enrolment, sign_receipt
from counter_app.sync.sealed_papers import SealedPart
from counter_app.sync.updates import UpdateAsked, UpdatePart

if TYPE_CHECKING:
    from counter_app.province.relaying import Relay

_encode = msgspec.msgpack.Encoder().encode


class Province(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is where desks reach it; it is written into enrolments. `web_url` is where citizens do, "" for nowhere."""

    database: Database
    authority: Authority
    clock: Clock
    url: str
    papers: PaperKeeping
    relay: "Relay"
    sealed: SealedComing
    web_url: str = ""

    def take(self, desk_id: str, data: bytes) -> bytes:
        """Take a batch; returns an acknowledgement, empty while the batch waits for its predecessors.

        Raises:
            AppError: as `counter_app.province.journals.take_batch`; ``province.not_admitted``,
                ``province.desk_revoked``.
        """
        with self.database.transaction() as connection:
            asker = self._node(connection, desk_id)
            hall_unit = asker.unit_code if asker.kind == DeskKind.HALL else None
            taken = take_batch(connection, data, asker=desk_id, hall_unit=hall_unit, now=self.clock.now())
        return _encode(taken) if taken is not None else b""

    def read_feed(self, desk_id: str, *, after: int, mark: bytes = b"", own: bool) -> bytes:
        """Return a page of the desk's unit's feed.

        Raises:
            UserError: ``province.not_admitted``, ``province.desk_revoked``, ``province.feed_set_back``.
        """
        with self.database.transaction() as connection:
            unit_code = self._unit_of(connection, desk_id)
            items = read_page(connection, unit_code, after=min(after, 2**62), mark=mark, reader=desk_id, own=own)
        return _encode(items)

    def list_chains(self, desk_id: str) -> bytes:
        """Return how far the chains of a desk are here.

        Raises:
            UserError: ``province.not_admitted``, ``province.desk_revoked``.
        """
        with self.database.transaction() as connection:
            self._unit_of(connection, desk_id)
            chains = list_chains(connection, desk_id)
        return _encode(chains)

    def read_receipt(self, asker: str) -> bytes:
        """Return what is here of every chain of the asker's unit, signed, to be handed on.

        Raises:
            UserError: ``province.not_admitted``, ``province.desk_revoked``.
        """
        query = (
            "SELECT chain.* FROM chain JOIN desk ON desk.id = chain.desk WHERE unit_code = %s AND seq > 0"
            " ORDER BY desk.id, epoch"
        )
        with self.database.transaction() as connection:
            unit_code = self._unit_of(connection, asker)
            rows = connection.execute(query, (unit_code,)).fetchall()
        chains = tuple(
            Acknowledgement(desk=row.desk, epoch=row.epoch, seq=row.seq, hash=bytes(row.hash)) for row in rows
        )
        receipt = Receipt(unit_code=unit_code, issued_at=self.clock.now(), chains=chains)
        return sign_receipt(receipt, self.authority.signer.sign)

    def note_report(self, desk_id: str, data: bytes) -> None:
        """Keep what a desk says of itself.

        Raises:
            UserError: ``province.bad_request``, ``province.not_admitted``, ``province.desk_revoked``.
        """
        report = _read(data, DeskReport)
        with self.database.transaction() as connection:
            self._unit_of(connection, desk_id)
            keep_report(connection, desk_id, report)

    def list_kept_papers(self, desk_id: str, data: bytes) -> bytes:
        """Return how much of each of a unit's papers is here.

        Raises:
            UserError: ``province.bad_request``; as `list_chains`.
        """
        asked: list[PaperName] = _read(data, list[PaperName])
        if len(asked) > MOST_ASKED:
            raise UserError("province.bad_request")
        with self.database.transaction() as connection:
            unit_code = self._unit_of(connection, desk_id)
            received = find_received(connection, unit_code, asked)
        return _encode(list_kept(self.papers, desk_id, asked, received))

    def take_paper_part(self, desk_id: str, data: bytes) -> bytes:
        """Take some bytes of a paper; returns where it goes on.

        Raises:
            UserError: ``province.bad_request``, ``province.unknown_paper``, ``province.paper_damaged``; as
                `list_chains`.
        """
        part = _read(data, PaperPart)
        with self.database.transaction() as connection:  # the desk's row is let go of: what keeps papers may be slow
            unit_code = self._unit_of(connection, desk_id)
        with self.database.slow_transaction(desk_id) as connection:
            kept = take_part(connection, self.papers, unit_code, part, giver=desk_id)
        return _encode(kept)

    def take_sealed_part(self, asker: str, data: bytes) -> bytes:
        """Take some bytes of a sealed paper that a hall carries, and the paper once all of it came.

        Returns where it goes on.

        Raises:
            UserError: as `take_paper_part`.
        """
        part = _read(data, SealedPart)
        paper = part.name.paper
        with self.database.transaction() as connection:
            unit_code = self._unit_of(connection, asker)
            was_received = is_received(connection, unit_code, paper)
        if was_received and self.papers.holds(paper.sha256):
            return _encode(HELD)
        kept = self.sealed.append(asker, part)
        if kept < part.name.size_bytes:
            return _encode(kept)
        opened = self.sealed.opened(asker, part, self.authority.identity)
        with opened as content, self.database.transaction() as connection:
            take_whole(connection, self.papers, unit_code, paper, content, giver=asker)
        return _encode(HELD)

    def read_paper_part(self, desk_id: str, data: bytes) -> bytes:
        """Return some bytes of a paper of the desk's unit.

        Raises:
            UserError: ``province.bad_request``, ``province.unknown_paper``; as `list_chains`.
        """
        part = _read(data, PaperPart)
        with self.database.transaction() as connection:
            require_given(connection, self._unit_of(connection, desk_id), part.paper)
        return self.papers.read(part.paper.sha256, part.offset, CHUNK_BYTES)

    def find_update(self, desk_id: str, data: bytes) -> bytes:
        """Return which update pack is meant for a desk, if any.

        Raises:
            UserError: ``province.bad_request``, ``update.bad_version``; as `list_chains`.
        """
        asked = _read(data, UpdateAsked)
        with self.database.transaction() as connection:
            self._unit_of(connection, desk_id)
            fit = list_fit(connection, desk_id, asked)
        return _encode(find_offer(self.papers, fit))

    def read_update_part(self, desk_id: str, data: bytes) -> bytes:
        """Return some bytes of an update pack.

        Raises:
            UserError: ``province.bad_request``, ``province.unknown_paper``; as `list_chains`.
        """
        part = _read(data, UpdatePart)
        with self.database.transaction() as connection:
            self._unit_of(connection, desk_id)
            require_offered(connection, part)
        return self.papers.read(part.sha256, part.offset, CHUNK_BYTES)

    def grant_epoch(self, desk_id: str, data: bytes) -> bytes:
        """Give a desk whose journal forked an epoch that no other life of its store has.

        Raises:
            UserError: ``province.bad_request``, ``province.no_epoch_left``, ``province.epoch_busy``; as `list_chains`.
        """
        asked = _read(data, EpochRequest)
        with self.database.transaction() as connection:
            self._unit_of(connection, desk_id)
            epoch = give_epoch(connection, desk_id, asked, now=self.clock.now())
        return _encode(EpochGrant(claim=asked.claim, epoch=epoch))

    def invite(
        self,
        *,
        unit: Unit,
        kind: DeskKind,
        name: str,
        number_slice: Slice | None = None,
        valid_for: timedelta = VALID_FOR,
        numbers_checked: bool = False,
    ) -> str:
        """Return the one-time code of a desk to come.

        `numbers_checked`: somebody saw which of the unit's numbers are free. It is asked for once after a restore.

        Raises:
            UserError: as `counter_app.province.desks.invite`.
        """
        with self.database.transaction() as connection:
            if numbers_checked:
                confirm_numbers(connection, unit)
            return invite(
                connection,
                self.authority,
                unit=unit,
                kind=kind,
                name=name,
                number_slice=number_slice,
                now=self.clock.now(),
                valid_for=valid_for,
            )

    def show_enrolment(self, code: str) -> bytes:
        """Return the signed enrolment of a code.

        Raises:
            UserError: ``province.unknown_code``.
        """
        with self.database.transaction() as connection:
            row = find_invitation(connection, code, now=self.clock.now())
        return sign_enrolment(enrolment_of(row, code, self.authority, self.url), self.authority.signer.sign)

    def claim(self, data: bytes, *, is_carried: bool = False) -> bytes:
        """Admit an invited desk: its certificate and the roster it is on.

        `is_carried`: somebody brought the claim as a file, so the desk has been at work and its code makes no other.

        Raises:
            UserError: ``sync.bad_claim``; as `counter_app.province.desks.admit`.
        """
        claim, now = read_claim(data), self.clock.now()
        with self.database.transaction() as connection:
            made = admit(connection, claim, now=now)
            if is_carried:
                self._node(connection, claim.desk_id)
            certify = self.authority.certify_hall if made.kind is DeskKind.HALL else self.authority.certify_desk
            certificate = certify(claim.request, claim.desk_id)
            listed = publish_roster if made.is_new else show_roster
            roster = listed(connection, self.authority, made.unit_code, now=now)
        return _encode(Admission(certificate=certificate, roster=roster))

    def take_roster(self, asker: str, data: bytes) -> bytes:
        """Learn from a list of desks that this province signed what it has forgotten since; a certificate is needed.

        Raises:
            UserError: ``province.bad_request``, ``sync.bad_roster``; as `counter_app.province.readmitting.take_back`.
        """
        shown, now = _read(data, ShownRoster), self.clock.now()
        roster = read_roster(shown.roster, self.authority.signer.public_key)
        with self.database.transaction() as connection:
            taken = take_back(connection, roster, asker=asker, unit=shown.unit, now=now)
            if taken.has_learned:
                note_put_back(connection, roster)
            if taken.has_learned or taken.is_ahead:  # desks take no list that has a lower number than theirs
                publish_roster(connection, self.authority, taken.unit_code, now=now, shown=roster)
        return b""

    def renew(self, asker: str, request: bytes) -> bytes:
        """Return a new certificate for a desk or hall that showed its present one, for the key that it asks for.

        Raises:
            UserError: ``province.bad_request``, ``province.not_admitted``, ``province.desk_revoked``.
        """
        with self.database.transaction() as connection:
            kind = self._node(connection, asker).kind
        certify = self.authority.certify_hall if kind == DeskKind.HALL else self.authority.certify_desk
        return certify(request, asker)

    def revoke(self, wanted: str) -> str:
        """Let a desk do nothing from its next request on; returns its id.

        Raises:
            UserError: ``province.unknown_desk``, ``province.several_desks``.
        """
        now = self.clock.now()
        with self.database.transaction() as connection:
            row = revoke(connection, wanted, now=now)
            publish_roster(connection, self.authority, row.unit_code, now=now)
        return str(row.id)

    def list_fleet(self) -> list[FleetDesk]:
        """Return every desk with what is known of it."""
        with self.database.transaction() as connection:
            return list_fleet(connection, now=self.clock.now())

    def show_dossier(self, code: str) -> DossierAtProvince:
        """Return what the province holds of a dossier.

        Raises:
            UserError: ``dossier.unknown_code``.
        """
        with self.database.transaction() as connection:
            return show_dossier(connection, code)

    def require_desk(self, asker: str) -> None:
        """Whether a desk asks, of whatever unit, that is admitted and not revoked.

        Raises:
            UserError: ``province.not_admitted``, ``province.desk_revoked``.
        """
        with self.database.transaction() as connection:
            if self._node(connection, asker).kind == DeskKind.HALL:
                raise UserError("province.not_admitted", desk=asker[:40])

    def _unit_of(self, connection: Connection, desk_id: str) -> str:
        return str(self._node(connection, desk_id).unit_code)

    def _node(self, connection: Connection, desk_id: str) -> Any:
        """Return the row of a desk or hall that may ask, and note that it did."""
        query = "SELECT unit_code, kind, revoked_at, name FROM desk WHERE id = %s"
        row = connection.execute(query, (desk_id,)).fetchone()
        if row is None:
            raise UserError("province.not_admitted", desk=desk_id[:40])
        if row.revoked_at is not None:
            raise UserError("province.desk_revoked", desk=row.name[:40])
        connection.execute("UPDATE desk SET seen_at = %s WHERE id = %s", (self.clock.now(), desk_id))
        return row


def _read(data: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError("province.bad_request") from exc
