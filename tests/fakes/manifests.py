"""Manifests between a sample desk and a post office that shares no line with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counter_app.bootstrap import FirstClerk, OpenCounter, init_desk, opened
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.domain.manifest import ManifestKind
from counter_app.domain.unit import Slice, Unit, UnitLevel
from counter_app.journal.rebuild import derived_digest
from counter_app.services.answers.manifests import ManifestView, NewManifest
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form

POST = "Bưu điện trung tâm tỉnh Mẫu"


@contextmanager
def post_office(root: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    """A desk of another unit with a store of its own; its clerk acts."""
    folder = DataFolder(root / "post", state_root=root / "post-state")
    init_desk(
        folder,
        passphrase=PASSPHRASE,
        unit=Unit(code="H99.90", name="Bưu điện Mẫu", level=UnitLevel.POST),
        desk_name="Quầy bưu chính",
        number_slice=Slice(1, 500),
        administrator=FirstClerk(login="buu", full_name="Phan Thị Thư", password="mật khẩu thử nghiệm"),
        clock=clock,
    )
    with opened(folder, passphrase=PASSPHRASE, clock=clock) as made:
        made.counter.session.act_as()
        yield made


def receive(desk: OpenCounter, count: int = 1, outcome: Outcome = Outcome.ACCEPTED) -> list[str]:
    """Return the codes of so many new dossiers."""
    return [desk.counter.intake.receive(a_form(number), outcome).dossier.code for number in range(count)]


def listed(desk: OpenCounter, codes: list[str], *, kind: ManifestKind = ManifestKind.PAPERS) -> str:
    """Return the code of an open manifest with these dossiers."""
    code = desk.counter.custody.begin(NewManifest(receiver=POST, kind=kind, bag="T-07")).manifest.code
    desk.counter.custody.add(code, codes)
    return code


def handed_over(desk: OpenCounter, codes: list[str], *, kind: ManifestKind = ManifestKind.PAPERS) -> ManifestView:
    """Return a manifest that was closed with these dossiers."""
    return desk.counter.custody.close(listed(desk, codes, kind=kind), seal="NP 004512")


def holder(desk: OpenCounter, code: str) -> str:
    """Return who has the paper."""
    return desk.counter.lookup.get_dossier(code).state.holder


def is_whole(desk: OpenCounter) -> bool:
    """Whether the journal is sound and a rebuild gives every row again."""
    with desk.desk.store.reading() as connection:
        before = derived_digest(connection)
    sound = desk.counter.verification.verify().is_sound
    desk.counter.verification.rebuild()
    with desk.desk.store.reading() as connection:
        return sound and derived_digest(connection) == before
