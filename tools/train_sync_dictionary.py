"""Train the dictionary that batches of entries are compressed with, from invented dossiers of the whole catalogue.

    python -m tools.train_sync_dictionary resources/sync/entries-2.zdict 2

A dictionary that was ever shipped is never changed: a new one gets the next number in `resources/sync/__init__.py`.
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import zstandard

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.unit import Role
from counter_app.journal.rebuild import iter_entries
from counter_app.services.answers.lists import DossierFilter
from counter_app.sync.codec import Record, texts_of

_PASSPHRASE = "cụm mật khẩu để học"
_DAYS = (date(2026, 3, 5), date(2026, 6, 16), date(2026, 10, 21), date(2027, 1, 12))
_DOSSIERS, _LIVED = 700, 200
_SIZE = 96 * 1024
_LIFE = (
    (Action.TRANSFER, ActionFacts(receiver="Phòng Văn hóa - Xã hội")),
    (
        Action.RESOLVE,
        ActionFacts(
            result_kind="Quyết định", result_number="12/QĐ-UBND", result_on=date(2026, 3, 6), signer_name="Chủ tịch"
        ),
    ),
    (Action.RESULT_ARRIVED, ActionFacts()),
    (Action.RETURN_RESULT, ActionFacts(channel=ResultChannel.DESK)),
)


class _Clock:
    def __init__(self, day: date) -> None:
        self._now = datetime(day.year, day.month, day.day, 2, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now


def main() -> None:
    """Write the dictionary."""
    target, number = Path(sys.argv[1]), int(sys.argv[2])
    samples: list[bytes | bytearray | memoryview] = [text for day in _DAYS for text in _texts(day)]
    trained = zstandard.train_dictionary(_SIZE, samples, dict_id=number, level=19, k=1024, d=8)
    target.write_bytes(trained.as_bytes())
    print(f"{target}: {target.stat().st_size} bytes from {len(samples)} entries")


def _texts(day: date) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root) / "desk", state_root=Path(root) / "state")
        init_sample_desk(folder, passphrase=_PASSPHRASE, dossiers=_DOSSIERS, clock=_Clock(day))
        with opened(folder, passphrase=_PASSPHRASE, clock=_Clock(day)) as made:
            _live(made)
            with made.desk.store.reading() as connection:
                for _position, entry in iter_entries(connection):
                    yield texts_of(
                        Record(entry.id, entry.at, entry.clerk, entry.kind, entry.version, entry.subject, entry.body)
                    )


def _live(made: OpenCounter) -> None:
    """Let dossiers go the usual way to the end."""
    counter = made.counter
    head = next(clerk for clerk in counter.session.list_clerks() if clerk.role is Role.HEAD)
    counter.session.act_as(head.login)
    page = counter.lists.page(DossierFilter(), limit=_LIVED)
    for row in page.rows:
        for action, facts in _LIFE:
            given = facts
            if action is Action.RETURN_RESULT:
                given = ActionFacts(channel=ResultChannel.DESK, receiver=row.applicant_name)
            counter.dossiers.act(row.code, action, given)


if __name__ == "__main__":
    main()
