from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.checklist import list_missing, merge_checklist
from counter_app.domain.dossier import Paper
from counter_app.domain.procedure import Component

BIRTH = Component(name="Giấy chứng sinh", code="KQ.01", original=1)
FORM = Component(name="Tờ khai đăng ký khai sinh", original=1, required=True)
EXTRA = Component(name="Văn bản ủy quyền", required=False)

NAMES = st.sampled_from(["Giấy chứng sinh", "giay chung sinh", "Tờ khai", "Bản sao hộ chiếu", ""])
PAPERS = st.lists(
    st.builds(
        Paper,
        name=NAMES,
        code=st.sampled_from(["", "KQ.01", "KQ.02"]),
        original=st.integers(-2, 5),
        certified=st.integers(-2, 5),
        copy=st.integers(-2, 5),
    ),
    max_size=6,
)
COMPONENTS = st.lists(
    st.builds(Component, name=NAMES, code=st.sampled_from(["", "KQ.01"]), required=st.booleans()), max_size=4
)


def test_paper_belongs_to_its_component_by_code_or_by_name_without_marks() -> None:
    handed_in = [Paper(name="bất kỳ", code="KQ.01", original=1), Paper(name="TO KHAI dang ky khai sinh", copy=2)]

    lines = merge_checklist([BIRTH, FORM, EXTRA], handed_in)

    assert [(line.name, line.original, line.copy, line.required) for line in lines] == [
        ("Giấy chứng sinh", 1, 0, True),
        ("Tờ khai đăng ký khai sinh", 0, 2, True),
        ("Văn bản ủy quyền", 0, 0, False),
    ]


def test_another_code_is_another_paper_even_under_the_same_name() -> None:
    lines = merge_checklist([BIRTH], [Paper(name=BIRTH.name, code="KQ.02", copy=1)])

    assert [(line.code, line.handed_in) for line in lines] == [("KQ.01", False), ("KQ.02", True)]


def test_paper_named_twice_adds_up_and_keeps_both_notes() -> None:
    twice = [Paper(name=FORM.name, copy=1, note="mờ"), Paper(name=FORM.name, original=1, note="thiếu trang")]

    (line,) = merge_checklist([FORM], twice)

    assert (line.original, line.copy, line.note) == (1, 1, "mờ; thiếu trang")


def test_only_required_papers_of_which_nothing_came_are_missing() -> None:
    lines = merge_checklist([BIRTH, FORM, EXTRA], [Paper(name=FORM.name, certified=1)])

    assert [line.name for line in list_missing(lines)] == [BIRTH.name]


@given(COMPONENTS, PAPERS)
def test_every_component_has_its_line_in_order_and_no_piece_of_paper_is_lost_or_made(
    components: list[Component], papers: list[Paper]
) -> None:
    lines = merge_checklist(components, papers)

    def pieces(some: list[Paper] | tuple[Paper, ...]) -> int:
        return sum(max(0, count) for paper in some for count in (paper.original, paper.certified, paper.copy))

    assert [line.name for line in lines[: len(components)]] == [component.name for component in components]
    assert pieces(lines) == pieces(papers)
    assert all(line.handed_in for line in lines[len(components) :])


@given(COMPONENTS, PAPERS)
def test_merging_what_was_merged_changes_nothing(components: list[Component], papers: list[Paper]) -> None:
    once = merge_checklist(components, papers)

    assert merge_checklist(components, once) == once
