"""Backup while the desk works, and the desk made anew from it on another machine."""

from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.services.desk_backup import back_up, restore
from counter_app.store.keys import read_key_file
from tests.fakes.desks import PASSPHRASE, a_form, at_work, digest_of, sample_desk


def backed_up(made: OpenCounter, to: Path, recovery: str | None = None) -> None:
    back_up(made.desk, to, passphrase=PASSPHRASE, recovery=recovery)


def test_a_desk_is_put_back_elsewhere_whole_and_gives_no_number_twice(tmp_path: Path) -> None:
    folder, to = sample_desk(tmp_path / "old"), tmp_path / "stick"
    (folder.wording).mkdir()
    (folder.wording / "own.toml").write_text("x = 1\n")
    with at_work(folder) as made:
        paper = made.desk.vault.put([b"a digitised paper"])
        made.counter.intake.receive(a_form(1), Outcome.ACCEPTED)
        first = back_up(made.desk, to, passphrase=PASSPHRASE, recovery=None)
        again = back_up(made.desk, to, passphrase=PASSPHRASE, recovery=None)
        lost = made.counter.intake.receive(a_form(2), Outcome.ACCEPTED).dossier.code
    assert (first.copied, again.copied) == (1, 0)
    assert "Tưởng".encode() not in (to / "counter.db").read_bytes()

    new = DataFolder(tmp_path / "new", state_root=tmp_path / "new-state")
    report = restore(to, new, passphrase=PASSPHRASE)

    assert report.entries == first.entries
    assert (new.wording / "own.toml").read_text() == "x = 1\n"
    for number in (3, 4):
        with at_work(new) as made:
            assert made.counter.verification.verify().is_sound
            assert made.desk.vault.get(paper.sha256) == b"a digitised paper"
            assert made.desk.journal.epoch == 2
            assert made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code != lost
    with pytest.raises(AppError, match=r"store\.exists"):
        restore(to, new, passphrase=PASSPHRASE)


def test_a_backup_that_is_damaged_makes_no_desk(tmp_path: Path) -> None:
    folder, to = sample_desk(tmp_path / "old"), tmp_path / "stick"
    with at_work(folder) as made:
        backed_up(made, to)
    data = bytearray((to / "counter.db").read_bytes())
    data[len(data) // 2] ^= 1
    (to / "counter.db").write_bytes(data)
    new = DataFolder(tmp_path / "new", state_root=tmp_path / "new-state")

    with pytest.raises(AppError):
        restore(to, new, passphrase=PASSPHRASE)
    with pytest.raises(AppError, match=r"store\.wrong_passphrase"):
        restore(to, new, passphrase="another pass phrase")

    assert not new.keys.exists()
    assert not new.store.exists()


def test_a_backup_lies_elsewhere_and_is_of_one_desk(tmp_path: Path) -> None:
    folder, to = sample_desk(tmp_path / "own"), tmp_path / "stick"
    with at_work(folder) as made:
        with pytest.raises(AppError, match=r"backup\.inside"):
            backed_up(made, folder.root / "copy")
        to.mkdir()
        (to / "keys.json").write_bytes(
            msgspec.json.encode(msgspec.structs.replace(read_key_file(folder.keys), store_id="another desk's"))
        )
        before = digest_of(to)
        with pytest.raises(AppError, match=r"backup\.other_desk"):
            backed_up(made, to)
    assert digest_of(to) == before
