"""Papers and results changing hands by manifests. Needs no line: the list travels with the bag, signed by its desk."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.text import nfc
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.life import Setting, find_refusal, is_result_at_hand
from counter_app.domain.actions.state import DossierState, Handed
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.dossier_code import next_number
from counter_app.domain.manifest import (
    MOST_ITEMS,
    Difference,
    ItemState,
    Manifest,
    ManifestCode,
    ManifestKind,
    ManifestState,
    compare,
    settle,
)
from counter_app.domain.manifest_passport import (
    Passport,
    list_digest,
    parse_acknowledgement,
    parse_passport,
)
from counter_app.journal.dossier_states import get_dossier_row, state_of
from counter_app.journal.entries import (
    Body,
    DossierActed,
    DossierHanded,
    ManifestChanged,
    ManifestClosed,
    ManifestOpened,
    ManifestReceived,
)
from counter_app.services.answers.manifests import ManifestRow, ManifestView, NewManifest, ReceiptResult, Scanned
from counter_app.services.answers.session import SignedIn
from counter_app.services.bag_papers import get_signed_manifest, signer_of
from counter_app.services.manifest_rows import (
    find_manifest,
    find_open_manifest_of,
    get_manifest,
    items_of,
    last_number,
    list_manifests,
    next_place,
    normalise_manifest_code,
)
from counter_app.services.open_desk import OpenDesk
from counter_app.services.scanned_codes import codes_in_bag, read_codes
from counter_app.services.session import Session

_LONGEST_WORDS = 200
_MOST_NAMED = 20
_ANY = Manifest(code="", kind=ManifestKind.PAPERS, giver="", receiver="")


class Custody:
    """The use cases of the hand-over page and of ``counter-app manifest``. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session

    def begin(self, wanted: NewManifest, scanned: Sequence[str] = ()) -> ManifestView:
        """Begin a manifest, with the first dossiers on it; its number is taken from this desk's part of its slice.

        Raises:
            UserError: ``manifest.receiver_missing``, ``manifest.to_oneself``, ``manifest.words_too_long``, nobody
                signed in; as `add` for the dossiers. Nothing was begun.
            EnvironmentFailure: ``manifest.numbers_used_up``.
        """
        signed_in = self._session.require()
        receiver = _words(wanted.receiver)
        if not receiver:
            raise UserError("manifest.receiver_missing")
        if receiver.casefold() == self._desk.desk.name.casefold():
            raise UserError("manifest.to_oneself")
        now, desk = self._desk.clock.now(), self._desk.desk
        with self._desk.transaction() as connection:
            code = self._next_code(connection)
            manifest = Manifest(
                code=code.format(),
                kind=wanted.kind,
                giver=desk.name,
                receiver=receiver,
                desk_id=desk.id,
                epoch=self._desk.journal.epoch,
                bag=_words(wanted.bag),
                seal=_words(wanted.seal),
                opened_at=now,
            )
            body = ManifestOpened(manifest=manifest, number=code.number, numbered_on=code.opened_on)
            self._append(connection, body, manifest.code, signed_in)
            self._put_on(connection, manifest, read_codes(scanned), signed_in)
            view = get_signed_manifest(self._desk, connection, manifest.code)
        self._announce()
        return view

    def add(self, code: str, scanned: Sequence[str]) -> ManifestView:
        """Put dossiers on an open manifest: all of them or, if one is refused, none. Listing one again does no harm.

        Raises:
            UserError: ``manifest.not_a_dossier_code``, ``dossier.unknown_code``, ``manifest.on_another``,
                ``manifest.not_held``, ``manifest.no_result``, ``manifest.too_many``, ``manifest.wrong_state``,
                ``manifest.not_ours``.
        """
        signed_in = self._session.require()
        with self._desk.transaction() as connection:
            view = self._require_open(connection, code)
            listed = set(view.manifest.codes)
            new = tuple(one for one in read_codes(scanned) if one not in listed)
            self._put_on(connection, view.manifest, new, signed_in)
            view = get_signed_manifest(self._desk, connection, view.manifest.code)
        self._announce()
        return view

    def _put_on(self, connection: Connection, manifest: Manifest, new: Sequence[str], signed_in: SignedIn) -> None:
        if len(manifest.codes) + len(new) > MOST_ITEMS:
            raise UserError("manifest.too_many", most=MOST_ITEMS)
        for one in new:
            self._check_item(connection, manifest, one)
        if new:
            place = next_place(connection, manifest.code)
            body = ManifestChanged(manifest=manifest.code, added=tuple(new), place=place)
            self._append(connection, body, manifest.code, signed_in)

    def remove(self, code: str, scanned: Sequence[str]) -> ManifestView:
        """Take dossiers off an open manifest.

        Raises:
            UserError: ``manifest.not_listed``, and as `add`.
        """
        signed_in = self._session.require()
        with self._desk.transaction() as connection:
            view = self._require_open(connection, code)
            removed = read_codes(scanned)
            strange = next((one for one in removed if one not in view.manifest.codes), None)
            if strange is not None:
                raise UserError("manifest.not_listed", code=strange)
            body = ManifestChanged(manifest=view.manifest.code, removed=removed)
            self._append(connection, body, view.manifest.code, signed_in)
            view = get_signed_manifest(self._desk, connection, view.manifest.code)
        self._announce()
        return view

    def close(self, code: str, *, bag: str = "", seal: str = "", password: str | None = None) -> ManifestView:
        """Hand everything listed over: one transaction for the manifest and the custody of each dossier.

        A dossier that the table of actions allows to be transferred is transferred; of any other, and of results,
        only the paper changes hands. `password` is the signed-in clerk's own; None where whoever acts holds the
        store's key already.

        Raises:
            UserError: ``manifest.empty``, ``manifest.take_off`` with every dossier that left meanwhile,
                ``session.wrong_password``, ``session.locked``, ``manifest.wrong_state``; nothing was handed over.
        """
        signed_in = self._confirmed(password)
        with self._desk.transaction() as connection:
            view = self._require_open(connection, code)
            if not view.manifest.codes:
                raise UserError("manifest.empty")
            manifest = msgspec.structs.replace(
                view.manifest,
                bag=_words(bag) or view.manifest.bag,
                seal=_words(seal) or view.manifest.seal,
                closed_at=self._desk.clock.now(),
                closed_by=signed_in.clerk.full_name,
            )
            body = ManifestClosed(manifest=manifest, by_password=password is not None)
            self._append(connection, body, manifest.code, signed_in)
            for dossier, state in self._check_listed(connection, manifest):
                self._hand_to_receiver(connection, manifest, dossier, state, signed_in)
            view = get_signed_manifest(self._desk, connection, manifest.code)
        self._announce()
        return view

    def receive(self, code: str, scanned: Scanned, *, password: str | None = None) -> ReceiptResult:
        """Compare what was scanned with the list and, when every difference has a reason, receive it.

        At the desk that gave it, this records that the other end confirmed. At any other desk the passport stands for
        the manifest; it is believed when its desk's key is held here.

        Raises:
            UserError: ``manifest.unknown_code`` without a passport, ``manifest.passport_*``, ``manifest.wrong_state``,
                ``manifest.not_a_dossier_code``, ``manifest.nothing_to_settle``, ``session.wrong_password``; nothing
                was received.
        """
        signed_in = self._confirmed(password)
        codes = read_codes(scanned.scanned)
        if len(codes) > MOST_ITEMS:
            raise UserError("manifest.too_many", most=MOST_ITEMS)
        reasons = {one: _words(reason) for text, reason in scanned.settled.items() for one in read_codes([text])}
        with self._desk.transaction() as connection:
            manifest, passport = self._awaited(connection, code, scanned.passport)
            comparison = compare(manifest.codes, codes)
            settled, unsettled = settle(comparison, reasons)
            if unsettled:
                return ReceiptResult(code=manifest.code, is_received=False, comparison=comparison, unsettled=unsettled)
            body = ManifestReceived(
                manifest=manifest,
                desk_name=self._desk.desk.name,
                received_by=signed_in.clerk.full_name,
                differences=settled,
                by_password=password is not None,
                passport=msgspec.msgpack.encode(passport) if passport is not None else b"",
            )
            entry_id = self._append(connection, body, manifest.code, signed_in)
            if manifest.desk_id == self._desk.desk.id:
                self._put_right(connection, manifest, settled, signed_in)
            else:
                self._take_in(connection, manifest, codes, signed_in)
        self._announce()
        return ReceiptResult(code=manifest.code, is_received=True, comparison=comparison, entry_id=entry_id)

    def acknowledge(self, code: str, parts: Sequence[str], *, password: str | None = None) -> ReceiptResult:
        """Take the word of a trusted desk that it received this desk's manifest; no line is needed for it.

        Raises:
            UserError: ``manifest.passport_*``, ``manifest.unknown_code``, ``manifest.wrong_state``,
                ``manifest.not_ours``, ``manifest.another_list``, ``session.wrong_password``; nothing was changed.
        """
        signed_in = self._confirmed(password)
        said = parse_acknowledgement(parts)
        with self._desk.transaction() as connection:
            manifest, _none = self._awaited(connection, code, ())
            if manifest.desk_id != self._desk.desk.id:
                raise UserError("manifest.not_ours", code=manifest.code)
            if said.code != manifest.code:
                raise UserError("manifest.passport_of_another", code=said.code[:40])
            signer = signer_of(connection, said)
            comparison = compare(manifest.codes, codes_in_bag(manifest, said))
            different = {one.code: one.state for one in said.settled}
            expected = dict.fromkeys(comparison.missing, ItemState.MISSING)
            expected |= dict.fromkeys(comparison.extra, ItemState.EXTRA)
            if said.digest != list_digest(manifest) or different != expected:
                raise UserError("manifest.another_list", code=manifest.code)
            body = ManifestReceived(
                manifest=manifest,
                desk_name=f"{signer.desk_name}, {signer.unit_name}",
                received_by=nfc(said.received_by),
                differences=said.settled,
                by_password=password is not None,
                passport=msgspec.msgpack.encode(said),
            )
            entry_id = self._append(connection, body, manifest.code, signed_in)
            self._put_right(connection, manifest, said.settled, signed_in)
        self._announce()
        return ReceiptResult(code=manifest.code, is_received=True, comparison=comparison, entry_id=entry_id)

    def get(self, code: str) -> ManifestView:
        """Return a manifest, with its passport where this desk closed it.

        Raises:
            UserError: ``manifest.unknown_code``.
        """
        with self._desk.store.reading() as connection:
            return get_signed_manifest(self._desk, connection, code)

    def await_bag(self, code: str, parts: Sequence[str] = ()) -> ManifestView:
        """Return what a bag has to hold, as `receive` would compare it, without receiving anything.

        Raises:
            UserError: as `receive` before it compares.
        """
        with self._desk.store.reading() as connection:
            manifest, _passport = self._awaited(connection, code, parts)
            items = items_of(connection, manifest.codes)
        return ManifestView(manifest=manifest, state=ManifestState.CLOSED, items=items)

    def require_open(self, code: str) -> ManifestView:
        """Return a manifest that dossiers may be put on.

        Raises:
            UserError: ``manifest.unknown_code``, ``manifest.wrong_state``, ``manifest.not_ours``.
        """
        with self._desk.store.reading() as connection:
            return self._require_open(connection, code)

    def check_item(self, code: str, dossier_code: str) -> None:
        """Return if a dossier may go on a manifest, on any of papers for ""; one that is listed there already may.

        Raises:
            UserError: as `add`.
        """
        (one,) = read_codes([dossier_code])
        with self._desk.store.reading() as connection:
            manifest = self._require_open(connection, code).manifest if code else _ANY
            self._check_item(connection, manifest, one, is_listed=one in manifest.codes)

    def list_all(self, *, state: ManifestState | None = None, limit: int = 200) -> tuple[ManifestRow, ...]:
        """Return manifests, the newest first."""
        with self._desk.store.reading() as connection:
            return list_manifests(connection, state=state, limit=limit)

    def _next_code(self, connection: Connection) -> ManifestCode:
        today = local_date(self._desk.clock.now())
        last = last_number(
            connection, desk_id=self._desk.desk.id, epoch=self._desk.journal.epoch, day=today.isoformat()
        )
        number = next_number(self._desk.part, last)
        if number is None:
            raise EnvironmentFailure("manifest.numbers_used_up")
        return ManifestCode(self._desk.desk.unit_code, today, number)

    def _confirmed(self, password: str | None) -> SignedIn:
        """Return who acts, after the check of the password where one is given; five wrong ones lock, as signing in."""
        signed_in = self._session.require()
        if password is not None:
            Session(self._desk).sign_in(signed_in.clerk.login, password)
        return signed_in

    def _require_open(self, connection: Connection, code: str) -> ManifestView:
        view = get_manifest(connection, code)
        if view.manifest.desk_id != self._desk.desk.id:
            raise UserError("manifest.not_ours", code=view.manifest.code)
        if view.state is not ManifestState.OPEN:
            raise UserError("manifest.wrong_state", code=view.manifest.code)
        return view

    def _check_item(
        self, connection: Connection, manifest: Manifest, code: str, *, is_listed: bool = False
    ) -> tuple[Dossier, DossierState]:
        """Return a dossier that may go on this manifest, with where it stands."""
        dossier, state = state_of(get_dossier_row(connection, code))
        other = None if is_listed else find_open_manifest_of(connection, code)
        if other is not None:
            raise UserError("manifest.on_another", code=code, other=other)
        if manifest.kind is ManifestKind.RESULTS:
            if not self._has_result(state):
                raise UserError("manifest.no_result", code=code)
        elif state.holder != self._desk.desk.name:
            raise UserError("manifest.not_held", code=code)
        return dossier, state

    def _check_listed(self, connection: Connection, manifest: Manifest) -> list[tuple[Dossier, DossierState]]:
        """Return every dossier of a list; what left meanwhile is told all at once, to be taken off at one go."""
        found: list[tuple[Dossier, DossierState]] = []
        gone: list[str] = []
        for code in manifest.codes:
            try:
                found.append(self._check_item(connection, manifest, code, is_listed=True))
            except UserError:
                gone.append(code)
        if gone:
            codes = ", ".join(gone[:_MOST_NAMED]) + (", …" if len(gone) > _MOST_NAMED else "")
            raise UserError("manifest.take_off", code=manifest.code, codes=codes, count=len(gone))
        return found

    def _has_result(self, state: DossierState) -> bool:
        return state.status is Status.RESOLVED and is_result_at_hand(state, self._desk.desk.name)

    def _hand_to_receiver(
        self, connection: Connection, manifest: Manifest, dossier: Dossier, state: DossierState, signed_in: SignedIn
    ) -> None:
        facts = ActionFacts(receiver=manifest.receiver, note=manifest.code)
        self._move(connection, manifest, dossier, state, Action.TRANSFER, facts, signed_in)

    def _move(
        self,
        connection: Connection,
        manifest: Manifest,
        dossier: Dossier,
        state: DossierState,
        action: Action,
        facts: ActionFacts,
        signed_in: SignedIn,
    ) -> None:
        """Do the action where the table allows it; otherwise paper or result changes hands and nothing else."""
        desk_name = self._desk.desk.name
        setting = Setting(
            at=self._desk.clock.now(),
            role=signed_in.clerk.role,
            desk_line=desk_name,
            owner_name=dossier.applicant.full_name,
        )
        body: Body
        if manifest.kind is ManifestKind.PAPERS and find_refusal(state, action, setting) is None:
            body = DossierActed(dossier_id=dossier.id, action=action, facts=facts, desk_name=desk_name)
        else:
            body = DossierHanded(
                dossier_id=dossier.id,
                what=_what(manifest),
                receiver=facts.receiver or desk_name,
                desk_name=desk_name,
                manifest=manifest.code,
                note=facts.reason,
            )
        self._append(connection, body, dossier.id, signed_in)

    def _put_right(
        self, connection: Connection, manifest: Manifest, differences: Iterable[Difference], signed_in: SignedIn
    ) -> None:
        """What never arrived is again this desk's to answer for; what came unlisted is with the receiver."""
        for one in differences:
            known = _find_dossier(connection, one.code)
            if known is None:
                continue
            dossier, state = known
            if one.state is ItemState.MISSING and self._holder(manifest, state) == manifest.receiver:
                facts = ActionFacts(reason=f"{manifest.code}: {one.reason}")
                self._move(connection, manifest, dossier, state, Action.TAKE_BACK, facts, signed_in)
            elif one.state is ItemState.EXTRA and self._holder(manifest, state) == self._desk.desk.name:
                self._hand_to_receiver(connection, manifest, dossier, state, signed_in)

    def _holder(self, manifest: Manifest, state: DossierState) -> str:
        """Return who has what the manifest moves; "" for a result that is with its agency or its owner."""
        if manifest.kind is ManifestKind.PAPERS:
            return state.holder
        if self._has_result(state):
            return self._desk.desk.name
        handed_to = state.result.holder if state.result is not None else ""
        return handed_to if handed_to != self._desk.desk.name else ""

    def _take_in(self, connection: Connection, manifest: Manifest, codes: Iterable[str], signed_in: SignedIn) -> None:
        """Whatever this desk holds a dossier of, and was in the bag, is here now."""
        for code in codes:
            known = _find_dossier(connection, code)
            if known is None:
                continue
            dossier, state = known
            desk_name = self._desk.desk.name
            if self._holder(manifest, state) != desk_name:
                body = DossierHanded(
                    dossier_id=dossier.id,
                    what=_what(manifest),
                    giver=manifest.giver,
                    receiver=desk_name,
                    desk_name=desk_name,
                    manifest=manifest.code,
                )
                self._append(connection, body, dossier.id, signed_in)

    def _awaited(self, connection: Connection, code: str, parts: Sequence[str]) -> tuple[Manifest, Passport | None]:
        """Return the closed manifest to receive: from this store or, where it is not here, from its passport."""
        view = find_manifest(connection, code)
        if view is not None:
            if view.state is not ManifestState.CLOSED:
                raise UserError("manifest.wrong_state", code=view.manifest.code)
            return view.manifest, None
        if not parts:
            raise UserError("manifest.unknown_code", code=code[:40])
        passport = parse_passport(parts)
        if passport.code != normalise_manifest_code(code):
            raise UserError("manifest.passport_of_another", code=passport.code)
        signer = signer_of(connection, passport)
        # Its names as an administrator vouched for them, and not as the text has them.
        giver = f"{signer.desk_name}, {signer.unit_name}"
        return msgspec.structs.replace(passport.manifest, giver=giver), passport

    def _append(self, connection: Connection, body: Body, subject: str, signed_in: SignedIn) -> str:
        return self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=subject).id

    def _announce(self) -> None:
        self._desk.announcer.announce(Topic.DOSSIERS)


def _what(manifest: Manifest) -> Handed:
    return Handed.RESULT if manifest.kind is ManifestKind.RESULTS else Handed.PAPER


def _find_dossier(connection: Connection, code: str) -> tuple[Dossier, DossierState] | None:
    """Return a dossier with where it stands, None when this desk does not hold it."""
    try:
        return state_of(get_dossier_row(connection, code))
    except UserError:
        return None


def _words(text: str) -> str:
    cleaned = nfc(text)
    if len(cleaned) > _LONGEST_WORDS:
        raise UserError("manifest.words_too_long", most=_LONGEST_WORDS)
    return cleaned
