from pathlib import Path

import pytest

from tests.e2e.program import Program

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Program:
    data: Path = tmp_path_factory.mktemp("lists") / "data"
    program = Program(data)
    program.ask("demo", "--dossiers", "30")
    return program


def test_list_answers_in_pages_with_its_number_and_filters_add_up(desk: Program) -> None:
    everything = [row["code"] for row in desk.ask("list", "--order", "name")]
    first = [row["code"] for row in desk.ask("list", "--order", "name", "--limit", "7")]
    rest = [row["code"] for row in desk.ask("list", "--order", "name", "--after", first[-1])]
    late = desk.ask("list", "--late")
    field = desk.ask("show", everything[0])["dossier"]["field_name"]

    assert len(everything) == 30
    assert first + rest == everything
    assert desk.ask("list", "--count") == {"count": 30}
    assert all(row["is_late"] for row in late)
    assert desk.ask("list", "--late", "--count") == {"count": len(late)}
    assert desk.ask("list", "--running", "--status", "10", "--count") == {"count": 0}
    of_field = {row["code"] for row in desk.ask("list", "--field", field)}
    assert everything[0] in of_field
    assert {row["code"] for row in desk.ask("list", "--field", field, "--late")} == of_field & {r["code"] for r in late}
    assert [row["code"] for row in desk.ask("list", "--unit", "H99.14", "--order", "name")] == everything
    assert desk.ask("list", "--unit", "H99.15", "--count") == {"count": 0}
    mine = desk.ask("list", "--scope", "mine", "--clerk", "mai")
    assert mine
    assert {row["received_by"] for row in mine} == {"Lê Thị Mai"}
    assert mine == desk.ask("list", "--received-by", "mai")


def test_nothing_is_held_on_a_desk_that_hears_no_other(desk: Program) -> None:
    assert desk.ask("list", "--held") == []


def test_saved_list_is_used_by_its_name_and_belongs_to_its_clerk(desk: Program) -> None:
    saved = desk.ask("views", "save", "Trễ hạn", "--late", "--order", "name", "--clerk", "mai")
    by_name = desk.ask("list", "--view", "Trễ hạn", "--clerk", "mai")

    assert [view["name"] for view in saved] == ["Trễ hạn"]
    assert by_name == desk.ask("list", "--late", "--order", "name")[: len(by_name)]
    assert desk.run("list", "--view", "Trễ hạn", "--json").is_refusal(2)
    assert desk.run("views", "remove", "Trễ hạn", "--json").is_refusal(2)
    assert desk.ask("views", "remove", "Trễ hạn", "--clerk", "mai") == []
    assert desk.ask("views", "list", "--clerk", "mai") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--after", "H99.14-200101-0001"),
        ("--due-within", "0"),
        ("--due-from", "mai"),
        ("--received-by", "khong-ai"),
        ("--unit", "H00.00"),
        ("--status", "11"),
        ("--scope", "province"),
    ],
)
def test_condition_that_means_nothing_is_refused_in_a_sentence(desk: Program, arguments: tuple[str, ...]) -> None:
    assert desk.run("list", *arguments, "--json").is_refusal(2)


def test_units_of_a_list_come_in_and_bad_rows_are_said(desk: Program, tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text("Mã đơn vị,Tên đơn vị\nH99.301,Ủy ban nhân dân xã Một\n,Không có mã\n", encoding="utf-8")

    read = desk.ask("unit", "import", str(path))

    assert (read["added"], read["changed"], read["unchanged"]) == (1, 0, 0)
    assert [(row["row"], row["code"]) for row in read["rows"]] == [(3, "unit.code_missing")]
    assert "H99.301" in {unit["code"] for unit in desk.ask("unit", "list")}
    assert desk.run("unit", "import", str(tmp_path / "none.csv"), "--json").is_refusal(2)
    path.write_bytes(b"PK broken")
    assert desk.run("unit", "import", str(path), "--json").is_refusal(2)
