import json
import re
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from counter_app.core.errors import UserError
from counter_app.domain.catalogue import CatalogueFile, read_catalogue, write_template
from counter_app.domain.procedure import (
    Channel,
    Component,
    FeeApplication,
    FeeKind,
    FeeLine,
    Procedure,
    ProcedureSource,
)
from counter_app.domain.time_limit import TimeUnit
from resources.texts import Language, texts

DATA = Path(__file__).parents[1] / "data" / "catalogue"
SHARED_DUMP = Path(__file__).parents[3] / "shared" / "data" / "procedures_commune_269.json"
ON = date(2026, 7, 1)


def _read(data: bytes) -> CatalogueFile:
    return read_catalogue(data, effective_on=ON, name="file")


def _by_code(file: CatalogueFile) -> dict[str, Procedure]:
    return {procedure.code: procedure for procedure in file.procedures}


def _doubts(file: CatalogueFile, code: str) -> set[str]:
    return {doubt.code.rsplit(".", 1)[1] for doubt in file.doubts if doubt.procedure_code == code}


def _paper(procedure: Procedure, start: str) -> Component:
    return next(paper for case in procedure.cases for paper in case.components if paper.name.startswith(start))


def _read_or_refuse(data: bytes) -> CatalogueFile | None:
    try:
        return _read(data)
    except UserError:
        return None


@pytest.fixture
def dump() -> CatalogueFile:
    return _read((DATA / "portal_dump.json").read_bytes())


def test_dump_other_time_with_the_fifteen_hour_rule_is_same_day(dump: CatalogueFile) -> None:
    procedure = _by_code(dump)["1.900001"]
    assert [entry.limit.unit for entry in procedure.time_limits] == [TimeUnit.SAME_DAY, TimeUnit.SAME_DAY]
    assert procedure.name == "Đăng ký ví dụ"
    assert procedure.source_text["name"] == "Thủ tục đăng ký ví dụ"
    assert procedure.results == ("Giấy xác nhận ví dụ", "Quyết định ví dụ")
    assert procedure.legal_basis == ("Luật ví dụ",)
    assert procedure.source is ProcedureSource.PORTAL_DUMP
    assert procedure.effective_on == ON


def test_dump_sections_make_one_checklist_and_remarks_are_notes(dump: CatalogueFile) -> None:
    procedure = _by_code(dump)["1.900001"]
    assert [case.name for case in procedure.cases] == [""]
    assert [paper.name for paper in procedure.cases[0].components] == [
        "Tờ khai đăng ký ví dụ theo mẫu",
        "Hộ chiếu hoặc thẻ căn cước",
        "Biên bản về việc trẻ bị bỏ rơi",
    ]
    assert _paper(procedure, "Tờ khai").required
    assert "Xuất trình" in _paper(procedure, "Hộ chiếu").note
    abandoned = _paper(procedure, "Biên bản")
    assert not abandoned.required
    assert "bỏ rơi" in abandoned.note
    assert procedure.notes == ("Người tiếp nhận có trách nhiệm kiểm tra hồ sơ.",)
    assert "paper_under_remarks" in _doubts(dump, "1.900001")


def test_dump_pairs_the_lower_online_amount(dump: CatalogueFile) -> None:
    (fee,) = _by_code(dump)["1.900001"].fees
    assert (fee.kind, fee.amount, fee.online_amount) == (FeeKind.CHARGE, 20000, 10000)


def test_dump_cases_unlikely_fees_and_two_limits_are_told(dump: CatalogueFile) -> None:
    procedure = _by_code(dump)["2.900002"]
    assert [case.name for case in procedure.cases] == ["Trường hợp cấp lại", "Trường hợp cấp mới"]
    assert [paper.name for paper in procedure.cases[0].components] == ["Đơn đề nghị cấp lại"]
    assert procedure.cases[1].components[0].certified == 2
    assert [(fee.kind, fee.amount, fee.per) for fee in procedure.fees] == [(FeeKind.FEE, 2000, "page")]
    assert "10 VNĐ" in procedure.source_text["fees.direct"]
    (direct,) = procedure.time_limits
    assert (direct.channel, direct.limit.amount, direct.limit.unit) == (
        Channel.DIRECT,
        10,
        TimeUnit.CALENDAR_DAY,
    )
    assert procedure.legal_basis == ()
    assert {"fee_unlikely", "time_two_limits", "time_not_understood"} <= _doubts(dump, "2.900002")


def test_dump_row_without_code_is_left_out_with_a_doubt(dump: CatalogueFile) -> None:
    assert len(dump.procedures) == 2
    assert _doubts(dump, "") == {"no_code_or_name"}


def test_national_packet_is_read_with_codes_times_and_fees() -> None:
    file = _read((DATA / "national_packet.json").read_bytes())
    (procedure,) = file.procedures
    assert procedure.source is ProcedureSource.NATIONAL_PACKET
    assert (procedure.field_code, procedure.field_name) == ("G01-VD", "Ví dụ")
    assert [(t.channel, t.limit.amount, t.limit.unit) for t in procedure.time_limits] == [
        (Channel.DIRECT, 5, TimeUnit.WORKING_DAY),
        (Channel.ONLINE, 1, TimeUnit.MONTH),
    ]
    assert _paper(procedure, "Tờ khai").code == "TP-01"
    assert _paper(procedure, "Giấy ra viện").original == 1
    assert [(fee.kind, fee.amount, fee.per) for fee in procedure.fees] == [(FeeKind.FEE, 8000, "copy")]
    assert procedure.legal_basis == ("Nghị định ví dụ (1/2020/NĐ-CP)",)
    assert "count_not_stated" in _doubts(file, "1.900003")


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one], lambda one: {"data": [one]}])
def test_national_packet_single_list_or_wrapped_gives_the_same(wrap: object) -> None:
    one = json.loads((DATA / "national_packet.json").read_bytes())["result"][0]
    assert callable(wrap)
    assert len(_read(json.dumps(wrap(one)).encode()).procedures) == 1


def test_same_code_twice_keeps_the_first_and_doubts_only_a_difference() -> None:
    entry = json.loads((DATA / "portal_dump.json").read_bytes())["procedures"][1]
    alike = _read(json.dumps([entry, entry]).encode())
    assert len(alike.procedures) == 1
    assert "code_twice" not in _doubts(alike, "2.900002")
    other = _read(json.dumps([entry, entry | {"name": "Tên khác"}]).encode())
    assert other.procedures[0].name == "Ví dụ có trường hợp"
    assert "code_twice" in _doubts(other, "2.900002")


def test_template_example_is_read_back_without_doubt() -> None:
    file = _read(write_template())
    (procedure,) = file.procedures
    assert file.doubts == ()
    assert procedure.nicknames == ("Ví dụ", "Vd")
    assert [(t.channel, t.limit.amount) for t in procedure.time_limits] == [
        (Channel.DIRECT, 3),
        (Channel.ONLINE, 3),
        (Channel.POST, 5),
    ]
    assert procedure.cases[0].components[0].form_name == "Mẫu số 01"
    assert (procedure.fees[0].kind, procedure.fees[0].online_amount) == (FeeKind.CHARGE, 5000)


def _workbook(*, papers: list[list[object]], procedures: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    first = book.create_sheet("PROCEDURES")
    for row in [["ma thu tuc", "TEN THU TUC", "Linh vuc", "Thoi han"], *procedures]:
        first.append(row)
    second = book.create_sheet("Thanh phan")
    for row in [["Mã thủ tục", "Trường hợp", "Tên giấy tờ", "Bản chính", "Bắt buộc"], *papers]:
        second.append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def test_workbook_headers_without_marks_number_codes_and_cases() -> None:
    file = _read(
        _workbook(
            procedures=[[1.00422, "Thủ tục số", "Ví dụ", "Ngay trong ngày"], ["X.1", "Không hạn", "Ví dụ", "sớm"]],
            papers=[
                [1.00422, None, "Đơn", 1, None],
                [1.00422, "Cấp lại", "Giấy cũ", 2, "không"],
                ["LẠ", None, "Giấy lạ", 1, None],
            ],
        )
    )
    numbered = _by_code(file)["1.004220"]
    assert numbered.time_limits[0].limit.unit is TimeUnit.SAME_DAY
    assert [(case.name, len(case.components)) for case in numbered.cases] == [("Cấp lại", 2)]
    assert [paper.required for paper in numbered.cases[0].components] == [True, False]
    assert {"time_not_understood", "no_papers"} <= _doubts(file, "X.1")
    stray = next(doubt for doubt in file.doubts if doubt.procedure_code == "LẠ")
    assert (stray.code, stray.place) == ("catalogue.doubt.row_without_procedure", "Thanh phan!A4")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "catalogue.not_readable"),
        (b"not json", "catalogue.not_readable"),
        (b"[" * 100_000, "catalogue.not_readable"),
        (b"PK\x03\x04broken", "catalogue.not_readable"),
        (b"[]", "catalogue.unknown_format"),
        (b'{"a": 1}', "catalogue.unknown_format"),
        (b'[{"code": "", "name": ""}]', "catalogue.empty"),
    ],
)
def test_files_that_are_no_catalogue_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(UserError) as caught:
        _read(data)
    assert caught.value.code == code


def test_too_many_bytes_are_refused_before_reading() -> None:
    with pytest.raises(UserError) as caught:
        _read(b" " * (64 * 1024 * 1024 + 1))
    assert caught.value.code == "catalogue.too_large_file"


def test_archive_that_unpacks_huge_is_refused_before_parsing() -> None:
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w", force_zip64=True) as file:
        for _ in range(260):
            file.write(bytes(1024 * 1024))
    with pytest.raises(UserError) as caught:
        _read(target.getvalue())
    assert caught.value.code == "catalogue.too_large_file"


def test_workbook_with_entities_is_refused() -> None:
    target = BytesIO()
    with ZipFile(BytesIO(write_template())) as source, ZipFile(target, "w") as archive:
        for member in source.namelist():
            content = source.read(member)
            if member == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + content
            archive.writestr(member, content)
    with pytest.raises(UserError) as caught:
        _read(target.getvalue())
    assert caught.value.code == "catalogue.not_readable"


_KEYS = st.sampled_from(
    """code name field ways components time value unit channel fees case original MATTHC TENTTHC CACHTHUCTHUCHIEN
    KENH THOIGIAN THANHPHANHOSO GIAYTO TENGIAYTO result""".split()  # noqa: SIM905 - a list of words reads better so
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["DIRECT", "1", "3 ngày", "2000 VNĐ (/trang)", "Tờ khai", "Lưu ý:", "OTHER", "1.000001"]),
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(tree=_TREES, code=_SCALARS, capital=st.booleans())
def test_any_json_gives_a_catalogue_or_a_user_error(tree: object, code: object, capital: bool) -> None:
    names = ("MATTHC", "TENTTHC") if capital else ("code", "name")
    extra = tree if isinstance(tree, dict) else {"ways": tree, "THANHPHANHOSO": tree, "components": tree}
    file = _read_or_refuse(json.dumps([{**extra, names[0]: code, names[1]: "Tên"}]).encode())
    for procedure in file.procedures if file is not None else ():
        assert procedure.code
        assert procedure.cases


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_user_error(data: bytes) -> None:
    with pytest.raises(UserError):
        _read(data)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=40, deadline=None)
@given(position=st.floats(0, 0.999), change=st.integers(1, 255))
def test_a_damaged_workbook_is_read_or_refused(position: float, change: int) -> None:
    data = bytearray(write_template())
    data[int(position * len(data))] ^= change
    file = _read_or_refuse(bytes(data))
    assert file is None or file.procedures


def test_every_error_and_doubt_has_its_sentence_in_both_languages() -> None:
    source = Path(__file__).parents[2] / "counter_app" / "domain" / "catalogue"
    code = "\n".join(file.read_text(encoding="utf-8") for file in source.glob("*.py"))
    errors = set(re.findall(r'UserError\(\s*"(catalogue\.[a-z_]+)"', code))
    words = re.findall(r"\.add\(([^\n]+)", code)
    doubts = {f"catalogue.doubt.{name}" for call in words for name in re.findall(r'"([a-z]+_[a-z_]+)"', call)}
    assert len(errors) >= 4
    assert len(doubts) >= 20
    for language in Language:
        assert (errors | doubts) <= texts(language).keys()
    vietnamese, english = ({key for key in texts(language) if key.startswith("catalogue.")} for language in Language)
    assert vietnamese == english


def test_template_has_its_sheets_with_text_codes() -> None:
    book = load_workbook(BytesIO(write_template()))
    assert book.sheetnames == ["Thủ tục", "Thành phần", "Phí", "Quy trình"]
    assert book["Thủ tục"]["A2"].number_format == "@"


@pytest.mark.skipif(not SHARED_DUMP.exists(), reason="the portal dump is not part of the repository")
def test_the_portal_dump_of_2026_is_read_whole() -> None:
    file = _read(SHARED_DUMP.read_bytes())
    found = _by_code(file)
    assert len(found) == 269
    assert found["1.001193"].time_limits[0].limit.unit is TimeUnit.SAME_DAY
    assert found["1.004222"].find_time_limit(None, Channel.DIRECT) is not None
    assert "Đơn xin nhận con nuôi" in {paper.name for paper in found["2.001263"].cases[0].components}
    assert "fee_unlikely" in _doubts(file, "2.000815") | _doubts(file, "2.000884")
    for procedure in file.procedures:
        for case in procedure.cases:
            for paper in case.components:
                assert paper.name == paper.name.strip(" ;:,\t\n\u200e")
                assert len(paper.name) <= 300


def _dump_fees(texts: list[str], *, online: list[str] | None = None) -> tuple[tuple[FeeLine, ...], set[str]]:
    ways = [{"channel": "DIRECT", "time": {"value": 3, "unit": "WORKING_DAY"}, "fees": texts}]
    if online is not None:
        ways.append({"channel": "ONLINE", "time": {"value": 3, "unit": "WORKING_DAY"}, "fees": online})
    entry = {"code": "1.900009", "name": "Thủ tục", "field": "Hộ tịch", "ways": ways, "components": []}
    file = _read(json.dumps([entry]).encode())
    return file.procedures[0].fees, _doubts(file, "1.900009")


def test_dump_fee_set_by_the_council_is_not_known_rather_than_free() -> None:
    (line,), doubts = _dump_fees(["0 VNĐ (Mức lệ phí cụ thể do Hội đồng nhân dân tỉnh quyết định.)"])

    assert (line.amount, line.applies) == (None, FeeApplication.ALWAYS)
    assert "fee_set_elsewhere" in doubts


def test_dump_fee_waived_in_time_is_paid_sometimes_and_copies_on_request_too() -> None:
    text = (
        "0 VNĐ (Mức lệ phí cụ thể do Hội đồng nhân dân tỉnh quyết định. Miễn lệ phí đối với trường hợp đăng ký khai tử "
        "đúng hạn. Phí cấp bản sao Trích lục khai tử (nếu có yêu cầu) theo Thông tư số 281/2016/TT-BTC.)"
    )
    (late, copies), _ = _dump_fees([text])

    assert (late.amount, late.applies) == (None, FeeApplication.SOMETIMES)
    assert (copies.amount, copies.per, copies.applies) == (None, "copy", FeeApplication.SOMETIMES)


def test_dump_fee_waived_for_all_leaves_only_the_copies_on_request() -> None:
    (copies,), doubts = _dump_fees(
        ["0 VNĐ (Miễn lệ phí. Phí cấp bản sao Trích lục kết hôn (nếu có yêu cầu) thực hiện theo quy định.)"]
    )

    assert (copies.kind, copies.applies) == (FeeKind.FEE, FeeApplication.SOMETIMES)
    assert "fee_set_elsewhere" not in doubts


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("10 VNĐ (/bản)", "fee_unlikely"),
        ("Nghị quyết số 09/2025/NQ-HĐND", "fee_set_elsewhere"),
        ("liên hệ", "fee_not_understood"),
    ],
)
def test_dump_fee_that_cannot_be_read_stays_without_an_amount(text: str, doubt: str) -> None:
    (line,), doubts = _dump_fees([text])

    assert line.amount is None
    assert doubt in doubts


def test_dump_rates_of_several_circumstances_are_alternatives_and_the_exemption_a_condition() -> None:
    lines, doubts = _dump_fees(
        ["10000 VNĐ (theo danh sách: 10.000 đồng/người/lần) | 15000 VNĐ (hộ gia đình) | 0 VNĐ (Miễn phí: hộ nghèo)"]
    )

    assert [(line.amount, line.applies) for line in lines] == [
        (10_000, FeeApplication.ALTERNATIVE),
        (15_000, FeeApplication.ALTERNATIVE),
        (0, FeeApplication.SOMETIMES),
    ]
    assert "fee_several_lines" in doubts


def test_dump_exemption_that_cites_a_circular_is_no_unknown_amount() -> None:
    lines, doubts = _dump_fees(["10000 VNĐ (trực tiếp) | 0 VNĐ (Thuộc diện được miễn phí theo Thông tư số 75/2022)"])

    assert [(line.amount, line.applies) for line in lines] == [
        (10_000, FeeApplication.ALWAYS),
        (0, FeeApplication.SOMETIMES),
    ]
    assert "fee_set_elsewhere" not in doubts


def test_dump_pairs_the_online_amount_beside_an_exemption() -> None:
    lines, _ = _dump_fees(
        ["10000 VNĐ (trực tiếp) | 0 VNĐ (Miễn phí: hộ nghèo)"],
        online=["5000 VNĐ (trực tuyến) | 0 VNĐ (Miễn phí: hộ nghèo)"],
    )

    assert [(line.amount, line.online_amount) for line in lines] == [(10_000, 5_000), (0, None)]


def test_workbook_fee_left_open_with_a_note_is_not_known_and_conditions_are_read() -> None:
    book = load_workbook(BytesIO(write_template()))
    sheet = book["Phí"]
    for row in (
        ["X.000001", "lệ phí", "Mức tỉnh", None, "hồ sơ", None, None, "Hội đồng nhân dân tỉnh quyết định", None],
        ["X.000001", "lệ phí", "Quá hạn", 5000, "hồ sơ", None, "tùy trường hợp", "Khi quá hạn", None],
        ["X.000001", "lệ phí", "Không đọc được", "nhiều", "hồ sơ", None, "lạ", None, None],
    ):
        sheet.append(row)
    target = BytesIO()
    book.save(target)
    file = _read(target.getvalue())

    assert [(fee.name, fee.amount, fee.applies) for fee in file.procedures[0].fees[1:]] == [
        ("Mức tỉnh", None, FeeApplication.ALWAYS),
        ("Quá hạn", 5000, FeeApplication.SOMETIMES),
        ("Không đọc được", None, FeeApplication.ALWAYS),
    ]
    unclear = [doubt.place for doubt in file.doubts if doubt.code.startswith("catalogue.doubt.fee")]
    assert unclear == ["Phí!A5", "Phí!A5"]


@pytest.mark.parametrize(
    ("written", "months", "doubts"), [(6, 6, 0), ("12", 12, 0), ("", 0, 0), ("lâu", 0, 1), (601, 0, 1)]
)
def test_workbook_says_for_how_many_months_a_paper_is_valid(written: int | str, months: int, doubts: int) -> None:
    book = load_workbook(BytesIO(write_template()))
    sheet = book["Thành phần"]
    headers = [cell.value for cell in sheet[1]]
    sheet.cell(row=2, column=headers.index("Hiệu lực (tháng)") + 1, value=written)
    target = BytesIO()
    book.save(target)
    file = _read(target.getvalue())

    assert file.procedures[0].cases[0].components[0].valid_months == months
    assert [doubt.code for doubt in file.doubts] == ["catalogue.doubt.validity_not_understood"] * doubts
