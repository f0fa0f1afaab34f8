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
from counter_app.core.changes import Topic
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

_FILE = local.online_file.c
NAME = "Lê <b>Thị</b> Trực Tuyến"
"""No province signs such a name; shown as it is written all the same."""


@pytest.fixture
def submission(opened_counter: OpenCounter) -> Submission:
    """One of the day before yesterday, with a picture for the first paper: it is late."""
    picture = as_file(make_page(Kind.SPARSE, 5))
    component = opened_counter.counter.catalogue.get(PROCEDURE).cases[0].components[0].name
    return take(opened_counter, "a-submission", {"giấy.png": picture}, component=component)


def take(
    opened_counter: OpenCounter, submission_id: str, files: dict[str, bytes], *, component: str = "", count: int = 9
) -> Submission:
    """Let a request come with so many of its files."""
    desk = opened_counter.desk
    made = Submission(
        id=submission_id,
        number="DVC-7",
        unit_code=desk.desk.unit_code,
        handed_in_at=desk.clock.now() - timedelta(days=5),
        procedure_code=PROCEDURE,
        applicant=msgspec.structs.replace(person(7), full_name=NAME),
        files=tuple(
            SubmittedFile(
                name=name,
                sha256=hashlib.sha256(data).hexdigest(),
                size_bytes=len(data),
                media_type="application/pdf" if name.endswith(".pdf") else "image/png",
                component=component,
            )
            for name, data in files.items()
        ),
    )
    exchange = exchange_of(opened_counter)
    exchange.trust_province(PROVINCE_SIGNER.public_key)
    exchange.take_submission(sign_submission(made, PROVINCE_SIGNER.sign))
    for data in list(files.values())[:count]:
        bring(opened_counter, data)
    return made


def bring(opened_counter: OpenCounter, data: bytes) -> None:
    """Let a file of a request come."""
    desk = opened_counter.desk
    blob = desk.vault.put([data])
    with desk.store.writing() as connection:
        connection.execute(update(local.online_file).where(_FILE.sha256 == blob.sha256).values(is_here=True))
    desk.announcer.announce(Topic.ONLINE)


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


def test_a_file_that_comes_moves_nobody_from_the_one_that_is_read_and_is_shown_where_it_was_waited_for(
    qtbot: QtBot, window: MainWindow, opened_counter: OpenCounter
) -> None:
    pictures = [as_file(make_page(Kind.SPARSE, number)) for number in (5, 6, 7)]
    take(opened_counter, "three", {f"{place}.png": data for place, data in enumerate(pictures)}, count=1)
    window.show_page(PageId.ONLINE)
    page = window.pages[PageId.ONLINE]
    assert isinstance(page, OnlinePage)
    qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.files_here == 1)
    page.files.setCurrentRow(1)
    qtbot.waitUntil(lambda: "1/3" in page.viewer.title.text())
    for count, data in enumerate(pictures[1:], start=2):
        bring(opened_counter, data)
        qtbot.waitUntil(lambda: page.chosen.files_here == count)  # noqa: B023 - it is waited for here
        qtbot.waitUntil(lambda: page.viewer.number == 1, timeout=20_000)
        assert page.files.currentRow() == 1
        assert "1.png" in page.viewer.title.text()


def test_file_whose_drawing_never_ends_is_refused_before_it_is_begun(opened_counter: OpenCounter) -> None:
    data = a_pdf((b"/A Do /A Do", 0))
    take(opened_counter, "a-strange-one", {"giấy.pdf": data})

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
