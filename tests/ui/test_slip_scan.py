from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import PaperRequest
from counter_app.services.answers.slips import SlipCheck
from counter_app.services.counter import Counter
from counter_app.services.peripherals import DeviceRole, Scan
from resources.texts import Language
from ui.actions import PageId
from ui.dossiers.page import DossiersPage
from ui.messages import Severity
from ui.shell import MainWindow
from ui.slip_words import slip_message
from ui.words import Words


def _slip_text(counter: Counter, code: str) -> str:
    data = counter.papers.draft(PaperRequest(form=Form.RECEIPT, codes=(code,)))
    assert isinstance(data, SlipData)
    assert "QMC1:" in data.scan_text
    return data.scan_text


def _shown_code(window: MainWindow) -> str:
    page = window.pages.get(PageId.DOSSIERS)
    shown = page.panel.shown if isinstance(page, DossiersPage) else None
    return shown.dossier.code if shown is not None else ""


def _changed(text: str) -> str:
    place = text.index("QMC1:") + len("QMC1:") + 80
    return text[:place] + ("2" if text[place] != "2" else "3") + text[place + 1 :]


def _scanned(window: MainWindow) -> Callable[[str], None]:
    return lambda text: window.bridge.scanned.emit(Scan(role=DeviceRole.BARCODE_READER, raw=text.encode()))


@pytest.mark.parametrize("page", [PageId.INTAKE, PageId.SETTINGS, PageId.PRINT_JOBS])
def test_slip_opens_its_dossier_from_any_page_and_is_said_to_be_genuine(
    qtbot: QtBot, window: MainWindow, counter: Counter, page: PageId
) -> None:
    code = counter.lookup.list_recent(limit=3)[2].code
    window.show_page(page)

    _scanned(window)(_slip_text(counter, code))

    qtbot.waitUntil(lambda: _shown_code(window) == code)
    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert window.bar.message is not None
    assert window.bar.message.severity is Severity.SUCCESS
    assert code in window.bar.message.text


def test_changed_slip_is_refused_with_its_reason(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = counter.lookup.list_recent(limit=1)[0].code
    text = _changed(_slip_text(counter, code))

    window.router.take_typed(text)

    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert window.bar.message is not None
    assert window.bar.message.severity in (Severity.ERROR, Severity.WARNING)
    assert window.bar.message.text == window.words(counter.slip_checks.check(text).reason)


def test_slip_read_in_part_says_that_it_is_damaged(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = counter.lookup.list_recent(limit=1)[0].code
    text = _slip_text(counter, code)[:40]

    _scanned(window)(text)

    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert window.bar.message is not None
    assert window.bar.message.text == window.words("slip.damaged")
    assert window.current_page is window.pages[PageId.START]


def test_page_that_tests_readers_keeps_the_slip_to_itself(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = counter.lookup.list_recent(limit=1)[0].code
    window.show_page(PageId.DEVICES)
    heard: list[object] = []
    window.router.resolved.connect(lambda target, _length: heard.append(target))

    _scanned(window)(_slip_text(counter, code))

    qtbot.waitUntil(lambda: bool(heard))
    assert window.bar.message is None
    assert window.current_page is window.pages[PageId.DEVICES]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("check", "severity", "key"),
    [
        (SlipCheck(is_valid=True, code="H99.14-261123-0001", unit_name="Xã Mẫu"), Severity.SUCCESS, "slip.genuine"),
        (
            SlipCheck(is_valid=True, code="H99.14-261123-0001", unit_name="Xã Mẫu", notes=("slip.due_moved",)),
            Severity.WARNING,
            "slip.due_moved",
        ),
        (SlipCheck(is_valid=False, reason="slip.bad_signature"), Severity.ERROR, "slip.bad_signature"),
        (SlipCheck(is_valid=False, reason="slip.wrong_unit"), Severity.ERROR, "slip.wrong_unit"),
        (SlipCheck(is_valid=False, reason="slip.unknown_key"), Severity.WARNING, "slip.unknown_key"),
    ],
)
def test_every_outcome_of_a_check_has_its_sentence(
    language: Language, check: SlipCheck, severity: Severity, key: str
) -> None:
    words = Words(language)

    message = slip_message(words, check)

    assert message.severity is severity
    assert words(key, code=check.code, unit=check.unit_name) in message.text
