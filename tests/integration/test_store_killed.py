"""The program is killed at any instant: what a clerk was told is there, nothing is half there, no number comes twice.

Rounds: 200 here; more with the variable COUNTER_APP_TORTURE, which multiplies them.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from counter_app.bootstrap import opened
from counter_app.core.paths import DataFolder
from counter_app.store.keys import load_key
from counter_app.store.store import Store
from tests.fakes.desks import PASSPHRASE, at_work, sample_desk

pytestmark = pytest.mark.slow

ROUNDS = int(200 * float(os.environ.get("COUNTER_APP_TORTURE", "1")))

# One process prepares everything; each round is a fork of it, so that a round costs no start of Python and no key
# derivation. The key is handed over in memory; the store is opened afresh by every child.
RECEIVER = """
import os, sys, signal
from datetime import timedelta
from pathlib import Path
from counter_app.bootstrap import open_counter
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.services import open_desk
from tests.fakes.desks import DeskClock, PASSPHRASE, START, a_form

root = Path(sys.argv[1])
folder = DataFolder(root / "desk", state_root=root / "state")
key = open_desk.load_key(folder, passphrase=PASSPHRASE)
open_desk.load_key = lambda folder, passphrase: key
number = 0
warm = open_counter(folder, passphrase=PASSPHRASE, clock=DeskClock())  # loads what a first intake loads
warm.counter.session.act_as("mai")
warm.counter.intake.receive(a_form(number), Outcome.ACCEPTED)
warm.close()
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        # A day has so many numbers; a fast machine would use them up in the middle of the rounds.
        today = DeskClock(START + timedelta(days=int(line) // 20))
        made = open_counter(folder, passphrase=PASSPHRASE, clock=today)
        made.counter.session.act_as("mai")
        print("open", os.getpid(), flush=True)
        while True:
            number += 1
            code = made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code
            print("code", code, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks to be quick")
def test_killed_at_any_instant_nothing_acknowledged_is_lost_and_no_number_comes_twice(tmp_path: Path) -> None:
    desk = sample_desk(tmp_path)
    dice = random.Random(20261123)
    acknowledged: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", RECEIVER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as receiver:
        assert receiver.stdin is not None
        assert receiver.stdout is not None
        for number in range(ROUNDS):
            receiver.stdin.write(f"{number}\n")
            receiver.stdin.flush()
            word, child = receiver.stdout.readline().split()
            assert word == "open"
            time.sleep(dice.uniform(0, 0.15))  # the random instant itself, nothing is waited for
            os.kill(int(child), signal.SIGKILL)
            # A kill can fall into the printing of a code: what has no line of its own was not acknowledged.
            while not (line := receiver.stdout.readline()).endswith("dead\n"):
                assert line, "the receiver ended by itself"
                acknowledged.append(line.split()[1])
    assert receiver.returncode == 0

    store = Store(desk.store, load_key(desk, passphrase=PASSPHRASE))
    with store.reading() as connection:
        codes = connection.execute(text("SELECT code FROM dossier")).scalars().all()
        jobs = connection.execute(text("SELECT count(*) FROM print_job JOIN print_run ON job_id = id")).scalar()
    store.close()
    assert len(acknowledged) > ROUNDS
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(codes)
    assert jobs == len(codes) == len(set(codes))
    with at_work(desk) as made:
        report = made.counter.verification.verify()
        assert report.findings == ()
        with made.desk.store.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM epoch")).scalar() == 1


def test_killed_while_enrolling_the_desk_can_be_made_by_a_next_try_or_is_whole(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from counter_app.core.paths import DataFolder
from counter_app.services.open_desk import create_desk
from counter_app.services.sample_data import DESK_NAME, NUMBER_SLICE, OWN_UNIT
from tests.fakes.desks import DeskClock, PASSPHRASE
root = Path(sys.argv[1])
print("go", flush=True)
create_desk(DataFolder(root / "desk", state_root=root / "state"), passphrase=PASSPHRASE, unit=OWN_UNIT,
            desk_name=DESK_NAME, number_slice=NUMBER_SLICE, clock=DeskClock())
"""
    dice = random.Random(7)
    for number in range(3):
        root = tmp_path / str(number)
        with subprocess.Popen([sys.executable, "-c", program, str(root)], stdout=subprocess.PIPE) as first:
            assert first.stdout is not None
            first.stdout.readline()
            time.sleep(dice.uniform(0.1, 0.7))  # the random instant itself
            first.kill()
        again = subprocess.run(
            [sys.executable, "-c", program, str(root)], capture_output=True, text=True, timeout=60, check=False
        )
        made_before = "store.exists" in again.stderr
        assert again.returncode == 0 or made_before, again.stderr
        with opened(DataFolder(root / "desk", state_root=root / "state"), passphrase=PASSPHRASE) as made:
            assert made.counter.verification.verify().is_sound
