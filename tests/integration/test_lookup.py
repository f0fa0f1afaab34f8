from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, select

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Outcome
from counter_app.domain.person import FieldSource, Party, PartyKind
from counter_app.services.answers.dossiers import ScanKind
from counter_app.services.counter import Counter
from counter_app.store.tables import dossiers
from tests.fakes.desks import PROCEDURE, a_form, at_work, sample_desk

PEOPLE = {
    "Đỗ Thị Ánh Nguyệt": ("036199111111", "0912 345 678"),
    "Đặng Văn Dũng": ("036099222222", "+84 987 654 321"),
    "Do Thi Anh": ("036199333333", ""),
    "Lý Quỳnh-Hoa O'Brien": ("036199444444", "02043 888 999"),
}
CARD = "036199001234|012345678|Nguyễn Thị Tưởng|01021999|Nữ|Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu|01012021"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path_factory.mktemp("lookup"))) as made:
        yield made


@pytest.fixture(scope="module")
def codes(desk: OpenCounter) -> dict[str, str]:
    """The code of each person's dossier."""
    return {
        name: receive(desk, Party(full_name=name, id_number=number, phone=phone))
        for name, (number, phone) in PEOPLE.items()
    }


def receive(desk: OpenCounter, applicant: Party, submitter: Party | None = None) -> str:
    form = msgspec.structs.replace(a_form(), applicant=applicant, submitter=submitter)
    return desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def test_person_is_found_again_with_the_newest_word_on_each_field_marked_as_earlier(desk: OpenCounter) -> None:
    number = "036199555555"
    receive(desk, Party(full_name="Hồ Thị Cũ", id_number=number, address="Thôn Cũ", phone="0912000111"))
    receive(
        desk, Party(full_name="Người Khác", id_number="036199666666"), Party(full_name="Hồ Thị Mới", id_number=number)
    )

    known = desk.counter.lookup.find_person(number)

    assert known is not None
    assert (known.full_name, known.address) == ("Hồ Thị Mới", "Thôn Cũ")
    assert set(known.sources.values()) == {FieldSource.EARLIER}
    assert [row.applicant_name for row in desk.counter.lookup.list_of_person(number)] == ["Người Khác", "Hồ Thị Cũ"]
    assert desk.counter.lookup.find_person("000000000000") is None
    assert desk.counter.lookup.find_person("") is None
    assert desk.counter.lookup.list_of_person("") == ()


def test_organisation_is_found_by_its_tax_code(desk: OpenCounter) -> None:
    code = receive(desk, Party(kind=PartyKind.ORGANISATION, full_name="Công ty Mẫu", tax_code="0100109106"))

    assert [row.code for row in desk.counter.lookup.list_of_person("0100109106")] == [code]


def test_store_can_give_dossiers_in_the_order_of_a_list_of_names(desk: OpenCounter, codes: dict[str, str]) -> None:
    table = dossiers.dossier.c
    query = select(table.applicant_name).where(table.code.in_(codes.values())).order_by(table.applicant_key)
    with desk.desk.store.reading() as connection:
        in_order = list(connection.execute(query).scalars())

    assert in_order == ["Do Thi Anh", "Đặng Văn Dũng", "Đỗ Thị Ánh Nguyệt", "Lý Quỳnh-Hoa O'Brien"]


def test_dossier_is_opened_by_its_code_as_typed_and_unknown_ones_are_said(
    desk: OpenCounter, codes: dict[str, str]
) -> None:
    code = codes["Do Thi Anh"]
    typed = f"  {code.lower().replace('-', ' – ')} "

    assert desk.counter.lookup.get_dossier(typed).dossier.code == code
    for unknown in ("H99.14-261123-9999", "gì đó", "", "x" * 500):
        with pytest.raises(UserError, match=r"dossier\.unknown_code"):
            desk.counter.lookup.get_dossier(unknown)


def test_scan_leads_to_a_card_a_dossier_or_nothing_known(desk: OpenCounter, codes: dict[str, str]) -> None:
    resolve = desk.counter.lookup.resolve_scan
    code = codes["Do Thi Anh"]

    assert resolve(CARD).kind is ScanKind.IDENTITY_CARD
    assert (resolve(code).kind, resolve(code).dossier_code) == (ScanKind.DOSSIER, code)
    assert resolve("8934563138164").kind is ScanKind.UNKNOWN


READS: dict[str, Callable[[Counter], object]] = {
    "search": lambda counter: [
        counter.search.find(words) for words in ("nguyen v", "036", "h99", "0001", "0000", "+84912")
    ],
    "person": lambda counter: [counter.lookup.list_of_person("036199111111"), counter.lookup.find_person("036199")],
    "twins": lambda counter: counter.lookup.list_open_twins(
        procedure_code=PROCEDURE, applicant=Party(id_number="036199111111")
    ),
    "status": lambda counter: counter.desk_status.read(),
    "open print jobs": lambda counter: [counter.printing_jobs.list_open(), counter.printing_jobs.claim("máy in")],
    "recent": lambda counter: [counter.lookup.list_recent(), counter.printing_jobs.list_recent()],
    "intake": lambda counter: counter.intake.receive(a_form(), Outcome.ACCEPTED),
}


@pytest.mark.parametrize("read", READS)
def test_no_everyday_question_scans_a_table_that_grows(desk: OpenCounter, read: str) -> None:
    asked: dict[str, Any] = {}

    def remember(_c: object, _cursor: object, sql: str, values: Any, _context: object, many: bool) -> None:
        if sql.startswith("SELECT") and not many:
            asked[sql] = values

    event.listen(desk.desk.store.engine, "before_cursor_execute", remember)
    try:
        READS[read](desk.counter)
    finally:
        event.remove(desk.desk.store.engine, "before_cursor_execute", remember)

    growing = ("dossier", "dossier_party", "print_job", "print_run", "journal_entry")
    with desk.desk.store.reading() as connection:
        for sql, values in asked.items():
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            scans = {step for step in plan if step.startswith("SCAN") and step.split()[1] in growing}
            # "Newest so many" walks the table or an index from its end and stops.
            assert not scans or ("LIMIT" in sql and "WHERE" not in sql), (sql, plan)
    assert asked
