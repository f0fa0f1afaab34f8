"""A clerk answers an online request by keys: from the figure on the first page to the dossier with its file."""

import hashlib
from datetime import timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from sqlalchemy import update

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Status
from counter_app.domain.online import Submission, SubmittedFile
from counter_app.store.tables import local
from counter_app.sync.online import sign_submission
from tests.fakes.desks import PROCEDURE, person
from tests.fakes.exchanging import PROVINCE_SIGNER, exchange_of
from tests.fakes.hostile_pdf import a_pdf
from tests.fakes.scanned_corpus import Kind, as_file, make_page
from ui.actions import PageId
from ui.intake.page import IntakePage
from ui.online.page import OnlinePage
from ui.shell import MainWindow
from ui.start.page import StartPage

NAME = "Lê <b>Thị</b> Trực Tuyến"
"""No province signs such a name; shown as it is written all the same."""


@pytest.fixture
def submission(opened_counter: OpenCounter) -> Submission:
    """One of the day before yesterday, with a picture for the first paper: it is late."""
    picture = as_file(make_page(Kind.SPARSE, 5))
    component = opened_counter.counter.catalogue.get(PROCEDURE).cases[0].components[0].name
    file = SubmittedFile(
        name="giấy.png",
        sha256=hashlib.sha256(picture).hexdigest(),
        size_bytes=len(picture),
        media_type="image/png",
        component=component,
    )
    return take(opened_counter, file, picture, "a-submission")


def take(opened_counter: OpenCounter, file: SubmittedFile, data: bytes, submission_id: str) -> Submission:
    """Let a request come whole, with one file."""
    desk = opened_counter.desk
    made = Submission(
        id=submission_id,
        number="DVC-7",
        unit_code=desk.desk.unit_code,
        handed_in_at=desk.clock.now() - timedelta(days=5),
        procedure_code=PROCEDURE,
        applicant=msgspec.structs.replace(person(7), full_name=NAME),
        files=(file,),
    )
    exchange = exchange_of(opened_counter)
    exchange.trust_province(PROVINCE_SIGNER.public_key)
    exchange.take_submission(sign_submission(made, PROVINCE_SIGNER.sign))
    desk.vault.put([data])
    with desk.store.writing() as connection:
        connection.execute(update(local.online_file).values(is_here=True))
    return made


def test_online_request_is_received_by_keys(
    qtbot: QtBot, window: MainWindow, opened_counter: OpenCounter, submission: Submission
) -> None:
    counter = opened_counter.counter
    window.show_page(PageId.START)
    start = window.pages[PageId.START]
    assert isinstance(start, StartPage)
    qtbot.waitUntil(lambda: start._today is not None and start._today.figures.online_waiting == 1)
    QTest.keyClick(start, Qt.Key.Key_4)
    page = window.current_page
    assert isinstance(page, OnlinePage)
    qtbot.waitUntil(lambda: page.table.current_row is not None)
    assert page.table.current_row.is_late
    tip = page.table.rows_model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "<span>Lê &lt;b&gt;Thị&lt;/b&gt; Trực Tuyến</span>"
    title = next(one for one in page.facts_card.findChildren(QLabel) if one.text() == NAME)
    assert title.textFormat() is Qt.TextFormat.PlainText
    qtbot.waitUntil(lambda: page.viewer.number == 1 and not page.viewer.paper.pixmap().isNull(), timeout=20_000)

    window.press("F9")
    intake = window.current_page
    assert isinstance(intake, IntakePage)
    qtbot.waitUntil(lambda: intake.presenter.state.form.text("submission") == submission.id)
    assert "DVC-7" in intake._online.text()
    assert intake.presenter.state.form.text("applicant.full_name") == NAME
    assert intake.presenter.state.form.text("channel") == "online"
    assert sum(intake.presenter.state.form.count(0)) == 1
    window.press("F9")
    qtbot.waitUntil(lambda: counter.online.list_waiting() == (), timeout=20_000)
    qtbot.waitUntil(lambda: not intake.presenter.state.busy and intake.presenter.state.form.is_empty)
    assert not intake._online.isVisible()
    code = counter.online.get("DVC-7").code
    view = counter.lookup.get_dossier(code)
    assert (view.state.status, view.dossier.applicant.full_name) == (Status.RECEIVED, NAME)
    assert [one.document.component for one in counter.digitising.list_of_dossier(code)] == [1]
    window.press("Ctrl+8")
    qtbot.waitUntil(lambda: page._answers.currentIndex() == 1)


def test_file_whose_drawing_never_ends_is_refused_before_it_is_begun(opened_counter: OpenCounter) -> None:
    data = a_pdf((b"/A Do /A Do", 0))
    file = SubmittedFile(
        name="giấy.pdf",
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        media_type="application/pdf",
        component="",
    )
    take(opened_counter, file, data, "a-strange-one")

    with pytest.raises(UserError, match=r"document\.too_much_to_draw"):
        opened_counter.counter.online.count_pages("a-strange-one", 0)


def test_half_typed_intake_is_not_lost_to_an_online_request(
    qtbot: QtBot, window: MainWindow, submission: Submission
) -> None:
    window.show_page(PageId.INTAKE)
    intake = window.pages[PageId.INTAKE]
    assert isinstance(intake, IntakePage)
    intake.presenter.edit("applicant.full_name", "Trần Văn Đang Nhập")
    window.show_page(PageId.INTAKE, f"online:{submission.id}")
    qtbot.waitUntil(lambda: intake.presenter.state.message is not None)
    assert intake.presenter.state.message is not None
    assert intake.presenter.state.message.key == "online.form_in_use"
    assert intake.presenter.state.form.text("applicant.full_name") == "Trần Văn Đang Nhập"
