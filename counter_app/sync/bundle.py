"""The bundle: on a memory stick, what the line would have carried.

Sealed to its receiver with age (https://age-encryption.org/v1), so whoever carries it cannot read it; signed inside by
the desk that made it. Reading it checks the whole of it before anything is applied, and applying it twice, or an older
one after a newer one, changes nothing: every batch and every paper is looked at for itself.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Connection, select

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.replacing import sync_folder
from counter_app.journal.chain import is_signed
from counter_app.store.tables import documents
from counter_app.store.tables import journal as tables
from counter_app.store.vault import Vault
from counter_app.sync.batch import open_batch
from counter_app.sync.exchange import Exchange
from counter_app.sync.frames import CHUNK_BYTES, Header, Kind, Paper, Piece, Reading, Statement, Writing
from counter_app.sync.inbox import Outcome
from counter_app.sync.outbox import list_unsent
from counter_app.sync.ports import PROVINCE
from counter_app.sync.roster import Roster

_MAGIC = b"QMCU\x01\n"
_MOST_PAPER_BYTES = 256 * 1024 * 1024
_encode = msgspec.msgpack.Encoder().encode


class BundleMade(msgspec.Struct, frozen=True, kw_only=True):
    """What was put into a bundle. `papers_missing` are known here and lie elsewhere."""

    entries: int
    papers: int
    papers_missing: int
    size_bytes: int


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

    def export(self, path: Path, *, to: str = PROVINCE) -> BundleMade:
        """Write everything that a holder lacks, of all desks known here, to a new file.

        Raises:
            UserError: ``sync.no_roster``, ``bundle.unknown_receiver``, ``bundle.no_recipient``.
            EnvironmentFailure: ``disk.write_failed``; there is no file then.
        """
        recipient = self._recipient_of(to)
        making = _Making(self._exchange, self._vault, self._list_lacking, to)
        draft = path.with_name(f"{path.name}.part")
        try:
            with draft.open("xb") as stream:
                stream.write(_MAGIC)
                _seal(Reading(making.pieces(), self._exchange.sign), stream, recipient)
            draft.replace(path)
            sync_folder(path.parent)
        except OSError as exc:
            raise EnvironmentFailure("disk.write_failed", retryable=True, file=path.name) from exc
        finally:
            draft.unlink(missing_ok=True)
        return BundleMade(
            entries=making.entries, papers=making.papers, papers_missing=making.missing, size_bytes=path.stat().st_size
        )

    def take(self, path: Path) -> BundleTaken:
        """Check a bundle whole, then take what is new in it.

        Raises:
            UserError: ``bundle.not_for_us``, ``bundle.not_genuine``, ``sync.no_roster``, ``sync.unknown_desk``,
                ``sync.revoked_desk``; nothing changed.
            EnvironmentFailure: ``bundle.damaged``; nothing changed. Disk: what was taken so far stays, take it again.
        """
        checking = _Checking(self._exchange)
        _read(path, self._exchange.read_identity(), Writing(checking.take, checking.end))
        taking = _Taking(self._exchange, self._vault)
        _read(path, self._exchange.read_identity(), Writing(taking.take, lambda _signed, _signature: None))
        return taking.report(checking.giver_name)

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


class _Making:
    """The pieces of a bundle, with a count of what went in."""

    def __init__(
        self, exchange: Exchange, vault: Vault, list_lacking: Callable[[Connection], list[str]], to: str
    ) -> None:
        self._exchange, self._vault, self._list_lacking, self._to = exchange, vault, list_lacking, to
        self.entries = self.papers = self.missing = 0

    def pieces(self) -> Iterator[Piece]:
        exchange = self._exchange
        header = Header(giver=exchange.desk_id, receiver=self._to, made_at=exchange.clock.now())
        yield Kind.HEADER, _encode(header)
        roster = exchange.read_roster_file()
        if roster is not None:
            yield Kind.ROSTER, roster
        with exchange.store.reading() as connection:
            lacks, wanted = self._list_lacking(connection), _papers_for(connection, self._to)
        statement = Statement(chains=tuple(exchange.list_held_chains()), lacks=tuple(lacks))
        yield Kind.STATEMENT, _encode(statement)
        # Papers first: what an entry speaks of is there when the entry has its effect.
        for sha256 in sorted({*wanted, *exchange.read_lacking(self._to)}):
            yield from self._paper(sha256)
        for batch in exchange.iter_batches(self._to):
            self.entries += batch.last_seq - batch.first_seq + 1
            yield Kind.BATCH, batch.data

    def _paper(self, sha256: str) -> Iterator[Piece]:
        if not self._vault.holds(sha256):
            self.missing += 1
            return
        size = sum(map(len, self._vault.iter_content(sha256)))
        yield Kind.PAPER, _encode(Paper(sha256=sha256, size_bytes=size))
        for content in self._vault.iter_content(sha256):
            for start in range(0, len(content), CHUNK_BYTES):
                yield Kind.CHUNK, content[start : start + CHUNK_BYTES]
        self.papers += 1


class _Pieces:
    """Pieces in the order in which bundles have them, with each paper put together."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self._paper: Paper | None = None
        self._content: list[bytes] = []

    def take(self, kind: Kind, data: bytes) -> None:
        """Take the next piece.

        Raises:
            EnvironmentFailure: ``bundle.damaged``.
        """
        if (kind is Kind.HEADER) != (self.header is None):
            raise EnvironmentFailure("bundle.damaged")
        if self._paper is not None and kind is not Kind.CHUNK:
            raise EnvironmentFailure("bundle.damaged")
        match kind:
            case Kind.HEADER:
                self.header = _decode(data, Header)
            case Kind.PAPER:
                self._begin(_decode(data, Paper))
            case Kind.CHUNK:
                self._go_on(data)
            case Kind.ROSTER:
                self.roster(data)
            case Kind.STATEMENT:
                self.statement(_decode(data, Statement))
            case _:
                self.batch(data)

    def _begin(self, paper: Paper) -> None:
        if not 0 <= paper.size_bytes <= _MOST_PAPER_BYTES:
            raise EnvironmentFailure("bundle.damaged")
        self._paper, self._content = paper, []
        self._finish(paper)

    def _go_on(self, data: bytes) -> None:
        if self._paper is None or not data:
            raise EnvironmentFailure("bundle.damaged")
        self._content.append(data)
        self._finish(self._paper)

    def _finish(self, paper: Paper) -> None:
        size = sum(map(len, self._content))
        if size < paper.size_bytes:
            return
        content, self._paper, self._content = b"".join(self._content), None, []
        if size > paper.size_bytes or hashlib.sha256(content).hexdigest() != paper.sha256:
            raise EnvironmentFailure("bundle.damaged")
        self.paper(paper, content)

    def roster(self, data: bytes) -> None:
        """Take the list of desks."""

    def statement(self, statement: Statement) -> None:
        """Take what the giver says it has."""

    def paper(self, paper: Paper, content: bytes) -> None:
        """Take a whole paper, its digest checked."""

    def batch(self, data: bytes) -> None:
        """Take a batch."""


class _Checking(_Pieces):
    """Looks at everything and changes nothing."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange
        self._roster: Roster | None = exchange.find_roster()
        self.giver_name = ""

    def roster(self, data: bytes) -> None:
        offered = self._exchange.check_roster(data)
        if self._roster is None or offered.number > self._roster.number:
            self._roster = offered

    def batch(self, data: bytes) -> None:
        open_batch(data)

    def end(self, signed: bytes, signature: bytes) -> None:
        """Check who gives it and that they signed all of it.

        Raises:
            UserError: ``sync.no_roster``, ``sync.unknown_desk``, ``sync.revoked_desk``, ``bundle.not_genuine``.
        """
        if self._roster is None:
            raise UserError("sync.no_roster")
        giver = self._roster.get_valid(self.header.giver if self.header else "", self._exchange.clock.now())
        if not is_signed(giver.public_key, signature, signed):
            raise UserError("bundle.not_genuine")
        self.giver_name = giver.name


class _Taking(_Pieces):
    """Takes everything, each piece in a transaction of its own."""

    def __init__(self, exchange: Exchange, vault: Vault) -> None:
        super().__init__()
        self._exchange, self._vault = exchange, vault
        self._outcomes: list[Outcome] = []
        self._entries = self._papers = 0

    def roster(self, data: bytes) -> None:
        self._exchange.take_roster(data)

    def statement(self, statement: Statement) -> None:
        if self.header is not None:
            self._exchange.acknowledge(self.header.giver, statement.chains, is_whole=True)
            self._exchange.note_lacking(self.header.giver, statement.lacks)

    def paper(self, paper: Paper, content: bytes) -> None:
        if not self._vault.holds(paper.sha256):
            self._vault.put([content])
            self._papers += 1

    def batch(self, data: bytes) -> None:
        try:
            taken = self._exchange.take(data)
        except UserError:
            return  # of a desk that was revoked since, or is not on the list: it delays only itself
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


def _papers_for(connection: Connection, holder: str) -> list[str]:
    """Return the papers that the entries speak of which a holder lacks."""
    entry, version = tables.entry.c, documents.document_version.c
    named = select(version.sha256).join(tables.entry, entry.position == version.position)
    found: list[str] = []
    for one in list_unsent(connection, holder):
        same = (entry.desk == one.desk, entry.epoch == one.epoch, entry.seq > one.acknowledged)
        found += connection.execute(named.where(*same)).scalars()
    return found


def _seal(reading: Reading, stream: BinaryIO, recipient: str) -> None:
    import pyrage

    pyrage.encrypt_io(reading, stream, [pyrage.x25519.Recipient.from_str(recipient)])


def _read(path: Path, identity: str, writing: Writing) -> None:
    """Open a bundle and give its pieces on.

    Raises:
        UserError: ``bundle.not_for_us``.
        EnvironmentFailure: ``bundle.damaged``, ``bundle.unreadable``.
    """
    import pyrage

    try:
        with path.open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                raise EnvironmentFailure("bundle.damaged")
            pyrage.decrypt_io(stream, writing, [pyrage.x25519.Identity.from_str(identity)])
    except AppError:
        raise
    except pyrage.DecryptError as exc:
        is_for_another = "matching" in str(exc).lower()
        raise (UserError("bundle.not_for_us") if is_for_another else EnvironmentFailure("bundle.damaged")) from exc
    except FileNotFoundError as exc:
        raise UserError("cli.no_such_file", file=path.name) from exc
    except OSError as exc:
        raise EnvironmentFailure("bundle.damaged") from exc
    if not writing.is_whole:
        raise EnvironmentFailure("bundle.damaged")


def _decode(data: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise EnvironmentFailure("bundle.damaged") from exc
