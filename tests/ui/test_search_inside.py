"""Words of a digitised paper, typed into the search field, lead to its dossier."""

from pytestqt.qtbot import QtBot

from counter_app.domain.dossier import Outcome
from counter_app.services.answers.documents import NamedFile
from counter_app.services.counter import Counter
from tests.fakes.desks import a_form
from tests.fakes.written_pdf import written_pdf
from tests.ui.printing_steps import open_dossier, type_into
from ui.shell import MainWindow


def test_a_dossier_is_found_by_what_its_paper_says_and_its_line_says_where(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code
    file = NamedFile(name="a.pdf", data=written_pdf("Tờ bìa", "Sơ đồ thửa đất số 12 ở thôn Đồng Giữa"))
    counter.digitising.attach([file], code, component=1)
    counter.paper_texts.catch_up()
    page = open_dossier(qtbot, window)
    type_into(page.search, "thua dat so 12")
    qtbot.waitUntil(lambda: any(row.inside for row in page.table.rows_model.rows))

    (row,) = page.table.rows_model.rows
    assert row.code == code
    said = [page.table.model().index(0, column).data() for column in range(page.table.model().columnCount())]
    (place,) = [text for text in said if text and "thửa đất số 12" in text]
    assert "trang 2" in place
