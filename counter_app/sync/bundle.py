"""The bundle: on a memory stick, what the line would have carried.

Signed inside by the desk that made it. The signature is proved before anything in it is looked at, and all of it is
looked at before anything is applied. Applying it twice, or an older one after a newer one, changes nothing: every batch
and every paper is looked at for itself.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.store.tables import documents
from counter_app.store.tables import journal as tables
from counter_app.store.vault import Vault
from counter_app.sync.batch import open_batch
from counter_app.sync.bundle_file import (
    BundleMade,
    Pieces,
    Progressed,
    decode_piece,
    in_silence,
    never,
    paper_pieces,
    write_bundle,
)
from counter_app.sync.bundle_proof import Opening, ProvedBundle, prove_bundle
from counter_app.sync.carried import Answer, Asking, CarriedLine
from counter_app.sync.exchange import Exchange
from counter_app.sync.frames import Header, Kind, Paper, Piece, Statement
from counter_app.sync.inbox import Outcome
from counter_app.sync.outbox import list_unsent
from counter_app.sync.ports import PROVINCE, FeedItem
from counter_app.sync.reading import NEWER
from counter_app.sync.roster import Roster

_encode = msgspec.msgpack.Encoder().encode
#: Which items may follow which.
_STAGES = {(Kind.OWN, Kind.OWN), (Kind.OWN, Kind.FEED), (Kind.FEED, Kind.FEED)}


class BundleTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle brought that was not here: all zero for one that was taken before."""

    giver: str
    entries: int
    papers: int
    waiting: int
    forks: int


class Bundles:
    """Makes and takes bundles for one store. `list_lacking` says which papers are known here and not in the vault."""

    def __init__(self, exchange: Exchange, vault: Vault, list_lacking: Callable[[Connection], list[str]]) -> None:
        self._exchange = exchange
        self._vault = vault
        self._list_lacking = list_lacking

    def export(
        self, path: Path, *, to: str, progressed: Progressed = in_silence, is_cancelled: Callable[[], bool] = never
    ) -> BundleMade:
        """Write everything that a desk lacks, of all desks known here, to a new file.

        `progressed` hears how many entries and papers are written.

        Raises:
            UserError: ``sync.no_roster``, ``bundle.unknown_receiver``, ``bundle.no_recipient``, ``bundle.cancelled``.
            EnvironmentFailure: ``disk.write_failed``; there is no file then.
        """
        making = _Making(self._exchange, self._vault, to, progressed, is_cancelled)
        return self._write(path, making, making.for_desk(self._list_lacking))

    def export_to_province(
        self,
        path: Path,
        asking: Asking,
        *,
        progressed: Progressed = in_silence,
        is_cancelled: Callable[[], bool] = never,
    ) -> BundleMade:
        """Write everything that the province lacks, and what this desk asks it, to a new file.

        Raises:
            AppError: as `export`.
        """
        making = _Making(self._exchange, self._vault, PROVINCE, progressed, is_cancelled)
        return self._write(path, making, making.for_province(asking))

    def check(
        self, path: Path, *, progressed: Progressed = in_silence, is_cancelled: Callable[[], bool] = never
    ) -> "CheckedBundle":
        """Prove a bundle and look at all of it; changes nothing. `progressed` hears how many bytes of two readings.

        Raises:
            UserError: ``bundle.not_for_us``, ``bundle.not_genuine``, ``sync.no_roster``, ``sync.unknown_desk``,
                ``sync.revoked_desk``, ``bundle.cancelled``.
            EnvironmentFailure: ``bundle.damaged``; ``bundle.changed``: it is not what it was a moment ago.
        """
        giver, checking, done = _Giver(self._exchange), _Checking(self._exchange, is_cancelled), 0
        proved = prove_bundle(
            path,
            self._exchange.read_identity(),
            giver.key_of,
            progressed=lambda read, size: progressed(read, 2 * size),
            is_cancelled=is_cancelled,
        )
        for kind, data in proved.iter_pieces():
            checking.take(kind, data)
            done += len(data)
            progressed(proved.size_bytes + done, 2 * proved.size_bytes)
        line = CarriedLine(checking.answer, lambda kind: _iter_items(proved, kind)) if checking.answer else None
        return CheckedBundle(proved=proved, giver_name=giver.name, line=line)

    def take(self, checked: "CheckedBundle") -> BundleTaken:
        """Take what is new in a bundle that was checked; of one of the province the papers only.

        Raises:
            EnvironmentFailure: ``bundle.changed``; disk: what was taken so far stays, take it again.
        """
        taking = _Taking(self._exchange, self._vault)
        for kind, data in checked.proved.iter_pieces():
            taking.take(kind, data)
        taking.note_statement()
        return taking.report(checked.giver_name)

    def _write(self, path: Path, making: "_Making", pieces: Iterable[Piece]) -> BundleMade:
        recipient = self._recipient_of(making.to)
        size = write_bundle(path, pieces, sign=self._exchange.sign, recipient=recipient)
        return BundleMade(entries=making.entries, papers=making.papers, papers_missing=making.missing, size_bytes=size)

    def _recipient_of(self, holder: str) -> str:
        roster = self._exchange.find_roster()
        if roster is None:
            raise UserError("sync.no_roster")
        desk = roster.find(holder)
        if holder != PROVINCE and desk is None:
            raise UserError("bundle.unknown_receiver")
        recipient = desk.recipient if desk is not None else roster.recipient
        if not recipient:
            raise UserError("bundle.no_recipient")
        return recipient


class CheckedBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle of which everything was looked at. `line` stands in one of the province; `giver_name` is empty then."""

    proved: ProvedBundle
    giver_name: str
    line: CarriedLine | None = None


class _Making:
    """The pieces of a bundle, with a count of what went in."""

    def __init__(
        self, exchange: Exchange, vault: Vault, to: str, progressed: Progressed, is_cancelled: Callable[[], bool]
    ) -> None:
        self._exchange, self._vault, self.to = exchange, vault, to
        self._progressed, self._is_cancelled = progressed, is_cancelled
        self.entries = self.papers = self.missing = self._total = 0

    def for_desk(self, list_lacking: Callable[[Connection], list[str]]) -> Iterator[Piece]:
        exchange = self._exchange
        yield self._header()
        roster = exchange.read_roster_file()
        if roster is not None:
            yield Kind.ROSTER, roster
        with exchange.store.reading() as connection:
            lacks, named = list_lacking(connection), _papers_for(connection, self.to)
            unsent = _count_unsent(connection, self.to)
        wanted = {*named, *exchange.read_lacking(self.to)}
        self._total = unsent + len(wanted)
        statement = Statement(chains=tuple(exchange.list_held_chains()), lacks=tuple(lacks))
        yield Kind.STATEMENT, _encode(statement)
        # Papers first: what an entry speaks of is there when the entry has its effect.
        yield from self._papers(wanted)
        yield from self._batches()

    def for_province(self, asking: Asking) -> Iterator[Piece]:
        yield self._header()
        yield Kind.ASKING, _encode(asking)
        with self._exchange.store.reading() as connection:
            others = _papers_for(connection, self.to, but_of=self._exchange.desk_id)
            unsent = _count_unsent(connection, self.to)
        wanted = {*others, *(one.sha256.hex() for one in asking.unconfirmed)}
        self._total = unsent + len(wanted)
        # Entries first: the province takes no paper that none of them names.
        yield from self._batches()
        yield from self._papers(wanted)

    def _header(self) -> Piece:
        header = Header(giver=self._exchange.desk_id, receiver=self.to, made_at=self._exchange.clock.now())
        return Kind.HEADER, _encode(header)

    def _batches(self) -> Iterator[Piece]:
        for batch in self._exchange.iter_batches(self.to):
            self.entries += batch.last_seq - batch.first_seq + 1
            yield Kind.BATCH, batch.data
            self._go_on()

    def _papers(self, sha256s: Iterable[str]) -> Iterator[Piece]:
        for sha256 in sorted(sha256s):
            if not self._vault.holds(sha256):
                self.missing += 1
                continue
            size = sum(map(len, self._vault.iter_content(sha256)))
            yield from paper_pieces(sha256, size, self._vault.iter_content(sha256))
            self.papers += 1
            self._go_on()

    def _go_on(self) -> None:
        if self._is_cancelled():
            raise UserError("bundle.cancelled")
        self._progressed(min(self.entries + self.papers + self.missing, self._total), self._total)


class _Giver:
    """Whose a bundle is, by what it begins with and what this store knows."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.name = ""

    def key_of(self, opening: Opening) -> bytes:
        """Return the key of who says to have made it.

        Raises:
            UserError: ``sync.no_roster``, ``sync.no_province``, ``sync.bad_roster``, ``sync.unknown_desk``,
                ``sync.revoked_desk``, ``bundle.not_genuine``, ``bundle.not_for_us``.
        """
        header = opening.header
        # Sealed again by another desk it would open here: it must be meant for this one.
        if header.giver == PROVINCE and header.receiver != self._exchange.desk_id:
            raise UserError("bundle.not_for_us")
        if (header.giver == PROVINCE) != (opening.find(Kind.ANSWER) is not None):
            raise UserError("bundle.not_genuine")
        if header.giver == PROVINCE:
            return self._exchange.read_province_key()
        giver = self._roster_with(opening.find(Kind.ROSTER)).get_valid(header.giver)
        self.name = giver.name
        return giver.public_key

    def _roster_with(self, data: bytes | None) -> Roster:
        """Return the list of desks that will be in force: it may come with the bundle of a desk that is new on it."""
        known = self._exchange.find_roster()
        offered = self._exchange.check_roster(data) if data is not None else None
        if offered is not None and (known is None or offered.number > known.number):
            return offered
        if known is None:
            raise UserError("sync.no_roster")
        return known


class _Checking(Pieces):
    """Looks at everything and changes nothing."""

    def __init__(self, exchange: Exchange, is_cancelled: Callable[[], bool]) -> None:
        super().__init__()
        self._exchange, self._is_cancelled = exchange, is_cancelled
        self.answer: Answer | None = None
        self._stage, self._last = Kind.OWN, 0

    def take(self, kind: Kind, data: bytes) -> None:
        """Take the next piece, unless somebody wants to stop."""
        if self._is_cancelled():
            raise UserError("bundle.cancelled")
        super().take(kind, data)

    def piece(self, kind: Kind, data: bytes) -> None:
        match kind:
            case Kind.ROSTER:
                self._exchange.check_roster(data)
            case Kind.STATEMENT:
                decode_piece(data, Statement)
            case Kind.ANSWER if self.giver == PROVINCE and self.answer is None:
                self.answer = decode_piece(data, Answer)
            case Kind.FEED | Kind.OWN:
                self._item(kind, decode_piece(data, FeedItem))
            case _:
                _require_batch(data)

    def _item(self, kind: Kind, item: FeedItem) -> None:
        """They come in their order, own ones first and papers last: so they are read where they lie."""
        if kind is not self._stage:
            self._last = 0
        if (self._stage, kind) not in _STAGES or item.position <= self._last:
            raise EnvironmentFailure("bundle.damaged")
        self._stage, self._last = kind, item.position

    def paper(self, _paper: Paper, _content: bytes) -> None:
        self._stage = Kind.PAPER


def _iter_items(proved: ProvedBundle, wanted: Kind) -> Iterator[FeedItem]:
    with closing(proved.iter_pieces()) as pieces:
        for kind, data in pieces:
            if kind is wanted:
                yield decode_piece(data, FeedItem)
            elif kind in (Kind.FEED, Kind.PAPER):
                return


class _Taking(Pieces):
    """Takes everything, each piece in a transaction of its own."""

    def __init__(self, exchange: Exchange, vault: Vault) -> None:
        super().__init__()
        self._exchange, self._vault = exchange, vault
        self._outcomes: list[Outcome] = []
        self._entries = self._papers = 0
        self._statement: Statement | None = None

    def piece(self, kind: Kind, data: bytes) -> None:
        match kind:
            case Kind.ROSTER:
                self._exchange.take_roster(data)
            case Kind.STATEMENT:
                self._statement = decode_piece(data, Statement)
            case Kind.BATCH:
                self._batch(data)
            case _:
                pass

    def note_statement(self) -> None:
        """Keep what the giver says it has, once its entries are here: they may say that it began anew since."""
        statement = self._statement
        if statement is not None and not self._has_begun_anew(statement):
            self._exchange.acknowledge(self.giver, statement.chains, is_whole=True)
            self._exchange.note_lacking(self.giver, statement.lacks)

    def _has_begun_anew(self, statement: Statement) -> bool:
        """Whether the giver goes on under a newer epoch than it did when it made this: then it may have less."""
        known = (one.epoch for one in self._exchange.list_held_chains() if one.desk == self.giver)
        return max(known, default=0) > max((one.epoch for one in statement.chains if one.desk == self.giver), default=0)

    def paper(self, paper: Paper, content: bytes) -> None:
        if not self._vault.holds(paper.sha256):
            self._vault.put([content])
            self._papers += 1

    def _batch(self, data: bytes) -> None:
        try:
            taken = self._exchange.take(data)
        except UserError:
            return  # of a desk that was revoked since, or is not on the list: it delays only itself
        except EnvironmentFailure as exc:
            if exc.code != NEWER:
                raise
            self._outcomes.append(Outcome.WAITS)  # whoever gives it does so again as long as this desk lacks it
            return
        self._outcomes.append(taken.outcome)
        self._entries += taken.entries

    def report(self, giver: str) -> BundleTaken:
        """Return what was new."""
        return BundleTaken(
            giver=giver,
            entries=self._entries,
            papers=self._papers,
            waiting=self._outcomes.count(Outcome.WAITS),
            forks=self._outcomes.count(Outcome.FORK),
        )


def _require_batch(data: bytes) -> None:
    """Refuse what is no batch. One of a newer program is a batch, and is passed over when it is taken."""
    try:
        open_batch(data)
    except EnvironmentFailure as exc:
        if exc.code != NEWER:
            raise


def _count_unsent(connection: Connection, holder: str) -> int:
    return sum(one.last - one.acknowledged for one in list_unsent(connection, holder))


def _papers_for(connection: Connection, holder: str, *, but_of: str = "") -> list[str]:
    """Return the papers that the entries speak of which a holder lacks, but not those of one desk."""
    entry, version = tables.entry.c, documents.document_version.c
    named = select(version.sha256).join(tables.entry, entry.position == version.position)
    found: list[str] = []
    for one in list_unsent(connection, holder):
        if one.desk == but_of:
            continue
        same = (entry.desk == one.desk, entry.epoch == one.epoch, entry.seq > one.acknowledged)
        found += connection.execute(named.where(*same)).scalars()
    return found
