"""Real desks that a province knows."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from counter_app.bootstrap import FirstClerk, OpenCounter, init_desk, opened
from counter_app.core.clock import Clock
from counter_app.core.paths import DataFolder
from counter_app.domain.document import Document, DocumentContent
from counter_app.domain.dossier import Outcome
from counter_app.domain.unit import Slice
from counter_app.journal.entries import DocumentAttached
from counter_app.province.enrolment_files import VALID_FOR, make_enrolment_file
from counter_app.province.service import Province
from counter_app.services.document_places import document_of
from counter_app.services.enrolling import Invitation, fetch_invitation
from counter_app.services.open_desk import read_local, write_local
from counter_app.sync.https_line import LineIdentity
from counter_app.sync.roster import DeskKind
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form
from tests.fakes.exchanging import ADMIN, hall_folder, hall_unit
from tests.fakes.province import UNIT, next_slice


@contextmanager
def at(folder: DataFolder, clock: Clock | None = None) -> Iterator[OpenCounter]:
    with opened(folder, passphrase=PASSPHRASE, clock=clock or DeskClock()) as made:
        made.counter.session.act_as(ADMIN)
        yield made


def enrol(made: OpenCounter, province: Province, unit_code: str) -> None:
    """Let the province admit a desk that was made without it, with the numbers that it has."""
    unit = msgspec.structs.replace(hall_unit(), code=unit_code)
    numbers = made.desk.desk.number_slice
    code = province.invite(unit=unit, kind=DeskKind.DESK, name="Quầy", number_slice=numbers)
    made.counter.province_line.enrolling.enrol(fetch_invitation(province.url, code))


@contextmanager
def enrolled(
    root: Path, province: Province, unit_code: str, *, count: int = 2, clocks: Sequence[Clock | None] = ()
) -> Iterator[list[OpenCounter]]:
    """Give open desks below `root` whom the province knows as those of one unit."""
    with ExitStack() as stack:
        made = [
            stack.enter_context(at(hall_folder(root / str(number), number), clock))
            for number, clock in enumerate(clocks or [None] * count, start=1)
        ]
        for one in made:
            enrol(one, province, unit_code)
        yield made


def enrolment(province: Province, path: Path, *, numbers: Slice | None = None) -> str:
    """Write the enrolment file of a new desk and return the code in it."""
    code = province.invite(
        unit=UNIT, kind=DeskKind.DESK, name="Quầy xa", number_slice=numbers or next_slice(), valid_for=VALID_FOR
    )
    path.write_bytes(make_enrolment_file(province, code))
    return code


def made_from(invitation: Invitation, root: Path) -> DataFolder:
    """Return the closed desk of an enrolment file, which knows no line."""
    folder = DataFolder(root / "desk", state_root=root / "state")
    init_desk(
        folder,
        passphrase=PASSPHRASE,
        unit=invitation.enrolment.unit,
        desk_name=invitation.enrolment.desk_name,
        number_slice=invitation.enrolment.number_slice,
        administrator=FirstClerk(login=ADMIN, full_name="Đỗ Thị Xa", password="mật khẩu thử nghiệm"),
        clock=DeskClock(),
        invitation=invitation,
    )
    return folder


def receive(made: OpenCounter, number: int = 0) -> str:
    return made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def put_paper(made: OpenCounter, code: str, content: bytes) -> Document:
    """Put a file to a dossier as scanning does at its end."""
    dossier = made.counter.lookup.get_dossier(code).dossier
    blob = made.desk.vault.put([content])
    document = document_of(dossier, 1, DocumentContent(sha256=blob.sha256, size_bytes=blob.size_bytes, pages=1))
    made.counter.digitising.append([(DocumentAttached(document=document), dossier.id)])
    return document


def is_sound(made: OpenCounter) -> bool:
    return made.counter.verification.verify().is_sound


def go_by(made: OpenCounter, url: str) -> None:
    """Let a desk reach the province by another address."""
    with made.desk.store.writing() as connection:
        identity = msgspec.msgpack.decode(read_local(connection, "line") or b"", type=LineIdentity)
        write_local(connection, "line", msgspec.msgpack.encode(msgspec.structs.replace(identity, url=url)))
