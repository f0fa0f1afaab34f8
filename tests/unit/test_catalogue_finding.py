from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.domain.catalogue import ProcedureIndex, starter_procedures
from counter_app.domain.procedure import Procedure, ProcedureCase

INDEX = ProcedureIndex(starter_procedures())


def _codes(words: str, *, limit: int = 12, recent: tuple[str, ...] = ()) -> list[str]:
    return [procedure.code for procedure in INDEX.find(words, limit, recent)]


def _procedure(code: str, name: str, *nicknames: str) -> Procedure:
    return Procedure(
        code=code,
        effective_on=date(2026, 1, 1),
        name=name,
        field_name="Ví dụ",
        nicknames=nicknames,
        cases=(ProcedureCase(components=()),),
    )


def test_exact_nickname_comes_first() -> None:
    assert _codes("ks")[0] == "1.001193"
    assert _codes("kết hôn")[0] == "1.000894"
    assert _codes("ket hon")[0] == "1.000894"
    assert _codes("tam tru")[0] == "1.004194"


def test_initials_code_and_code_tail_find() -> None:
    assert "1.001193" in _codes("dkks")
    assert _codes("1.001193") == ["1.001193"]
    assert _codes("1193") == ["1.001193"]


def test_words_in_any_order_and_unfinished_find() -> None:
    assert "1.001193" in _codes("sinh khai dang")
    assert "2.000815" in _codes("ban sao chung")
    assert _codes("zzz") == []


def test_rank_goes_from_nickname_to_elsewhere() -> None:
    exact = _procedure("5", "Việc khác", "abc")
    start = _procedure("4", "Việc nữa", "abcd")
    initials = _procedure("3", "An Bình Cường Dũng")
    name = _procedure("2", "Abc đầu tên")
    inside = _procedure("1", "Tên có abc")
    index = ProcedureIndex([inside, name, initials, start, exact])
    assert [procedure.code for procedure in index.find("abc", 9, ())] == ["5", "4", "3", "2", "1"]


def test_recent_use_breaks_ties_and_answers_an_empty_box() -> None:
    plain = _codes("đăng ký lại")
    assert plain[:3] == ["1.004884", "1.004746", "1.005461"]
    assert _codes("đăng ký lại", recent=("1.005461", "1.004746"))[:3] == ["1.005461", "1.004746", "1.004884"]
    assert _codes("", recent=("2.000815", "1.000656"))[:2] == ["2.000815", "1.000656"]
    assert len(_codes("", limit=5)) == 5


@settings(max_examples=150, deadline=None)
@given(words=st.text(max_size=30), limit=st.integers(-1, 20))
def test_any_typing_gives_at_most_the_limit(words: str, limit: int) -> None:
    assert len(INDEX.find(words, limit, ())) <= max(limit, 0)
