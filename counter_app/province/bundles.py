"""Bundles at the province: what comes up by stick is taken as over a line, and what a line would bring goes down by it.

The giver's signature is proved before anything in a bundle is looked at, and every piece is before any is taken. Then
each batch has a transaction of its own, as on a line: one that is refused delays only itself, and once more has no
effect.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.province.database import Connection
from counter_app.province.desks import find_invitation, get_desk
from counter_app.province.epochs import give_epoch
from counter_app.province.feeds import is_known, read_page
from counter_app.province.journals import list_chains, take_batch
from counter_app.province.papers import find_received, list_given, list_kept, take_whole
from counter_app.province.service import Province
from counter_app.province.showing import keep_report
from counter_app.sync.batch import open_batch
from counter_app.sync.bundle_file import (
    BundleMade,
    Pieces,
    decode_piece,
    paper_pieces,
    require_new,
    write_bundle,
)
from counter_app.sync.bundle_proof import Opening, prove_bundle
from counter_app.sync.carried import Answer, Asking
from counter_app.sync.enrolling import DeskReport, EpochGrant
from counter_app.sync.frames import Header, Kind, Paper, Piece
from counter_app.sync.papers import HELD, PaperName
from counter_app.sync.ports import PROVINCE, FeedItem, FeedKind
from counter_app.sync.relaying import BundleAtProvince
from counter_app.sync.roster import DeskKind, EnrolmentClaim, read_claim

_encode = msgspec.msgpack.Encoder().encode
_NOWHERE = Asking()
_MOST_NUMBER = 1 << 31
_ENTRY_BYTES = 1_024  # for an entry without its body: it takes as long


class ProvinceBundles:
    """Takes and makes bundles, beside a service or without one."""

    def __init__(self, province: Province) -> None:
        self._province = province

    def take(self, path: Path, *, most_unpacked: int | None = None) -> BundleAtProvince:
        """Check a bundle whole, then take what is new in it; `most_unpacked` are bytes that its entries may take.

        Raises:
            UserError: ``bundle.too_large``, ``bundle.not_for_us``, ``bundle.not_genuine``, ``province.not_admitted``,
                ``province.desk_revoked``, ``province.unknown_code``, ``sync.bad_claim``; nothing changed.
            EnvironmentFailure: ``bundle.damaged``; nothing changed. ``bundle.changed``, the database, the disk: take it
                again.
        """
        proved = prove_bundle(path, self._province.authority.identity, self._key_of)
        checking, taking = _Checking(most_unpacked), _Taking(self._province)
        for kind, data in proved.iter_pieces():
            checking.take(kind, data)
        for kind, data in proved.iter_pieces():
            taking.take(kind, data)
        return taking.report()

    def _key_of(self, opening: Opening) -> bytes:
        """Return the key of who says to have made it."""
        data, giver = opening.find(Kind.ASKING), opening.header.giver
        if opening.header.receiver != PROVINCE or data is None:
            raise UserError("bundle.not_for_us")
        claim = decode_piece(data, _Claiming).claim
        with self._province.database.transaction() as connection:
            row = connection.execute("SELECT * FROM desk WHERE id = %s", (giver,)).fetchone()
            if row is None and claim:
                claimed = _claim_of(claim, giver)
                invited = find_invitation(connection, claimed.code, now=self._province.clock.now())
                if invited.kind != DeskKind.HALL:
                    return claimed.public_key
        if row is None or row.kind == DeskKind.HALL:
            raise UserError("province.not_admitted", desk=giver[:40])
        if row.revoked_at is not None:
            raise UserError("province.desk_revoked", desk=row.name[:40])
        return bytes(row.public_key)

    def export(self, wanted: str, path: Path) -> BundleMade:
        """Write what a desk waits for, by its id or its name, to a new file that only this desk can read.

        It begins where the last bundle of the desk says that it stands; without one, at the beginning.

        Raises:
            UserError: ``province.unknown_desk``, ``province.several_desks``, ``province.desk_revoked``,
                ``bundle.no_recipient``, ``cli.file_exists``, ``cli.no_such_folder``.
            EnvironmentFailure: the database, the disk; there is no file then.
        """
        require_new(path)
        with self._province.database.transaction() as connection:
            desk = get_desk(connection, wanted)
        if desk.revoked_at is not None:
            raise UserError("province.desk_revoked", desk=desk.name[:40])
        if not desk.recipient:
            raise UserError("bundle.no_recipient")
        making = _Making(self._province, desk.id, desk.unit_code)
        sign = self._province.authority.signer.sign
        size = write_bundle(path, making.pieces(), sign=sign, recipient=desk.recipient)
        return BundleMade(entries=making.entries, papers=making.papers, papers_missing=making.missing, size_bytes=size)


class _Claiming(msgspec.Struct, frozen=True, kw_only=True):
    """What of an asking is read before it is proved."""

    claim: bytes = b""


class _Checking(Pieces):
    """Looks at everything and changes nothing."""

    def __init__(self, most_unpacked: int | None) -> None:
        super().__init__()
        self._most, self._unpacked = most_unpacked, 0

    def piece(self, kind: Kind, data: bytes) -> None:
        if kind is Kind.ASKING:
            _require_readable(data)
        else:
            self._unpacked += sum(_ENTRY_BYTES + len(record.body) for record in open_batch(data).run.records)
            if self._most is not None and self._unpacked > self._most:
                raise UserError("bundle.too_large")


class _Taking(Pieces):
    """Takes everything of a bundle that was checked."""

    def __init__(self, province: Province) -> None:
        super().__init__()
        self._province = province
        self._unit = self._name = ""
        self._entries = self._papers = self._refused = 0
        self._is_admitted = False

    def piece(self, kind: Kind, data: bytes) -> None:
        if kind is Kind.ASKING:
            self._asking(data, decode_piece(data, Asking))
        else:
            self._batch(data)

    def _asking(self, data: bytes, asking: Asking) -> None:
        made_at, now = self.header.made_at if self.header is not None else None, self._province.clock.now()
        admission = self._admission_of(asking)
        with self._province.database.transaction() as connection:
            self._keep(connection, min(made_at or now, now), data, asking, admission)
            desk = connection.execute("SELECT name, unit_code FROM desk WHERE id = %s", (self.giver,)).fetchone()
            self._name, self._unit = (desk.name, desk.unit_code) if desk is not None else ("", "")

    def _admission_of(self, asking: Asking) -> bytes:
        """Admit a desk that is new, and return the answer to its claim; the same one while the claim is the same."""
        if not asking.claim:
            return b""
        _claim_of(asking.claim, self.giver)
        with self._province.database.transaction() as connection:
            desk = connection.execute("SELECT 1 FROM desk WHERE id = %s", (self.giver,)).fetchone()
            query = "SELECT admission FROM asking WHERE desk = %s AND claim = %s"
            known = connection.execute(query, (self.giver, asking.claim)).fetchone()
        if known is not None:
            return bytes(known.admission)
        self._is_admitted = desk is None
        try:
            return self._province.claim(asking.claim, is_carried=True)
        except UserError:
            if desk is None:
                raise
            return b""  # its code has expired since; by stick it is served all the same

    def _keep(self, connection: Connection, made_at: datetime, data: bytes, asking: Asking, admission: bytes) -> None:
        """Keep what it asks, also of an older bundle: a desk is only ever told too much by that, and may ask anew."""
        latest = connection.execute("SELECT made_at FROM asking WHERE desk = %s", (self.giver,)).fetchone()
        if asking.report and (latest is None or latest.made_at <= made_at):
            keep_report(connection, self.giver, decode_piece(asking.report, DeskReport))
        connection.execute(
            "UPDATE desk SET seen_at = greatest(coalesce(seen_at, %(at)s), %(at)s) WHERE id = %(desk)s",
            {"at": made_at, "desk": self.giver},
        )
        connection.execute(
            "INSERT INTO asking VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (desk) DO UPDATE SET data = excluded.data,"
            " papers = CASE WHEN excluded.made_at < asking.made_at THEN asking.papers ELSE excluded.papers END,"
            " made_at = greatest(asking.made_at, excluded.made_at), claim = excluded.claim,"
            " admission = excluded.admission",
            (self.giver, made_at, data, _encode(asking.unconfirmed), asking.claim, admission),
        )

    def _batch(self, data: bytes) -> None:
        run = open_batch(data).run
        # What another desk wrote is carried for it, as a hall would: its own signature is the proof.
        hall_unit = None if run.desk == self.giver else self._unit
        try:
            with self._province.database.transaction() as connection:
                before = _count(connection, run.desk, run.epoch)
                take_batch(connection, data, asker=self.giver, hall_unit=hall_unit, now=self._province.clock.now())
                self._entries += _count(connection, run.desk, run.epoch) - before
        except AppError as exc:
            if isinstance(exc, EnvironmentFailure) and exc.retryable:
                raise
            self._refused += 1  # it delays only itself

    def paper(self, paper: Paper, content: bytes) -> None:
        named = PaperName(sha256=bytes.fromhex(paper.sha256), size_bytes=paper.size_bytes)
        try:
            with self._province.database.transaction() as connection:
                papers, giver = self._province.papers, self.giver
                self._papers += take_whole(connection, papers, self._unit, named, content, giver=giver)
        except UserError:
            return  # the entry that names it still waits: the paper comes with the next bundle

    def report(self) -> BundleAtProvince:
        """Return what was new."""
        counts = (
            "SELECT (SELECT count(*) FROM waiting_batch WHERE desk = %(desk)s) AS waiting,"
            " (SELECT count(*) FROM fork WHERE desk = %(desk)s) AS forks"
        )
        with self._province.database.transaction() as connection:
            row = connection.execute(counts, {"desk": self.giver}).fetchone()
        return BundleAtProvince(
            desk=self.giver,
            giver=self._name,
            unit=self._unit,
            entries=self._entries,
            papers=self._papers,
            waiting=row.waiting if row is not None else 0,
            forks=row.forks if row is not None else 0,
            refused=self._refused,
            is_admitted=self._is_admitted,
        )


class _Making:
    """The pieces of a bundle for one desk, with a count of what went in."""

    def __init__(self, province: Province, desk: str, unit_code: str) -> None:
        self._province, self._desk, self._unit = province, desk, unit_code
        self.entries = self.papers = self.missing = 0

    def pieces(self) -> Iterator[Piece]:
        province = self._province
        yield Kind.HEADER, _encode(Header(giver=PROVINCE, receiver=self._desk, made_at=province.clock.now()))
        with province.database.transaction() as connection:
            asking, admission = _read_asking(connection, self._desk)
            answer = self._answer(connection, asking, admission)
            own = _list_own(connection, self._desk) if _needs_own(connection, self._desk, asking) else []
            given = list_given(connection, province.papers, self._unit, asking.lacks)
        yield Kind.ANSWER, _encode(answer)
        yield from ((Kind.OWN, _encode(item)) for item in own)
        for item in self._iter_feed(answer):
            if item.kind == FeedKind.BATCH:
                self.entries += len(open_batch(item.data).run.records)
            yield Kind.FEED, _encode(item)
        self.papers, self.missing = len(given), len(asking.lacks) - len(given)
        for paper in given:
            contents = province.papers.iter_content(paper.sha256)
            yield from paper_pieces(paper.sha256.hex(), paper.size_bytes, contents)

    def _answer(self, connection: Connection, asking: Asking, admission: bytes) -> Answer:
        received = find_received(connection, self._unit, asking.unconfirmed)
        kept = list_kept(self._province.papers, self._desk, asking.unconfirmed, received)
        held = [one.sha256 for one, size in zip(asking.unconfirmed, kept, strict=True) if size == HELD]
        not_held = [one.sha256 for one, size in zip(asking.unconfirmed, kept, strict=True) if size != HELD]
        is_there = is_known(connection, self._unit, asking.position, asking.mark)
        return Answer(
            after=asking.position if is_there else 0,
            asked_position=asking.position,
            asked_mark=asking.mark,
            is_set_back=not is_there,
            chains=tuple(list_chains(connection, self._desk)),
            held=tuple(held),
            not_held=tuple(not_held),
            admission=admission,
            grant=self._grant(connection, asking),
        )

    def _grant(self, connection: Connection, asking: Asking) -> EpochGrant | None:
        """Give the epoch that a forked journal goes on under, so that one journey of the stick is enough."""
        asked = asking.epoch
        if asked is None or not _is_forked(connection, self._desk, asking):
            return None
        try:
            epoch = give_epoch(connection, self._desk, asked, now=self._province.clock.now())
        except UserError:
            return None  # its numbers are used up: the fleet shows the fork, and all else goes on
        return EpochGrant(claim=asked.claim, epoch=epoch)

    def _iter_feed(self, answer: Answer) -> Iterator[FeedItem]:
        after, is_more = answer.after, True
        while is_more:
            with self._province.database.transaction() as connection:
                items = read_page(connection, self._unit, after=after, reader=self._desk, own=False)
            yield from items
            is_more = bool(items)
            after = items[-1].position if items else after


def _require_readable(data: bytes) -> None:
    """Look whether all that a desk asks is readable.

    Raises:
        EnvironmentFailure: ``bundle.damaged``.
    """
    asking: Asking = decode_piece(data, Asking)
    if asking.report:
        decode_piece(asking.report, DeskReport)


def _claim_of(asked: bytes, giver: str) -> EnrolmentClaim:
    """Return the claim, if it is the giver's own.

    Raises:
        UserError: ``sync.bad_claim``, ``bundle.not_genuine``.
    """
    claim = read_claim(asked)
    if claim.desk_id != giver:
        raise UserError("bundle.not_genuine")
    return claim


def _read_asking(connection: Connection, desk: str) -> tuple[Asking, bytes]:
    row = connection.execute("SELECT * FROM asking WHERE desk = %s", (desk,)).fetchone()
    if row is None:
        return _NOWHERE, b""
    unconfirmed = decode_piece(bytes(row.papers), tuple[PaperName, ...])
    asking = msgspec.structs.replace(decode_piece(bytes(row.data), Asking), unconfirmed=unconfirmed)
    return asking, bytes(row.admission)


def _needs_own(connection: Connection, desk: str, asking: Asking) -> bool:
    """Whether the desk lacks something of its own journal, or the journal is forked."""
    stated = {one.epoch: one.seq for one in asking.chains}
    is_ahead = any(one.seq > stated.get(one.epoch, 0) for one in list_chains(connection, desk))
    return is_ahead or _is_forked(connection, desk, asking)


def _is_forked(connection: Connection, desk: str, asking: Asking) -> bool:
    if connection.execute("SELECT 1 FROM fork WHERE desk = %s LIMIT 1", (desk,)).fetchone() is not None:
        return True
    query = "SELECT 1 FROM entry WHERE desk = %s AND epoch = %s AND seq = %s AND hash <> %s"
    stated = [(desk, one.epoch, one.seq, one.hash) for one in asking.chains if max(one.epoch, one.seq) < _MOST_NUMBER]
    return any(connection.execute(query, one).fetchone() is not None for one in stated)


def _list_own(connection: Connection, desk: str) -> Sequence[FeedItem]:
    rows = connection.execute(
        "SELECT position, kind, data, mark FROM feed WHERE desk = %s AND kind = 'batch' ORDER BY position", (desk,)
    )
    return [FeedItem(position=row.position, kind=row.kind, data=bytes(row.data), mark=bytes(row.mark)) for row in rows]


def _count(connection: Connection, desk: str, epoch: int) -> int:
    row = connection.execute("SELECT seq FROM chain WHERE desk = %s AND epoch = %s", (desk, epoch)).fetchone()
    return int(row.seq) if row is not None else 0
