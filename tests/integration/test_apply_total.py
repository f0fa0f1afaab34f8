"""Whatever another desk may have written, in whatever order it comes: folding it says no word to a clerk."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, BugError
from counter_app.domain.dossier import Outcome
from counter_app.journal.apply import apply
from counter_app.journal.body import Body
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import decode_body, encode_body
from counter_app.journal.journal import make_entry
from counter_app.journal.rows import Rows
from counter_app.store.tables import journal
from tests.fakes.desks import DeskClock, a_form, at_work, sample_desk
from tests.fakes.entry_bodies import bodies

NAMES = ["first", "second", "H99.14-M261123-001", "VN000001", "H99.14"]
AT = DeskClock().now()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path_factory.mktemp("total"))) as made:
        yield made


def test_entries_of_any_content_in_any_order_are_folded_or_name_what_is_missing(desk: OpenCounter) -> None:
    known = desk.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier
    kinds: set[str] = set()

    @settings(deadline=None)
    @given(st.lists(bodies([*NAMES, known.id, known.code]), min_size=1, max_size=6))
    def fold(sent: list[Body]) -> None:
        with desk.desk.store.writing() as connection:
            outer = connection.begin_nested()
            last = connection.execute(select(func.max(journal.entry.c.position))).scalar_one()
            for number, body in enumerate(sent, start=1):
                kinds.add(body.KIND)
                _fold_one(connection, desk.desk.desk.id, last + number, body)
            outer.rollback()

    fold()

    assert len(kinds) > 20
    assert desk.counter.verification.verify().is_sound


def _fold_one(connection: Connection, desk_id: str, position: int, body: Body) -> None:
    """Fold one entry as it would arrive; what names something that is not here is undone, as a held one would be."""
    data = encode_body(body)
    at = (int(AT.timestamp() * 1000) + position) << 16
    header = (f"entry {position}", desk_id, 1, position, at, "", body.KIND, body.VERSION, "")
    entry = make_entry(header, body=data, prev_hash=GENESIS)
    read = decode_body(body.KIND, body.VERSION, data)
    assert read == body
    step = connection.begin_nested()
    try:
        rows = Rows(connection)
        apply(rows, entry, read, position=position)
        rows.write()
    except BugError as error:
        assert error.code.startswith("journal.unknown_"), error  # noqa: PT017
        step.rollback()
    except AppError as error:  # pragma: no cover - what must not happen
        raise AssertionError(f"{body.KIND} was refused: {error.code}") from error
    except IntegrityError:
        step.rollback()
    else:
        step.commit()
