"""A desk that receives, a desk of another unit that decides, and the province between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.domain.dossier import Outcome
from counter_app.province.concerned import ConcernedTelling, Told
from counter_app.province.enrolment_files import VALID_FOR, make_enrolment_file
from counter_app.province.service import Province
from counter_app.services.answers.documents import NamedFile
from counter_app.services.enrolling import read_invitation
from counter_app.sync.roster import DeskKind
from tests.fakes.desks import DeskClock, a_form
from tests.fakes.exchanging import hall_folder
from tests.fakes.province import OTHER_UNIT, UNIT, empty, next_slice
from tests.fakes.province_desks import at, enrol, made_from
from tests.fakes.written_pdf import written_pdf


class Place(NamedTuple):
    """The two desks, the province, and what it does now and then."""

    receiving: OpenCounter
    deciding: OpenCounter
    province: Province
    clock: DeskClock

    def tell(self) -> Told:
        """Let the province put on feeds what is due."""
        return ConcernedTelling(self.province).tell()

    def carry(self) -> Told:
        """Bring what either side wrote to the other one."""
        for made in (self.receiving, self.deciding):
            made.counter.province_line.exchange()
        told = self.tell()
        for made in (self.receiving, self.deciding):
            made.counter.province_line.exchange()
        return told

    def receive(self, number: int = 1, *, competent: str = OTHER_UNIT.code, with_paper: bool = False) -> str:
        """Receive a dossier that the other unit decides, with a digitised paper of one page; returns its code."""
        form = msgspec.structs.replace(a_form(number), competent_unit_code=competent)
        code = self.receiving.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code
        if with_paper:
            paper = NamedFile(name="don.pdf", data=written_pdf(f"Đơn {number}"))
            self.receiving.counter.digitising.attach([paper], code)
        return code


@contextmanager
def concerned_place(root: Path, served: Province) -> Iterator[Place]:
    """Give two desks below `root`; the province has not admitted the one that decides before its first exchange."""
    clock = DeskClock()
    empty(served)
    province = msgspec.structs.replace(served, clock=clock)
    with at(hall_folder(root / "a", 1), clock) as receiving:
        enrol(receiving, province, UNIT.code)
        receiving.counter.units.save(OTHER_UNIT)
        file = root / "enrolment"
        code = province.invite(
            unit=OTHER_UNIT, kind=DeskKind.DESK, name="Quầy kia", number_slice=next_slice(), valid_for=VALID_FOR
        )
        file.write_bytes(make_enrolment_file(province, code))
        with at(made_from(read_invitation(file), root), clock) as deciding:
            yield Place(receiving, deciding, province, clock)
