"""Papers digitised before are offered beside their line of the intake checklist, and taken by one key."""

from PySide6.QtCore import Qt

from counter_app.services.answers.documents import NamedFile
from tests.fakes.intake_place import HUNG, LAN, Place
from tests.fakes.written_pdf import written_pdf
from ui.actions import ActionId
from ui.messages import Severity

NAME = 0


def earlier_dossier(place: Place) -> str:
    """Receive a dossier of the person whose card is read, and digitise its first paper."""
    place.ready_to_accept()
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()
    dossier = place.newest().dossier
    file = NamedFile(name="a.pdf", data=written_pdf("Giấy xác nhận"))
    place.open_desk.counter.digitising.attach([file], dossier.code, component=1)
    return dossier.code


def said(place: Place, line: int) -> str:
    model = place.page.checklist.table.model()
    return str(model.index(line, NAME).data(Qt.ItemDataRole.DisplayRole))


def is_ticked(place: Place, line: int) -> bool:
    model = place.page.checklist.table.model()
    return bool(model.index(line, NAME).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked)


def test_it_is_offered_taken_left_and_taken_again_by_one_key_and_the_dossier_has_it(place: Place) -> None:
    code = earlier_dossier(place)
    place.scan(LAN)
    place.choose("khai sinh")
    place.qtbot.waitUntil(lambda: "Ctrl+U" in said(place, 0))
    assert not is_ticked(place, 0)
    place.page.focus_field("checklist")

    place.page.perform(ActionId.INTAKE_REUSE)
    assert is_ticked(place, 0)
    assert code in place.bar.text
    place.page.perform(ActionId.INTAKE_REUSE)
    assert not is_ticked(place, 0)
    place.page.perform(ActionId.INTAKE_REUSE)
    place.page.perform(ActionId.INTAKE_ALL_HANDED_IN)
    assert not any(place.page.presenter.state.form.count(0)), "what is digitised is not asked for again"
    assert place.page.presenter.state.missing == ()
    place.wait_quote()
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()

    newest = place.newest().dossier
    assert newest.papers[0].reused is not None
    assert newest.papers[0].reused.dossier_code == code
    assert len(place.open_desk.counter.digitising.list_of_dossier(newest.code)) == 1


def test_a_line_without_one_says_so_and_a_piece_handed_in_takes_its_place(place: Place) -> None:
    earlier_dossier(place)
    place.scan(LAN)
    place.choose("khai sinh")
    place.qtbot.waitUntil(lambda: "Ctrl+U" in said(place, 0))
    place.page.focus_field("checklist")
    place.page.perform(ActionId.INTAKE_REUSE)
    place.press(Qt.Key.Key_Space)
    assert any(place.page.presenter.state.form.count(0))
    assert place.page.presenter.state.form.reused(0) == ""

    place.press(Qt.Key.Key_Return)
    place.page.perform(ActionId.INTAKE_REUSE)
    assert place.bar.message is not None
    assert place.bar.message.severity is Severity.WARNING
    # Another person: what was offered is gone with the first one.
    place.press(Qt.Key.Key_Up)
    place.page.perform(ActionId.INTAKE_REUSE)
    assert place.page.presenter.state.form.reused(0)
    place.scan(HUNG)
    place.qtbot.waitUntil(lambda: not place.page.presenter.state.form.reused(0))
    assert "Ctrl+U" not in said(place, 0)
