"""Whatever ends a hand-over in its middle, everything changed hands or nothing did."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.domain.manifest import ManifestState
from counter_app.journal.rebuild import derived_digest
from tests.fakes.desks import at_work, sample_desk
from tests.fakes.manifests import POST, holder, listed, receive


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as made:
        yield made


def test_store_that_refuses_in_the_middle_of_a_hand_over_keeps_nothing_of_it(desk: OpenCounter) -> None:
    codes = receive(desk, 20)
    manifest = listed(desk, codes)
    with desk.desk.store.writing() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER full_disk BEFORE UPDATE ON dossier WHEN new.code = "
                f"'{codes[15]}' BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        )
    with desk.desk.store.reading() as connection:
        before = derived_digest(connection)

    with pytest.raises(AppError):
        desk.counter.custody.close(manifest)

    with desk.desk.store.reading() as connection:
        assert derived_digest(connection) == before
    with desk.desk.store.writing() as connection:
        connection.execute(text("DROP TRIGGER full_disk"))
    assert desk.counter.verification.verify().is_sound
    desk.counter.custody.close(manifest)
    assert {holder(desk, code) for code in codes} == {POST}


CLOSER = """
import sys
from pathlib import Path
from counter_app.core.paths import DataFolder
from tests.fakes.desks import at_work

root, manifest = Path(sys.argv[1]), sys.argv[2]
with at_work(DataFolder(root / "desk", state_root=root / "state")) as made:
    print("open", flush=True)
    made.counter.custody.close(manifest)
    print("closed", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills at once")
def test_power_cut_while_closing_leaves_everything_handed_over_or_nothing(tmp_path: Path) -> None:
    folder, dice = sample_desk(tmp_path / "whole"), random.Random(20261128)
    with at_work(folder) as made:
        codes = receive(made, 60)
        manifest = listed(made, codes)
    rounds = int(6 * float(os.environ.get("COUNTER_APP_TORTURE", "1")))
    for number in range(rounds):
        root = tmp_path / f"round-{number}"
        shutil.copytree(tmp_path / "whole", root)
        command = [sys.executable, "-c", CLOSER, str(root), manifest]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as closer:
            assert closer.stdout is not None
            assert closer.stdout.readline() == "open\n"
            time.sleep(dice.uniform(0, 0.25))  # the random instant itself, nothing is waited for
            closer.send_signal(signal.SIGKILL)
            acknowledged = "closed" in closer.stdout.read()

        with at_work(DataFolder(root / "desk", state_root=root / "state")) as made:
            is_closed = made.counter.custody.get(manifest).state is ManifestState.CLOSED
            assert is_closed or not acknowledged
            assert {holder(made, code) for code in codes} == {POST if is_closed else made.desk.desk.name}
            assert made.counter.verification.verify().is_sound
