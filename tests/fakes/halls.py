"""A hall that answers on this machine, admitted by a province of which only the keys are here."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.unit import Slice, Unit
from counter_app.hall.keeping import HallFacts, Keeping
from counter_app.hall.making import fill_hall
from counter_app.hall.running import answering
from counter_app.hall.upward import Upward
from counter_app.journal.chain import Signer
from counter_app.province.authority import Authority, open_authority
from counter_app.province.service import Province
from counter_app.services.open_desk import write_local
from counter_app.store.store import Store
from counter_app.sync.enrolling import make_line_key
from counter_app.sync.https_line import HttpsLine, LineIdentity, hall_name
from counter_app.sync.https_service import HttpsService
from counter_app.sync.portal_answers import PortalAnswer, sign_portal_answer
from counter_app.sync.ports import Acknowledgement, FeedKind
from counter_app.sync.roster import DeskKind, Receipt, Roster, RosterDesk, RosterHall, sign_receipt, sign_roster
from tests.fakes.desks import START, DeskClock
from tests.fakes.exchanging import exchange_of, hall_unit
from tests.fakes.province import RemoteDesk

#: Nobody listens there: the outside line is cut.
NOWHERE = "https://127.0.0.1:9"
UNIT = hall_unit().code
_NO_NUMBERS = Slice(1, 1)


@dataclass(kw_only=True)
class Invited:
    """What a province knows: its keys, and who is on the unit's roster."""

    folder: Path
    hall_id: str = field(default_factory=new_id)
    desks: list[RosterDesk] = field(default_factory=list)
    number: int = 0
    hall_revoked: bool = False
    replaced: list[str] = field(default_factory=list)

    @cached_property
    def authority(self) -> Authority:
        self.folder.mkdir(parents=True, exist_ok=True)
        return open_authority(self.folder)

    def roster(self) -> bytes:
        """Return the next roster, signed."""
        self.number += 1
        revoked_at = START if self.hall_revoked else None
        hall = RosterHall(hall_id=self.hall_id, unit_code=UNIT, name="Trung tâm", revoked_at=revoked_at)
        replaced = tuple(RosterHall(hall_id=one, unit_code=UNIT, name="Trung tâm cũ") for one in self.replaced)
        roster = Roster(
            number=self.number,
            issued_at=START,
            desks=tuple(self.desks),
            halls=(*replaced, hall),
            recipient=self.authority.recipient,
        )
        return sign_roster(roster, self.authority.signer.sign)

    def receipt(self, chains: Sequence[Acknowledgement], *, minutes: int = 1, unit: str = UNIT) -> bytes:
        """Return what the province says it holds, signed."""
        at = START + timedelta(minutes=minutes)
        receipt = Receipt(unit_code=unit, issued_at=at, chains=tuple(chains))
        return sign_receipt(receipt, self.authority.signer.sign)

    def portal_answer(self, dossier_id: str) -> bytes:
        """Return what the national portal is said to have answered, signed."""
        answer = PortalAnswer(dossier_id=dossier_id, at=START, covers=())
        return sign_portal_answer(answer, self.authority.signer.sign)

    def list_desk(self, desk_id: str, public_key: bytes, recipient: str = "", *, numbers: Slice = _NO_NUMBERS) -> None:
        self.desks.append(
            RosterDesk(
                desk_id=desk_id,
                unit_code=UNIT,
                name=f"Quầy {len(self.desks) + 1}",
                kind=DeskKind.DESK,
                public_key=public_key,
                number_slice=numbers,
                recipient=recipient,
            )
        )

    def revoke(self, desk_id: str) -> None:
        self.desks = [
            msgspec.structs.replace(desk, revoked_at=START) if desk.desk_id == desk_id else desk for desk in self.desks
        ]

    def identity(self, desk_id: str, url: str = NOWHERE) -> LineIdentity:
        key, request = make_line_key()
        certificate = self.authority.certify_desk(request, desk_id)
        return LineIdentity(url=url, authority=self.authority.pem, certificate=certificate, key=key)

    def remote(self, *, listed: bool = True) -> RemoteDesk:
        """Return a desk that is only a key and a certificate."""
        signer, desk_id = Signer(Signer.generate()[1]), new_id()
        if listed:
            self.list_desk(desk_id, signer.public_key)
        return RemoteDesk(desk_id, signer, self.identity(desk_id))

    def admit(self, *made: OpenCounter) -> None:
        """Put open desks on the roster, the line to the province cut."""
        for one in made:
            desk = one.desk.desk
            recipient = exchange_of(one).own_recipient()
            self.list_desk(desk.id, desk.public_key, recipient, numbers=desk.number_slice)
        roster = self.roster()
        for one in made:
            exchange_of(one).trust_province(self.authority.signer.public_key)
            exchange_of(one).take_roster(roster)
            with one.desk.store.writing() as connection:
                write_local(connection, "line", msgspec.msgpack.encode(self.identity(one.desk.desk.id)))

    def facts(self, url: str = NOWHERE) -> HallFacts:
        key, request = make_line_key()
        certificate = self.authority.certify_hall(request, self.hall_id)
        identity = LineIdentity(url=url, authority=self.authority.pem, certificate=certificate, key=key)
        return HallFacts(
            hall_id=self.hall_id,
            name="Trung tâm",
            unit_code=UNIT,
            unit_name=hall_unit().name,
            province_key=self.authority.signer.public_key,
            identity=msgspec.msgpack.encode(identity),
        )


@dataclass(frozen=True)
class RunningHall:
    """A hall's address and what it keeps."""

    url: str
    keeping: Keeping
    server: HttpsService

    def line_of(self, desk: RemoteDesk, hall_id: str) -> RemoteDesk:
        """Return a desk whose line leads to this hall."""
        identity = msgspec.structs.replace(desk.identity, url=self.url, server_name=hall_name(hall_id))
        return RemoteDesk(desk.id, desk.signer, identity)


def hall_of(province: Province, hall: RemoteDesk, root: Path, *, unit: Unit, url: str = "") -> DataFolder:
    """Make the file of a hall that a province has admitted; `url` is another way there than the province's own."""
    with hall.line() as line:
        roster = [item.data for item in line.pull(0) if item.kind == FeedKind.ROSTER][-1]
    facts = HallFacts(
        hall_id=hall.id,
        name="Trung tâm",
        unit_code=unit.code,
        unit_name=unit.name,
        province_key=province.authority.signer.public_key,
        identity=msgspec.msgpack.encode(msgspec.structs.replace(hall.identity, url=url or hall.identity.url)),
    )
    folder = DataFolder(root / "hall", state_root=root / "state")
    folder.create()
    fill_hall(folder, bytes(32), facts, roster, DeskClock())
    return folder


def carry_up(folder: DataFolder) -> str:
    """Exchange with the province once, as a hall that has just begun; returns the code of what it ended with."""
    keeping = Keeping(Store(folder.store, bytes(32)), DeskClock(), most_bytes=1 << 30)
    try:
        Upward(keeping).exchange_once()
    except AppError as error:
        return error.code
    finally:
        keeping.close()
    return ""


def make_store(root: Path, invited: Invited) -> DataFolder:
    """Make the file of a hall."""
    folder = DataFolder(root / "hall", state_root=root / "state")
    folder.create()
    fill_hall(folder, bytes(32), invited.facts(), invited.roster(), DeskClock())
    return folder


@contextmanager
def running_hall(
    folder: DataFolder, *, most_bytes: int = 1 << 30, papers_bytes: int = 1 << 30, listen: int = 0
) -> Iterator[RunningHall]:
    """Serve a hall of a made file; it has no way to the province."""
    keeping = Keeping(Store(folder.store, bytes(32)), DeskClock(), most_bytes=most_bytes, papers_bytes=papers_bytes)
    try:
        keeping.require_known()
        with answering(keeping, ("127.0.0.1", listen)) as (url, server, _upward):
            yield RunningHall(url, keeping, server)
    finally:
        keeping.close()


def codes_of(line: HttpsLine, method: str, path: str, data: bytes = b"") -> str:
    """Return what a request is refused by."""
    with pytest.raises(EnvironmentFailure) as caught:
        line.request(method, path, data)
    return str(caught.value.context.get("reason", caught.value.code))


def threads() -> set[str]:
    """Return the names of all threads that run."""
    return {thread.name for thread in threading.enumerate()}
