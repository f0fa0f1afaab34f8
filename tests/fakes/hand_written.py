"""A desk of the hall whose journal a test writes by hand, entry by entry, with the desk's own key."""

import msgspec
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter
from counter_app.core.ids import new_id
from counter_app.domain.dossier_code import epoch_part
from counter_app.domain.unit import Desk, Slice
from counter_app.journal.chain import GENESIS, Signer
from counter_app.journal.entries import (
    Body,
    DeskEnrolled,
    DossierReceived,
    Entry,
    EpochStarted,
    decode_body,
    encode_body,
)
from counter_app.journal.journal import make_entry
from counter_app.store.tables import journal
from counter_app.sync.batch import seal
from counter_app.sync.roster import DeskKind, RosterDesk, sign_roster
from tests.fakes.exchanging import PROVINCE_SIGNER, exchange_of, hall_unit, roster_of

SLICE = Slice(9_000, 9_999)
_START_AT = 1_600_000_000_000 << 16


class HandWritten:
    """`slice_` is what it says of itself; the province gave it `SLICE`."""

    def __init__(self, slice_: Slice = SLICE) -> None:
        self._signer, _secret = Signer.generate()
        self._at = _START_AT
        self.id = new_id()
        self.slice = slice_
        self.chains: dict[int, list[Entry]] = {}

    def write(self, body: Body, subject: str, *, epoch: int = 1) -> Entry:
        chain = self.chains.setdefault(epoch, [])
        self._at += 1 << 16
        header = (new_id(), self.id, epoch, len(chain) + 1, self._at, "x", body.KIND, body.VERSION, subject)
        chain.append(make_entry(header, body=encode_body(body), prev_hash=chain[-1].hash if chain else GENESIS))
        return chain[-1]

    def come_into_service(self) -> Entry:
        desk = Desk(
            id=self.id,
            unit_code=hall_unit().code,
            name="Quầy viết tay",
            number_slice=self.slice,
            public_key=self._signer.public_key,
        )
        return self.write(DeskEnrolled(unit=hall_unit(), desk=desk, part=Slice(9_000, 9_499)), self.id)

    def begin(self, epoch: int, after: Entry | None) -> Entry:
        part = epoch_part(SLICE, epoch)
        assert part is not None
        body = EpochStarted(
            desk_id=self.id,
            epoch=epoch,
            part=part,
            reason="restored",
            previous_seq=after.seq if after else 0,
            previous_hash=after.hash if after else b"",
        )
        return self.write(body, self.id, epoch=epoch)

    def receive(self, like: DossierReceived, number: int, *, epoch: int = 1, dossier_id: str = "") -> Entry:
        """Receive a dossier under a number of the day."""
        code = f"{like.dossier.code[:-4]}{number:04d}"
        dossier = msgspec.structs.replace(like.dossier, id=dossier_id or new_id(), code=code)
        body = msgspec.structs.replace(like, dossier=dossier, number=number, prints=())
        return self.write(body, dossier.id, epoch=epoch)

    def batch(self, epoch: int = 1, *, start: int = 0, end: int | None = None) -> bytes:
        """Return entries as they travel, all of an epoch or some by their place."""
        return seal(self.chains[epoch][start:end], self._signer.sign).data

    def introduce(self, *desks: OpenCounter) -> None:
        """Let the province name it, and these desks, to each of them."""
        roster = roster_of(*desks, number=9)
        own = RosterDesk(
            desk_id=self.id,
            unit_code=hall_unit().code,
            name="Quầy viết tay",
            kind=DeskKind.DESK,
            public_key=self._signer.public_key,
            number_slice=SLICE,
            recipient=roster.desks[0].recipient,
        )
        data = sign_roster(msgspec.structs.replace(roster, desks=(*roster.desks, own)), PROVINCE_SIGNER.sign)
        for made in desks:
            exchange_of(made).take_roster(data)


def last_intake_of(made: OpenCounter) -> DossierReceived:
    """Return what the last intake in a store says."""
    of_intakes = select(journal.entry).where(journal.entry.c.kind == DossierReceived.KIND)
    with made.desk.store.reading() as connection:
        row = connection.execute(of_intakes.order_by(journal.entry.c.position.desc())).first()
    assert row is not None
    body = decode_body(row.kind, row.version, row.body)
    assert isinstance(body, DossierReceived)
    return body
