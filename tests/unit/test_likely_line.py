"""A paper names its line by its title, and a doubt names none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.likely_line import find_likely_line

LINES = (
    "Tờ khai đăng ký khai sinh theo mẫu",
    "Giấy chứng sinh; trường hợp không có thì nộp văn bản của người làm chứng xác nhận về việc sinh",
    "Giấy chứng nhận kết hôn của cha, mẹ",
    "Giấy tờ tùy thân",
)
HEAD = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + "TỜ KHAI ĐĂNG KÝ KHAI SINH\nKính gửi: Ủy ban nhân dân xã", 1),
        (HEAD + "GIẤY CHỨNG SINH\nHọ và tên mẹ", 2),
        (HEAD + "GIẤY CHỨNG NHẬN KẾT HÔN\nHọ, chữ đệm, tên vợ", 3),
        (HEAD + "to khai dang ky khai sinh", 1),
        (HEAD + "ĐƠN XIN NGHỈ PHÉP", 0),
        (HEAD, 0),
        ("", 0),
        ("lời kể dài " * 60 + "GIẤY CHỨNG SINH", 0),
    ],
)
def test_the_beginning_of_a_paper_names_its_line(text: str, line: int) -> None:
    assert find_likely_line(text, LINES) == line


def test_two_lines_of_one_name_are_a_doubt() -> None:
    assert find_likely_line("GIẤY CHỨNG SINH", ["Giấy chứng sinh", "Giấy chứng sinh (bản sao)"]) == 0


@given(text=st.text(max_size=400), names=st.lists(st.text(max_size=80), max_size=6))
def test_any_text_names_a_line_that_exists_or_none(text: str, names: list[str]) -> None:
    assert 0 <= find_likely_line(text, names) <= len(names)
