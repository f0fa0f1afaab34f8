"""What all scenarios share: a PostgreSQL, a proxy, desks that are enrolled already, and a process that forks them."""

import gc
import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from counter_app.bootstrap import FirstClerk, init_desk, open_counter
from counter_app.core.clock import SystemClock
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.domain.unit import Slice
from counter_app.hall import running as hall_running
from counter_app.hall.making import hall_folder, make_hall
from counter_app.province.running import administered
from counter_app.services import open_desk
from counter_app.services.enrolling import fetch_invitation
from counter_app.store.keys import load_key, read_key_file
from counter_app.sync import bundle, https_line
from counter_app.sync.roster import DeskKind
from tests.chaos.crew import Child, ChildEndedError, Wire
from tests.chaos.desk import DeskProcess, folder_below
from tests.chaos.hall import HallProcess, Lie
from tests.chaos.province import ProvinceDatabase, ProvincePapers, Tables, listeners, serve_province
from tests.chaos.proxy import Proxy
from tests.fakes.desks import PASSPHRASE, a_form
from tests.fakes.exchanging import ADMIN, hall_unit

DESKS = 3
#: The proxy's lines: each desk's to the province, the hall's to the province, each desk's to the hall.
HALL_LINE = DESKS
TO_HALL = HALL_LINE + 1
LoadKey = Callable[..., bytes]
_LOADED = (bundle, https_line)  # what a child would load at its first exchange

_LOADED_TO_SCAN = ("cv2", "pikepdf", "counter_app.scanning.batch", "counter_app.scanning.reading")


class World:
    """Closed desks to copy, the province's rows to put back, and how each process is made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = ProvinceDatabase(root / "postgresql")
        self.papers = ProvincePapers(root / "province" / "papers")
        ports = listeners(TO_HALL + DESKS)
        self.proxy = Child(lambda wire: Proxy(ports, wire).run())
        self._urls = [f"https://127.0.0.1:{port.getsockname()[1]}" for port in ports]
        for port in ports:
            port.close()  # the proxy has them
        remembering = _remembering(load_key)
        for module in (open_desk, hall_running):
            module.load_key = remembering  # type: ignore[attr-defined]
        province, _port = self.start_province()
        maker = Child(self._make_desks)
        self.ids: list[str] = list(maker.answers())[-1]["ids"]
        maker.kill()
        province.kill()
        self._warm_up()
        self.beginning: Tables = self.database.back_up()

    def template(self, place: int) -> Path:
        """Return the disk of an enrolled desk as it was before the first day."""
        return self.root / "templates" / str(place)

    @property
    def hall_template(self) -> DataFolder:
        """Return the data folder of an admitted hall that has carried nothing yet."""
        root = self.template(DESKS)
        return DataFolder(root / "pc", state_root=root / "state")

    def start_province(self) -> tuple[Child, int]:
        """Return a province that answers, behind the proxy."""
        child = Child(partial(serve_province, self.root / "province", self.database.url))
        try:
            port = int(next(child.answers())["port"])
            self.proxy.ask({"lines": [*range(TO_HALL)], "target": port})
        except ChildEndedError:
            child.kill()
            raise
        return child, port

    def start_desk(self, root: Path, *, clock_minutes: int, seed: int, machine: str = "") -> Child:
        """Return a desk that is being opened; its first word says which entry is its last."""
        return Child(
            lambda wire: DeskProcess(root, wire, clock_minutes=clock_minutes, seed=seed, machine=machine).run()
        )

    def start_hall(self, root: Path, *, lie: Lie | None = None) -> Child:
        """Return a hall that answers desks, behind the proxy."""
        child = Child(lambda wire: HallProcess(wire, lie).run(DataFolder(root / "pc", state_root=root / "state")))
        try:
            port = int(next(child.answers())["port"])
        except ChildEndedError:
            child.kill()
            raise
        self.proxy.ask({"lines": [*range(TO_HALL, TO_HALL + DESKS)], "target": port})
        return child

    def close(self) -> None:
        """End what all scenarios share."""
        self.proxy.kill()
        self.database.stop()

    def _make_desks(self, wire: Wire) -> None:
        with administered(self.root / "province") as province:
            code = province.invite(unit=hall_unit(), kind=DeskKind.HALL, name="Trung tâm")
            invitation = fetch_invitation(self._urls[HALL_LINE], code)
            make_hall(self.hall_template, invitation, passphrase=PASSPHRASE, clock=SystemClock())
            for place in range(DESKS):
                numbers = Slice(place * 1_000 + 1, place * 1_000 + 999)
                code = province.invite(
                    unit=hall_unit(), kind=DeskKind.DESK, name=f"Quầy {place + 1}", number_slice=numbers
                )
                invitation = fetch_invitation(self._urls[place], code)
                init_desk(
                    folder_below(self.template(place)),
                    passphrase=PASSPHRASE,
                    unit=invitation.enrolment.unit,
                    desk_name=invitation.enrolment.desk_name,
                    number_slice=numbers,
                    administrator=FirstClerk(login=ADMIN, full_name="Đỗ Thị Quầy", password="mật khẩu thử nghiệm"),
                    invitation=invitation,
                )
        ids: dict[str, int] = {}
        for place in [*range(DESKS)] * 2:
            made = open_counter(folder_below(self.template(place)), passphrase=PASSPHRASE)
            made.settings.set("sync.hall_url", self._urls[TO_HALL + place])
            made.counter.province_line.exchange()
            ids[made.desk.desk.id] = place
            made.close()
        wire.say({"last": True, "ids": list(ids)})

    def _warm_up(self) -> None:
        """Load what a desk loads when it opens, receives and scans; nothing that starts threads of its own."""
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        for name in _LOADED_TO_SCAN:
            importlib.import_module(name)
        root = self.root / "warm"
        shutil.copytree(self.template(0), root)
        made = open_counter(folder_below(root), passphrase=PASSPHRASE)
        made.counter.session.act_as(ADMIN)
        made.counter.intake.receive(a_form(), Outcome.ACCEPTED)
        made.counter.verification.verify()
        made.close()
        derive: LoadKey = open_desk.load_key  # type: ignore[attr-defined]
        for place in range(DESKS):
            derive(folder_below(self.template(place)), passphrase=PASSPHRASE)
        derive(hall_folder(self.hall_template), passphrase=PASSPHRASE)
        gc.collect()
        gc.freeze()  # a fork shares what its collector never looks at


def _remembering(derive: LoadKey) -> LoadKey:
    """Derive each store's key once: a scenario is not about pass phrases, and deriving takes half a second."""
    keys: dict[str, bytes] = {}

    def load(folder: DataFolder, *, passphrase: str | None) -> bytes:
        store_id = read_key_file(folder.keys).store_id
        if store_id not in keys:
            keys[store_id] = derive(folder, passphrase=passphrase)
        return keys[store_id]

    return load


@contextmanager
def a_world() -> Iterator[World]:
    """Give it, in memory where the machine has a place for that."""
    place = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="counter-chaos-", dir=place if place.is_dir() else None))
    root.chmod(0o711)  # PostgreSQL's own user passes through
    try:
        world = World(root)
        try:
            yield world
        finally:
            world.close()
    finally:
        shutil.rmtree(root, ignore_errors=True)
