import re

import pytest

from counter_app.cli.files import decode_json
from counter_app.cli.parser import parse
from counter_app.core.errors import UserError
from counter_app.services.intake_files import IntakeFile
from counter_app.services.sentences import sentence
from resources.texts import Language

# Words of the two parsers that no Vietnamese sentence holds.
ENGLISH = re.compile(r"\b(arguments?|invalid|choose|expected|required|value|object|field|is no|unknown)\b")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dance", "COMMAND: “dance” không có trong danh sách; chọn một trong: "),
        ("search", "còn thiếu TEXT"),
        ("list --nope", "--nope"),
        ("list --status 11", "--status: “11” không có trong danh sách"),
        ("list --status x", "--status: “x” không phải số nguyên"),
        ("list --order z", "--order: giá trị “z” không dùng được"),
        ("list --limit 0", "--limit: “0” không phải số từ 1 đến 2000000"),
        ("list --due-within 300", "“300” không phải số từ 1 đến 250"),
        ("list --received-from mai", "“mai” không phải ngày, ví dụ 2026-11-28"),
        ("due --working-days 2 --at mai", "“mai” không phải ngày giờ"),
        ("due --at 2026-11-20", "cần một trong các"),
        ("due --working-days 1 --procedure 2 --at 2026-11-20", "không dùng chung với --working-days"),
        ("init --slice 1", "“1” không đúng dạng LOW-HIGH"),
        ("unit save --signer x", "“x” không đúng dạng FORM=TITLE"),
        ("show --language", "--language: cần một giá trị"),
        ("attach", "còn thiếu FILE, --dossier"),
        ("demo --json=3", "không nhận giá trị “3”"),
        (f"search {'x' * 1001}", "dài quá 1000 ký tự"),
    ],
)
def test_wrong_command_line_is_told_in_vietnamese_alone(line: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(line.split())

    told = sentence(caught.value, Language.VIETNAMESE)
    assert said in told
    assert not ENGLISH.search(told.replace(line, "").partition("chọn một trong")[0])
    assert sentence(caught.value, Language.ENGLISH).startswith("The command is not right")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"{", "JSON bị thiếu phần cuối"),
        (b"{,}", "không phải JSON đúng cú pháp, byte 1"),
        (b'{"procedure": 1}', "cần str, nhưng đang là int (ở $.procedure)"),
        (b'{"nope": 1}', "không có mục nope"),
        (b'{"note": "\xff"}', "không phải văn bản UTF-8"),
        (b'{"applicant": {"birth_year": 1}}', "int phải >= 1800 (ở $.applicant.birth_year)"),
        (b'{"applicant": {"birth_date": "x"}}', "không phải ngày giờ"),
        (b'{"applicant": {"kind": "x"}}', "giá trị không có trong danh sách (ở $.applicant.kind)"),
    ],
)
def test_wrong_file_is_told_in_vietnamese_alone(document: bytes, said: str) -> None:
    with pytest.raises(UserError) as caught:
        decode_json(document, IntakeFile, most_bytes=1_000, code="cli.bad_intake_file", file="a.json")

    told = sentence(caught.value, Language.VIETNAMESE)
    assert said in told
    assert not ENGLISH.search(told)
