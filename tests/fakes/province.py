"""A province on this machine, with a real PostgreSQL and a real TLS service, and desks that push to it."""

import atexit
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from counter_app.core.ids import new_id
from counter_app.domain.unit import Slice, Unit
from counter_app.journal.chain import GENESIS, Signer
from counter_app.journal.entries import Entry, UnitSaved, encode_body
from counter_app.journal.journal import make_entry
from counter_app.province.postgres import PostgresServer
from counter_app.province.running import served
from counter_app.province.service import Province
from counter_app.sync.batch import Batch, seal
from counter_app.sync.enrolling import Admission, make_line_key
from counter_app.sync.https_line import HttpsLine, LineIdentity
from counter_app.sync.roster import DeskKind, EnrolmentClaim, sign_claim
from tests.fakes.desks import DeskClock

UNIT = Unit(code="H99.14", name="Ủy ban nhân dân xã Đồng Mẫu")
OTHER_UNIT = Unit(code="H99.15", name="Ủy ban nhân dân xã Suối Mẫu")
_START_AT = 1_795_000_000_000 << 16


def _make_folder() -> Path:
    places = (Path(place) for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"))
    place = next(place for place in places if all(one.stat().st_mode & 0o001 for one in (place, *place.parents)))
    folder = Path(tempfile.mkdtemp(prefix="counter-province-", dir=place))
    folder.chmod(0o711)
    return folder


@cache
def _template() -> Path:
    """Return a stopped, empty PostgreSQL: copying it takes a tenth of making one."""
    root = _make_folder()
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    made = PostgresServer(root / "postgresql", is_scratch=True)
    made.start()
    made.stop()
    return made.folder


@contextmanager
def province_folder() -> Iterator[Path]:
    """Give a folder that PostgreSQL's own user can pass, which pytest's are not."""
    folder = _make_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(
    folder: Path, *, database: str | None = None, papers: str = "", papers_keys: Path | None = None
) -> Iterator[Province]:
    """Give a province that answers until the body ends."""
    if database is None and not (folder / "postgresql").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", _template(), folder / "postgresql"], check=True)  # owners too
    with served(folder, listen=("127.0.0.1", 0), database=database, papers=papers, papers_keys=papers_keys) as (
        province,
        server,
    ):
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield province
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def served_province() -> Iterator[tuple[Province, Path]]:
    """Give a province that answers, with its folder."""
    with province_folder() as folder, serving(folder) as made:
        yield made, folder


def standing_still(province: Province) -> Province:
    """Return the same province by a clock that stands at the last full hour: no limit begins anew in a test."""
    hour = province.clock.now().replace(minute=0, second=0, microsecond=0)
    return msgspec.structs.replace(province, clock=DeskClock(hour))


def an_empty_database(province: Province) -> str:
    """Return the address of a new database beside a province's own: a PostgreSQL of its own takes seconds to make."""
    with province.database.transaction() as connection:
        host = connection.info.host
    name = f"beside_{new_id().lower()}"
    with psycopg.connect(f"postgresql://province@/postgres?host={host}", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"postgresql://province@/{name}?host={host}"


def empty(province: Province) -> None:
    """Forget every unit, and with it whatever hangs on one."""
    with province.database.transaction() as connection:
        connection.execute("TRUNCATE unit, chain, entry, waiting_batch, fork, dossier, put_back, replaced CASCADE")


@dataclass(frozen=True, slots=True)
class RemoteDesk:
    """A desk as the province knows it: its key, its certificate, a line; what it writes is made here."""

    id: str
    signer: Signer
    identity: LineIdentity

    @contextmanager
    def line(self) -> Iterator[HttpsLine]:
        """Give a line of its own."""
        line = HttpsLine(self.identity)
        try:
            yield line
        finally:
            line.close()

    def chain(self, length: int, *, epoch: int = 1, after: list[Entry] | None = None, name: str = "x") -> list[Entry]:
        """Return the first entries of an epoch; `after` is kept as the start of it."""
        entries = list(after or [])
        for seq in range(len(entries) + 1, length + 1):
            body = UnitSaved(unit=Unit(code=f"H99.{seq}", name=f"{name} {seq}"))
            header = (new_id(), self.id, epoch, seq, _START_AT + seq, "program", body.KIND, 1, "")
            prev_hash = entries[-1].hash if entries else GENESIS
            entries.append(make_entry(header, body=encode_body(body), prev_hash=prev_hash))
        return entries

    def seal(self, entries: list[Entry], size: int = 5) -> list[Batch]:
        """Return entries in batches of so many."""
        return [seal(entries[start : start + size], self.signer.sign) for start in range(0, len(entries), size)]


def admit(
    province: Province, *, unit: Unit = UNIT, name: str = "Quầy", code: str = "", kind: DeskKind = DeskKind.DESK
) -> RemoteDesk:
    """Return a new desk that the province has admitted, over the line and by a code."""
    signer, _secret = Signer.generate()
    code = code or province.invite(unit=unit, kind=kind, name=name, number_slice=next_slice())
    desk, _roster = claim_by(province, code, desk_id=new_id(), signer=signer)
    return desk


def claim_by(
    province: Province, code: str, *, desk_id: str, signer: Signer, recipient: str = ""
) -> tuple[RemoteDesk, bytes]:
    """Claim a code over the line under whatever name; returns the desk and the roster that it was given."""
    key, request = make_line_key()
    claim = EnrolmentClaim(
        code=code, desk_id=desk_id, public_key=signer.public_key, recipient=recipient, request=request
    )
    stranger = HttpsLine(LineIdentity(url=province.url, authority=province.authority.pem))
    try:
        answer = stranger.request("POST", "/claim", sign_claim(claim, signer.sign))
    finally:
        stranger.close()
    admission = msgspec.msgpack.decode(answer.data, type=Admission)
    identity = LineIdentity(
        url=province.url, authority=province.authority.pem, certificate=admission.certificate, key=key
    )
    return RemoteDesk(desk_id, signer, identity), admission.roster


def _slices() -> Callable[[], Slice]:
    numbers = iter(range(1, 10_000))
    return lambda: Slice(number := next(numbers), number)


next_slice = _slices()
"""Every desk of a test has a number of its own."""


def held(province: Province, desk: RemoteDesk, epoch: int = 1) -> list[bytes]:
    """Return the hashes of what the province stores of a chain, in order."""
    query = "SELECT seq, hash FROM entry WHERE desk = %s AND epoch = %s ORDER BY seq"
    with province.database.transaction() as connection:
        rows = connection.execute(query, (desk.id, epoch)).fetchall()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    return [bytes(row.hash) for row in rows]
