"""Counting what comes out of a bag: each scan is kept at once, so that a power cut costs none of two hundred."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_millis
from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.manifest import MOST_ITEMS, Comparison, ItemState, ManifestState, compare
from counter_app.domain.manifest_passport import parse_acknowledgement, parse_passport
from counter_app.services.answers.bags import AcknowledgedBag, BagCount, BagRow, Counted, ScanOutcome
from counter_app.services.answers.manifests import ManifestItem, ManifestView, ReceiptResult, Scanned
from counter_app.services.bag_papers import signer_of
from counter_app.services.custody import Custody
from counter_app.services.drafts import discard_draft
from counter_app.services.manifest_rows import find_manifest, items_of, normalise_manifest_code
from counter_app.services.open_desk import OpenDesk
from counter_app.services.scanned_codes import read_codes
from counter_app.services.session import Session
from counter_app.store.tables import local

_PAGE = "bag:"


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A count as it is kept: beside the drafts of pages, for nothing has happened yet."""

    parts: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()
    reasons: dict[str, str] = {}
    is_counted: bool = False
    giver: str = ""
    expected: int = 0
    found: int = 0


class BagCounts:
    """The use cases of receiving on the hand-over page. A count belongs to the clerk who began it. Any thread."""

    def __init__(self, desk: OpenDesk, session: Session, custody: Custody) -> None:
        self._desk = desk
        self._session = session
        self._custody = custody

    def begin(self, *, code: str = "", parts: Sequence[str] = ()) -> BagCount:
        """Begin to count a bag by the parts of its passport or, where the manifest is held here, by its code.

        A count of it that was begun before goes on.

        Raises:
            UserError: as `Custody.receive` before it compares; nothing was kept.
        """
        wanted = normalise_manifest_code(code or parse_passport(parts).code)
        kept = self._find(wanted)
        if kept is not None and (kept.parts or not parts):
            return self._count(wanted, kept)
        kept = _Kept(parts=tuple(parts))
        count = self._count(wanted, kept)
        self._keep(count, kept)
        return count

    def list_all(self) -> tuple[BagRow, ...]:
        """Return the bags the signed-in clerk is counting, the one scanned last first; received ones are forgotten."""
        rows = []
        for code, kept in self._list_kept():
            if self._is_received(code):
                self.discard(code)
            else:
                rows.append(BagRow(code=code, giver=kept.giver, found=kept.found, expected=kept.expected))
        return tuple(rows)

    def scan(self, code: str, text: str) -> Counted:
        """Count one dossier by its code or its slip's QR; durable when this returns.

        Raises:
            UserError: ``manifest.not_a_dossier_code``, ``manifest.too_many``, and as `begin`.
        """
        kept = self._require(code)
        (one,) = read_codes([text])
        is_new = one not in kept.scanned
        if is_new and len(kept.scanned) >= MOST_ITEMS:
            raise UserError("manifest.too_many", most=MOST_ITEMS)
        if is_new:
            kept = msgspec.structs.replace(kept, scanned=(*kept.scanned, one))
        count = self._count(code, kept)
        if is_new:
            self._keep(count, kept)
        item = next(item for item in count.items if item.code == one)
        again = ScanOutcome.EXTRA if item.state is ItemState.EXTRA else ScanOutcome.AGAIN
        return Counted(count=count, item=item, outcome=ScanOutcome(item.state.value) if is_new else again)

    def take_back(self, code: str, dossier_code: str) -> BagCount:
        """Count one dossier as not scanned: it was scanned by mistake or goes back to the giver at once."""
        kept = self._require(code)
        scanned = tuple(one for one in kept.scanned if one != dossier_code)
        reasons = {one: reason for one, reason in kept.reasons.items() if one != dossier_code}
        return self._change(code, msgspec.structs.replace(kept, scanned=scanned, reasons=reasons))

    def finish_scanning(self, code: str, *, is_counted: bool) -> BagCount:
        """Say that the bag is empty, so that what was not scanned is missing; or that scanning goes on."""
        return self._change(code, msgspec.structs.replace(self._require(code), is_counted=is_counted))

    def settle(self, code: str, dossier_code: str, reason: str) -> BagCount:
        """Note how the two sides settled a difference; "" takes the reason back."""
        kept = self._require(code)
        reasons = {**kept.reasons, dossier_code: nfc(reason)}
        return self._change(code, msgspec.structs.replace(kept, reasons={k: v for k, v in reasons.items() if v}))

    def receive(self, code: str, *, password: str | None) -> ReceiptResult:
        """Receive what was counted; the count is forgotten once it is received.

        Raises:
            UserError: as `Custody.receive`; nothing was received and the count is kept.
        """
        wanted, kept = normalise_manifest_code(code), self._require(code)
        comparison = self._count_states(wanted, kept)
        open_ones = {*comparison.missing, *comparison.extra}
        settled = {one: reason for one, reason in kept.reasons.items() if one in open_ones}
        scanned = Scanned(scanned=kept.scanned, settled=settled, passport=kept.parts)
        result = self._custody.receive(wanted, scanned, password=password)
        if result.is_received:
            self.discard(wanted)
        return result

    def discard(self, code: str) -> None:
        """Forget a count."""
        clerk_id, page = self._session.require().clerk.id, _PAGE + normalise_manifest_code(code)
        with self._desk.transaction() as connection:
            discard_draft(connection, clerk_id, page)

    def read_acknowledgement(self, parts: Sequence[str]) -> AcknowledgedBag:
        """Return what another desk says it received, after the check of its signature.

        Raises:
            UserError: ``manifest.passport_*``.
        """
        said = parse_acknowledgement(parts)
        with self._desk.store.reading() as connection:
            signer = signer_of(connection, said)
        return AcknowledgedBag(
            code=said.code,
            received_by=nfc(said.received_by),
            received_desk=f"{signer.desk_name}, {signer.unit_name}",
            differences=said.settled,
        )

    def _change(self, code: str, kept: _Kept) -> BagCount:
        count = self._count(code, kept)
        self._keep(count, kept)
        return count

    def _count_states(self, code: str, kept: _Kept) -> Comparison:
        return compare(self._custody.await_bag(code, kept.parts).manifest.codes, kept.scanned)

    def _count(self, code: str, kept: _Kept) -> BagCount:
        awaited = self._custody.await_bag(code, kept.parts)
        comparison = compare(awaited.manifest.codes, kept.scanned)
        with self._desk.store.reading() as connection:
            extra = items_of(connection, comparison.extra)
        return BagCount(
            manifest=awaited.manifest,
            items=(*_listed(awaited, comparison, kept), *_stated(extra, ItemState.EXTRA, kept)),
            is_counted=kept.is_counted,
        )

    def _require(self, code: str) -> _Kept:
        return self._find(normalise_manifest_code(code)) or _Kept()

    def _find(self, code: str) -> _Kept | None:
        return dict(self._list_kept(_PAGE + code)).get(code)

    def _list_kept(self, page: str = "") -> list[tuple[str, _Kept]]:
        """Return the counts of the clerk, the newest first; what an older program cannot read counts as none."""
        draft, clerk_id = local.draft.c, self._session.require().clerk.id
        query = select(draft.page, draft.facts).where(draft.clerk_id == clerk_id, draft.page.startswith(_PAGE))
        if page:
            query = query.where(draft.page == page)
        with self._desk.store.reading() as connection:
            rows = connection.execute(query.order_by(draft.saved_at.desc(), draft.page)).all()
        found = []
        for row in rows:
            try:
                found.append((row.page.removeprefix(_PAGE), msgspec.json.decode(row.facts, type=_Kept)))
            except msgspec.MsgspecError:
                continue
        return found

    def _keep(self, count: BagCount, kept: _Kept) -> None:
        noted = msgspec.structs.replace(kept, giver=count.manifest.giver, expected=count.expected, found=count.found)
        key = {"clerk_id": self._session.require().clerk.id, "page": _PAGE + count.code}
        values = {"facts": msgspec.json.encode(noted), "saved_at": to_millis(self._desk.clock.now())}
        statement = upsert(local.draft).values(**key, **values)
        with self._desk.transaction() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))

    def _is_received(self, code: str) -> bool:
        with self._desk.store.reading() as connection:
            view = find_manifest(connection, code)
        return view is not None and view.state is ManifestState.RECEIVED


def _listed(awaited: ManifestView, comparison: Comparison, kept: _Kept) -> Iterable[ManifestItem]:
    missing = frozenset(comparison.missing)
    for item in awaited.items:
        if item.code not in missing:
            yield msgspec.structs.replace(item, state=ItemState.OK)
        elif kept.is_counted:
            yield from _stated([item], ItemState.MISSING, kept)
        else:
            yield item


def _stated(items: Iterable[ManifestItem], state: ItemState, kept: _Kept) -> Iterable[ManifestItem]:
    for item in items:
        yield msgspec.structs.replace(item, state=state, reason=kept.reasons.get(item.code, ""))
