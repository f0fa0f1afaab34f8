"""What the intake page says about fees, and that the words fit below the form."""

import os
from datetime import date

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from counter_app.domain.catalogue.starter import starter_procedures
from counter_app.domain.fees import compute_fees, select_fees
from counter_app.domain.procedure import Channel, FeeApplication, FeeKind, FeeLine, Procedure, ProcedureCase
from counter_app.services.answers.intake import IntakeQuote
from resources.texts import Language
from ui.intake.outcome_bar import OutcomeBar
from ui.intake.sentences import say_fee, say_fee_label, say_fee_steps
from ui.intake.state import IntakeState
from ui.theme.stylesheet import apply_theme
from ui.theme.tokens import Theme
from ui.words import Words

CATALOGUE = {procedure.code: procedure for procedure in starter_procedures()}
MOST_PIXELS = {Language.VIETNAMESE: 140, Language.ENGLISH: 120}
"""What the fee may take of the page's 877 pixels beside the due date and four buttons; the English ones are wider."""


def state_of(procedure: Procedure, case_code: str = "", channel: Channel = Channel.DIRECT) -> IntakeState:
    lines = select_fees(procedure.fees, case_code=case_code)
    quote = IntakeQuote(due=None, fee_quote=compute_fees(lines, channel=channel), problems=(), duplicates=())
    return IntakeState(procedure=procedure, quote=quote)


def a_procedure(*fees: FeeLine) -> Procedure:
    return Procedure(
        code="X.1",
        effective_on=date(2026, 7, 1),
        name="Thủ tục",
        field_name="Ví dụ",
        cases=(ProcedureCase(components=()),),
        fees=fees,
    )


def a_line(amount: int | None, per: str = "dossier", applies: FeeApplication = FeeApplication.ALWAYS) -> FeeLine:
    return FeeLine(kind=FeeKind.FEE, name="Phí", amount=amount, per=per, applies=applies)


@pytest.mark.parametrize(
    ("code", "case", "said"),
    [
        ("1.001193", "thuong", "Không thu"),
        ("1.000894", "", "Không thu"),
        ("2.000815", "", "2.000 đ/trang"),
        ("1.001612", "", "Mức địa phương"),
        ("1.004222", "", "20.000 đ"),
        ("1.004194", "danh_sach", "10.000 đ/người"),
        ("1.002755", "", "Tùy trường hợp"),
        ("1.013978", "", "Mức địa phương"),
    ],
)
def test_fee_of_a_starter_procedure_is_said_as_it_is_known(code: str, case: str, said: str) -> None:
    assert say_fee(Words(Language.VIETNAMESE), state_of(CATALOGUE[code], case)) == said


def test_known_part_of_an_open_sum_is_a_least_amount() -> None:
    words = Words(Language.VIETNAMESE)

    assert say_fee(words, state_of(a_procedure(a_line(50_000), a_line(None)))) == "Từ 50.000 đ"
    assert say_fee(words, state_of(a_procedure(a_line(2_000, "page"), a_line(8_000, "copy")))) == "Theo số lượng"


def test_condition_shows_above_the_fee_and_among_the_steps() -> None:
    words, late = Words(Language.VIETNAMESE), state_of(CATALOGUE["1.001193"], "thuong")

    assert say_fee_label(words, late) == "Phí thông thường"
    assert say_fee_label(words, state_of(CATALOGUE["1.004222"])) == "Phí, lệ phí"
    assert any("quá hạn" in step for step in say_fee_steps(words, late))


def test_nothing_is_said_about_fees_before_a_procedure_is_chosen() -> None:
    words = Words(Language.VIETNAMESE)

    assert (say_fee(words, IntakeState()), say_fee_steps(words, IntakeState())) == ("–", [])


@pytest.mark.parametrize("language", Language)
def test_every_fee_fits_below_the_form_and_tells_screen_readers_why(
    qtbot: QtBot, qapp: QApplication, language: Language
) -> None:
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    apply_theme(qapp, Theme.LIGHT)
    bar = OutcomeBar(Words(language))
    qtbot.addWidget(bar)
    widths = {}
    for procedure in CATALOGUE.values():
        for case in procedure.cases:
            bar.show_state(state_of(procedure, case.code))
            bar.ensurePolished()
            widths[bar.fee.text()] = bar.fee.sizeHint().width()
            assert bar.fee.accessibleDescription() == bar.fee.toolTip() != ""
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)

    assert {text: width for text, width in widths.items() if width > MOST_PIXELS[language]} == {}
