"""The sheets and columns of the catalogue workbook: first the title the template writes, then what is also accepted."""

PROCEDURE_SHEET = ("Thủ tục", "Procedures", "Procedure", "Thủ tục hành chính")
COMPONENT_SHEET = ("Thành phần", "Components", "Component", "Thành phần hồ sơ")
FEE_SHEET = ("Phí", "Fees", "Fee", "Phí lệ phí", "Phí, lệ phí")
STEP_SHEET = ("Quy trình", "Process", "Steps", "Quy trình nội bộ")

PROCEDURE_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("Mã thủ tục", "Mã", "Mã TTHC", "Code", "Procedure code"),
    "name": ("Tên thủ tục", "Tên", "Tên TTHC", "Name", "Procedure name"),
    "field_name": ("Lĩnh vực", "Tên lĩnh vực", "Field", "Field name"),
    "field_code": ("Mã lĩnh vực", "Field code"),
    "nicknames": ("Tên gọi tắt", "Gọi tắt", "Nicknames"),
    "direct": ("Thời hạn", "Thời hạn trực tiếp", "Time limit", "Direct"),
    "online": ("Thời hạn trực tuyến", "Online time limit", "Online"),
    "post": ("Thời hạn bưu chính", "Postal time limit", "Post", "Postal"),
    "results": ("Kết quả", "Results", "Result"),
    "legal_basis": ("Căn cứ pháp lý", "Legal basis"),
    "level": ("Cấp thực hiện", "Cấp", "Level"),
    "notes": ("Ghi chú", "Lưu ý", "Notes"),
    "counts_transport": ("Tính thời gian luân chuyển", "Counts transport"),
}
COMPONENT_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": PROCEDURE_COLUMNS["code"],
    "case": ("Trường hợp", "Case"),
    "name": ("Tên giấy tờ", "Giấy tờ", "Thành phần hồ sơ", "Name", "Component", "Paper"),
    "original": ("Bản chính", "Số bản chính", "Original", "Originals"),
    "certified": ("Bản sao chứng thực", "Bản chứng thực", "Certified", "Certified copies"),
    "copy": ("Bản sao", "Số bản sao", "Copy", "Copies"),
    "required": ("Bắt buộc", "Required"),
    "form_name": ("Mẫu", "Mẫu đơn", "Form", "Form name"),
    "paper_code": ("Mã giấy tờ", "Component code"),
    "valid_months": ("Hiệu lực (tháng)", "Thời hạn hiệu lực (tháng)", "Valid months"),
    "note": ("Ghi chú", "Lưu ý", "Note", "Notes"),
}
FEE_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": PROCEDURE_COLUMNS["code"],
    "kind": ("Loại", "Kind"),
    "name": ("Tên khoản thu", "Tên", "Name"),
    "amount": ("Số tiền", "Mức thu", "Amount"),
    "per": ("Đơn vị", "Đơn vị tính", "Per"),
    "online_amount": ("Mức trực tuyến", "Trực tuyến", "Online amount"),
    "applies": ("Khi nào thu", "Áp dụng", "Applies"),
    "note": ("Ghi chú", "Note", "Notes"),
    "legal_basis": ("Căn cứ", "Căn cứ pháp lý", "Legal basis"),
}

STEP_COLUMNS: dict[str, tuple[str, ...]] = {
    "code": PROCEDURE_COLUMNS["code"],
    "name": ("Bước", "Tên bước", "Nội dung công việc", "Name", "Step"),
    "done_by": ("Đơn vị thực hiện", "Người thực hiện", "Cơ quan thực hiện", "Done by", "Agency"),
    "share": ("Thời gian", "Thời gian thực hiện", "Tỷ lệ thời gian", "Share", "Time"),
    "result": ("Kết quả", "Kết quả riêng", "Result"),
}

FEE_UNITS: dict[str, tuple[str, ...]] = {
    "dossier": ("hồ sơ", "dossier"),
    "page": ("trang", "page"),
    "copy": ("bản", "copy"),
    "case": ("trường hợp", "việc", "lần", "giao dịch", "case"),
    "person": ("người", "person"),
}

FEE_APPLICATIONS: dict[str, tuple[str, ...]] = {
    "always": ("luôn thu", "luôn", "always"),
    "alternative": ("một trong các mức", "một trong", "alternative"),
    "sometimes": ("tùy trường hợp", "có khi", "sometimes"),
}

EXAMPLE_PROCEDURE = {
    "code": "X.000001",
    "name": "Thủ tục ví dụ (xóa dòng này)",
    "field_name": "Ví dụ",
    "field_code": "VD",
    "nicknames": "ví dụ; vd",
    "direct": "03 ngày làm việc",
    "online": "03 ngày làm việc",
    "post": "05 ngày làm việc",
    "results": "Giấy xác nhận ví dụ",
    "legal_basis": "Quyết định ví dụ",
    "level": "Cấp xã",
    "notes": "",
    "counts_transport": "có",
}
EXAMPLE_COMPONENT = {
    "code": "X.000001",
    "case": "",
    "name": "Tờ khai ví dụ",
    "original": 1,
    "certified": 0,
    "copy": 0,
    "required": "có",
    "form_name": "Mẫu số 01",
    "paper_code": "",
    "valid_months": "",
    "note": "",
}
EXAMPLE_FEE = {
    "code": "X.000001",
    "kind": "lệ phí",
    "name": "Lệ phí ví dụ",
    "amount": 10000,
    "per": "hồ sơ",
    "online_amount": 5000,
    "applies": "luôn thu",
    "note": "",
    "legal_basis": "",
}
EXAMPLE_STEPS = (
    {"code": "X.000001", "name": "Tiếp nhận, chuyển hồ sơ", "done_by": "", "share": "4 giờ", "result": ""},
    {"code": "X.000001", "name": "Thẩm định", "done_by": "Phòng Ví dụ", "share": "16 giờ", "result": ""},
    {"code": "X.000001", "name": "Ký kết quả", "done_by": "Lãnh đạo UBND xã", "share": "4 giờ", "result": ""},
)
