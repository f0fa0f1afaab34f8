"""Whatever is changed behind the program's back, `verify` finds it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, text

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.concerned import ConcernedAnswer, ConcernedOutcome
from counter_app.domain.document import StatedFact
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.domain.paper_facts import FactField, FactSource
from counter_app.domain.postal import Delivery
from counter_app.journal.chain import Signer, entry_hash, head_bytes
from counter_app.journal.entries import BODIES, UnitSaved, decode_body, encode_body
from counter_app.journal.exchange_entries import ConcernedAnswered, concerned_subject
from counter_app.journal.rebuild import derived_digest, iter_entries
from counter_app.services.answers.bulk_intake import BulkLine
from counter_app.services.answers.documents import NamedFile
from counter_app.services.answers.manifests import NewManifest
from counter_app.services.answers.printing import PaperRequest
from counter_app.services.sample_data import LOGIN
from counter_app.store.tables import DERIVED
from tests.fakes.desks import a_form, at_work, person, sample_desk
from tests.fakes.posting import COMMUNE, by_post, sent
from tests.fakes.scanned_corpus import Kind, as_file, make_page
from tests.fakes.slip_keys import a_foreign_key


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCounter]:
    """One desk for all, with a row in every table: every test undoes what it did to the rows."""
    page = make_page(Kind.SPARSE, 1, turned=0)
    with at_work(sample_desk(tmp_path_factory.mktemp("tampering"))) as made:
        received = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED)
        manifest = made.counter.custody.begin(NewManifest(receiver="Phòng Tư pháp", seal="NP 1"))
        made.counter.custody.add(manifest.manifest.code, [received.dossier.code])
        made.counter.session.act_as()
        made.counter.slip_checks.trust(a_foreign_key()[1])
        other = made.counter.intake.receive(a_form(2), Outcome.ACCEPTED)
        made.counter.units.save(COMMUNE)
        waybill = sent(made, cod=20_000)
        delivery = Delivery(at=made.counter.clock.now(), receiver=person().full_name)
        made.counter.post.waybills.deliver(waybill.waybill.number, delivery, collected=20_000)
        batch = made.counter.post.bulk.begin()
        line = BulkLine(form=by_post(3))
        made.counter.post.bulk.end(made.counter.post.bulk.receive(msgspec.structs.replace(batch, lines=(line,))))
        attached = made.counter.digitising.attach([NamedFile(name="a.png", data=as_file(page))], received.dossier.code)
        stated = StatedFact(field=FactField.ISSUER, value="UBND xã Mẫu", source=FactSource.TYPED)
        made.counter.paper_facts.describe(attached.documents[0], [stated])
        made.counter.people.merge(received.dossier.code, other.dossier.code, reason="một người")
        said = ConcernedAnswer(outcome=ConcernedOutcome.REFUSED, words="không thuộc thẩm quyền")
        answered = ConcernedAnswered(dossier_id="d", unit_code="H99.15", code="H99.15-261123-0001", answer=said)
        with made.desk.transaction() as connection:
            made.desk.journal.append(connection, answered, clerk="program", subject=concerned_subject("d"))
        made.counter.session.act_as(LOGIN)
        yield made


@pytest.fixture
def tampered(desk: OpenCounter) -> Iterator[Callable[..., set[str]]]:
    """Run statements on the bare store and say what `verify` finds; afterwards everything is as before."""
    undo: list[Callable[[Connection], None]] = []

    def run(*statements: str, **values: Any) -> set[str]:
        assert desk.counter.verification.verify().is_sound
        with desk.desk.store.writing() as connection:
            saved = {name: connection.execute(text(f"SELECT * FROM {name}")).all() for name in TABLES}
            undo.append(lambda connection: put_back(connection, saved))
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            for statement in statements:
                wanted = {name: value for name, value in values.items() if f":{name}" in statement}
                assert connection.execute(text(statement), wanted).rowcount != 0
        return {finding.code for finding in desk.counter.verification.verify().findings}

    yield run
    with desk.desk.store.writing() as connection:
        for step in undo:
            step(connection)


TABLES = ("journal_entry", "journal_head", *(table.name for table in DERIVED))


def put_back(connection: Connection, saved: dict[str, Any]) -> None:
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    for name in TABLES:
        connection.execute(text(f"DELETE FROM {name}"))
        for row in saved[name]:
            places = ", ".join(f":p{index}" for index in range(len(row)))
            named = {f"p{index}": value for index, value in enumerate(row)}
            connection.execute(text(f"INSERT INTO {name} VALUES ({places})"), named)


LAST = "seq = (SELECT max(seq) FROM journal_entry)"
COLUMNS: dict[str, str] = {
    "position": "position + 1000",
    "id": "'019e0000-0000-7000-8000-000000000000'",
    "desk": "'another desk'",
    "epoch": "epoch + 1",
    "seq": "seq + 1000",
    "at": "at + 1",
    "clerk": "'somebody else'",
    "kind": "kind || '.x'",
    "version": "version + 1",
    "subject": "'another dossier'",
    "body": "CAST(replace(CAST(body AS TEXT), '{', '{ ') AS BLOB)",
    "prev_hash": "randomblob(32)",
    "hash": "randomblob(32)",
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("which", ["seq = 1", "seq = 7", LAST], ids=["first", "middle", "last"])
def test_any_changed_column_of_any_entry_is_found(tampered: Callable[..., set[str]], column: str, which: str) -> None:
    if column == "position" and which == LAST:
        pytest.skip("the last entry may stand at any later place: nothing follows from it")

    assert tampered(f"UPDATE journal_entry SET {column} = {COLUMNS[column]} WHERE {which}")


@pytest.mark.parametrize("column", ["seq", "at", "hash", "signature", "epoch", "desk"])
def test_any_changed_column_of_the_head_is_found(tampered: Callable[..., set[str]], column: str) -> None:
    new = {"hash": "randomblob(32)", "signature": "randomblob(64)", "desk": "'x'"}.get(column, f"{column} - 1")

    assert tampered(f"UPDATE journal_head SET {column} = {new}")


@pytest.mark.parametrize("which", ["seq = 1", "seq = 7", LAST], ids=["first", "middle", "last"])
def test_removed_entry_is_found(tampered: Callable[..., set[str]], which: str) -> None:
    assert tampered(f"DELETE FROM journal_entry WHERE {which}") & {"verify.missing_entry", "verify.head_differs"}


def test_two_entries_that_changed_places_are_found(tampered: Callable[..., set[str]]) -> None:
    found = tampered(
        "UPDATE journal_entry SET seq = -1 WHERE seq = 5",
        "UPDATE journal_entry SET seq = 5 WHERE seq = 6",
        "UPDATE journal_entry SET seq = 6 WHERE seq = -1",
    )

    assert {"verify.broken_link", "verify.altered_entry"} <= found


def test_two_entries_in_the_wrong_order_of_arrival_are_found(tampered: Callable[..., set[str]]) -> None:
    found = tampered(
        "UPDATE journal_entry SET position = -1 WHERE seq = 5",
        "UPDATE journal_entry SET position = 5 WHERE seq = 6",
        "UPDATE journal_entry SET position = 6 WHERE seq = 5",
    )

    assert "verify.wrong_order" in found


def test_truncated_tail_with_the_head_set_back_is_found(tampered: Callable[..., set[str]]) -> None:
    found = tampered(
        f"DELETE FROM journal_entry WHERE {LAST}",
        "UPDATE journal_head SET (seq, at, hash) = (SELECT seq, at, hash FROM journal_entry ORDER BY seq DESC LIMIT 1)",
    )

    assert "verify.bad_signature" in found


def test_head_signed_by_another_key_is_found(desk: OpenCounter, tampered: Callable[..., set[str]]) -> None:
    stranger, _ = Signer.generate()
    with desk.desk.store.reading() as connection:
        head = connection.execute(text("SELECT * FROM journal_head")).one()
    message = head_bytes(desk=head.desk, epoch=head.epoch, seq=head.seq, entry_digest=head.hash)

    found = tampered("UPDATE journal_head SET signature = :mark", mark=stranger.sign(message))

    assert found == {"verify.bad_signature"}


def test_entry_rewritten_with_a_right_hash_of_its_own_breaks_the_next_link(
    desk: OpenCounter, tampered: Callable[..., set[str]]
) -> None:
    with desk.desk.store.reading() as connection:
        row = connection.execute(text("SELECT * FROM journal_entry WHERE seq = 3")).one()
    header = (row.id, row.desk, row.epoch, row.seq, row.at, "somebody else", row.kind, row.version, row.subject)
    forged = entry_hash(prev_hash=row.prev_hash, header=header, body=row.body)

    found = tampered("UPDATE journal_entry SET clerk = 'somebody else', hash = :forged WHERE seq = 3", forged=forged)

    assert found == {"verify.broken_link"}


EMPTY = {"day_override", "held_entry"}
"""Tables that this desk has no rows in: see below."""


@pytest.mark.parametrize("table", [table.name for table in DERIVED if table.name not in EMPTY])
def test_row_that_differs_from_the_journal_is_found(tampered: Callable[..., set[str]], table: str) -> None:
    changes = {
        "unit": "name = 'khác'",
        "desk": "name = 'khác'",
        "epoch": "part_high = part_high + 1",
        "clerk": "role = 'administrator'",
        "procedure": "name = 'khác'",
        "number_counter": "last = last - 1",
        "intake_code": "epoch = epoch + 1",
        "dossier": "due_at = due_at + 1",
        "dossier_party": "id_number = '036099999999'",
        "print_job": "copies = copies + 1",
        "slip_key": "desk_name = 'khác'",
        "manifest": "seal = 'khác'",
        "manifest_item": "state = 'removed'",
        "dossier_count": "dossiers = dossiers + 1",
        "dossier_total": "dossiers = dossiers + 1",
        "dossier_unit_total": "dossiers = dossiers + 1",
        "waybill": "state = 'returned'",
        "cod_collection": "amount = amount + 1",
        "intake_batch": "source = 'khác'",
        "document": "component = 2",
        "document_version": "cause = 'khác'",
        "document_description": "clerk = 'khác'",
        "person": "dossier_count = dossier_count + 1",
        "person_dossier": "person_key = 'khác'",
        "person_link": "reason = 'khác'",
        "concerned_answer": "answer = 'khác'",
    }

    assert tampered(f"UPDATE {table} SET {changes[table]}") == {"verify.table_differs"}


@pytest.mark.parametrize(
    "row",
    [
        "day_override VALUES ('2026-12-01', 0, 'nghỉ')",
        "held_entry VALUES ('e', 'd', 'khác', 1, '', 'dossier.acted', '', 'wrong_status', '')",
    ],
)
def test_row_that_no_entry_speaks_of_is_found(tampered: Callable[..., set[str]], row: str) -> None:
    assert tampered(f"INSERT INTO {row}") == {"verify.table_differs"}


def test_dossier_taken_out_of_the_search_index_is_found(desk: OpenCounter) -> None:
    with desk.desk.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM dossier_search WHERE rowid = (SELECT min(row) FROM dossier)")

    found = {finding.code for finding in desk.counter.verification.verify().findings}

    assert found == {"verify.table_differs"}
    desk.counter.verification.rebuild()
    assert desk.counter.verification.verify().is_sound


def test_rebuild_puts_altered_rows_right_and_touches_no_entry(desk: OpenCounter) -> None:
    with desk.desk.store.reading() as connection:
        good, entries = derived_digest(connection), list(iter_entries(connection))
    with desk.desk.store.writing() as connection:
        connection.execute(text("UPDATE dossier SET applicant_name = 'không ai', status = 9"))
        connection.execute(text("DELETE FROM dossier_party"))

    assert desk.counter.verification.rebuild() == len(entries)

    with desk.desk.store.reading() as connection:
        assert derived_digest(connection) == good
        assert list(iter_entries(connection)) == entries


def test_every_entry_is_written_in_its_canonical_bytes(desk: OpenCounter) -> None:
    with desk.desk.store.reading() as connection:
        entries = [entry for _position, entry in iter_entries(connection)]

    assert {(entry.kind, entry.version) for entry in entries} <= BODIES.keys()
    for entry in entries:
        assert encode_body(decode_body(entry.kind, entry.version, entry.body)) == entry.body


def test_transaction_that_fails_leaves_no_entry_and_no_row(desk: OpenCounter) -> None:
    with desk.desk.store.reading() as connection:
        before, rows = list(iter_entries(connection)), derived_digest(connection)
        unit = desk.desk.read_unit(connection)

    def fail_after_an_entry() -> None:
        with desk.desk.transaction() as connection:
            desk.desk.journal.append(connection, UnitSaved(unit=unit), clerk="x", subject="x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_an_entry()

    with desk.desk.store.reading() as connection:
        assert list(iter_entries(connection)) == before
        assert derived_digest(connection) == rows


def test_subject_that_no_other_node_takes_is_refused_before_it_is_written(desk: OpenCounter) -> None:
    with desk.desk.store.reading() as connection:
        before, unit = list(iter_entries(connection)), desk.desk.read_unit(connection)

    with pytest.raises(UserError, match=r"journal\.too_long"), desk.desk.transaction() as connection:
        desk.desk.journal.append(connection, UnitSaved(unit=unit), clerk="x", subject="x" * 1_001)

    with desk.desk.store.reading() as connection:
        assert list(iter_entries(connection)) == before


def test_history_of_a_dossier_names_who_did_what(desk: OpenCounter) -> None:
    result = desk.counter.intake.receive(a_form(2), Outcome.ACCEPTED)
    desk.counter.print_orders.order(PaperRequest(form=Form.RECEIPT, codes=(result.dossier.code,), reason="rách"))

    view = desk.counter.lookup.get_dossier(result.dossier.code)

    assert [(line.kind, line.clerk_name) for line in view.history] == [
        ("dossier.received", "Lê Thị Mai"),
        ("print.ordered", "Lê Thị Mai"),
    ]
    assert [(job.form, job.reprint, job.reason) for job in view.print_jobs] == [
        (Form.RECEIPT, 0, ""),
        (Form.RECEIPT, 1, "rách"),
    ]


def test_closed_desk_leaves_no_journal_of_sqlite_behind(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)

    assert sorted(path.name for path in folder.root.iterdir() if path.suffix != ".log" and path.is_file()) == [
        "counter.db",
        "keys.json",
        "settings.json",
    ]
