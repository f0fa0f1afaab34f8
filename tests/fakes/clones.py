"""Desks whose disk was copied: several machines that write one desk's journal."""

import shutil
from pathlib import Path

from counter_app.bootstrap import OpenCounter
from counter_app.core.paths import DataFolder
from counter_app.province.service import Province
from tests.fakes.exchanging import picture_of
from tests.fakes.province_desks import at, enrol, is_sound, receive


def copy_of(folder: DataFolder, root: Path) -> DataFolder:
    """Return a clone, with the note of how far it has come."""
    shutil.copytree(folder.root.parent, root)
    return DataFolder(root / "desk", state_root=root / "state")


def carry(giver: OpenCounter, receiver: OpenCounter, path: Path) -> None:
    """Let one desk write a stick for another, and the other take it."""
    giver.counter.bundles.export(path, to=receiver.desk.desk.id)
    receiver.counter.bundles.take(path)


def two_of(folder: DataFolder, root: Path, province: Province, unit_code: str) -> DataFolder:
    """Let the province admit a desk, and return its clone; neither has written anything since."""
    with at(folder) as made:
        enrol(made, province, unit_code)
        made.counter.province_line.exchange()
    return copy_of(folder, root / "clone")


def three_of(folder: DataFolder, root: Path, province: Province, *, unsent: int) -> tuple[DataFolder, DataFolder]:
    """Return two clones of a desk that has made a stick once; the desk itself wrote on, and the province has that."""
    with at(folder) as made:
        enrol(made, province, "H99.33")
        receive(made)
        made.counter.province_line.exchange()
        for number in range(unsent):
            receive(made, 1 + number)
        made.counter.bundles.export(root / "once.bundle")
    clones = copy_of(folder, root / "one"), copy_of(folder, root / "two")
    with at(folder) as made:
        receive(made, 5)
        made.counter.province_line.exchange()
    return clones


def all_alike(*folders: DataFolder) -> bool:
    pictures = []
    for folder in (*folders, *folders):  # once for what each has, once for what it hears of the others
        with at(folder) as made:
            assert made.counter.province_line.exchange().forks == 0
    for folder in folders:
        with at(folder) as made:
            assert is_sound(made)
            pictures.append(picture_of(made))
    return all(picture == pictures[0] for picture in pictures)
