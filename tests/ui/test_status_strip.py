"""The strip at the bottom says what cannot go on, to the eye and to a screen reader, in both languages."""

import msgspec
import pytest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from counter_app.services.answers.desk_status import DeskStatus, LineState, Parted, Renewed
from counter_app.services.peripherals import DeviceRole, DeviceState, DeviceStatus
from resources.texts import Language
from tests.fakes.desks import START
from ui.status_strip import StatusStrip
from ui.words import Words

_STATUS = DeskStatus(
    clerk_name="", desk_name="Quầy 1", unit_name="", line=LineState.UP, numbers_left=900, unsent=3, received_today=0,
    open_print_jobs=0,
)  # fmt: skip
_PARTED = Parted(since=START, reason="sync.line_incomplete")


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("province.no_epoch_left", ("hết dải số", "used up")),
        ("sync.line_incomplete", ("tỉnh chưa gửi đủ", "has not sent all")),
        ("what another program says", ("tỉnh chưa gửi đủ", "has not sent all")),
    ],
)
def test_a_journal_that_stays_apart_is_named_with_its_reason(qtbot: QtBot, reason: str, why: tuple[str, str]) -> None:
    words = Words(Language.VIETNAMESE)
    strip = StatusStrip(words)
    qtbot.addWidget(strip)
    strip.show_status(_STATUS)
    assert strip.parted.isHidden()

    strip.show_status(msgspec.structs.replace(_STATUS, parted=Parted(since=START, reason=reason)))

    for language, part in zip((Language.VIETNAMESE, Language.ENGLISH), why, strict=True):
        words.set_language(language)
        strip.retranslate()
        assert not strip.parted.isHidden()
        assert part in strip.parted.accessibleDescription()
        assert "{" not in strip.parted.accessibleDescription()


def test_what_stays_apart_takes_the_place_of_what_was_joined(qtbot: QtBot) -> None:
    strip = StatusStrip(Words(Language.VIETNAMESE))
    qtbot.addWidget(strip)
    joined = msgspec.structs.replace(_STATUS, renewed=Renewed(at=START, epoch=2, moved=1), stands_alone=True)
    for status, is_apart in ((joined, False), (msgspec.structs.replace(joined, parted=_PARTED), True)):
        strip.show_status(status)
        assert [one.isHidden() for one in (strip.parted, strip.renewed, strip.alone)] == [
            not is_apart,
            is_apart,
            is_apart,
        ]


def test_the_strip_is_never_wider_than_the_window_and_says_all_again_when_there_is_room(qtbot: QtBot) -> None:
    strip = StatusStrip(Words(Language.VIETNAMESE))
    qtbot.addWidget(strip)
    busy = msgspec.structs.replace(
        _STATUS, parted=_PARTED, unsent_since=START, open_print_jobs=2, owed_papers=1, waiting_pages=3
    )
    strip.show_status(busy)
    strip.resize(2_000, 40)
    strip.show()
    wide = strip.sizeHint().width()
    assert not strip.received.isHidden()

    strip.resize(wide - 150, 40)
    strip.show_status(busy)

    assert strip.sizeHint().width() <= strip.width() == wide - 150
    assert strip.received.isHidden()
    assert not any(one.isHidden() for one in (strip.line, strip.waiting, strip.parted, strip.owed))
    strip.resize(wide, 40)
    assert not any(one.isHidden() for one in (strip.received, strip.readers, strip.numbers, strip.pages, strip.desk))
    assert strip.unsent.isHidden()


_NOTHING_RUNS = DeviceStatus(role=DeviceRole.CARD_READER, port="", baud=0, state=DeviceState.DISTURBED)
_ALL_AT_ONCE = msgspec.structs.replace(
    _STATUS, parted=_PARTED, unsent_since=START, open_print_jobs=2, owed_papers=1, waiting_pages=3, line=LineState.DOWN,
    desk_name="Quầy số 12 - Trung tâm phục vụ hành chính công xã Đồng Mẫu",
)  # fmt: skip


@pytest.mark.parametrize("language", list(Language))
def test_no_alarm_is_left_out_before_what_is_in_order_and_what_is_left_out_is_named(
    qtbot: QtBot, language: Language
) -> None:
    strip = StatusStrip(Words(language))
    qtbot.addWidget(strip)
    strip.show_devices([_NOTHING_RUNS])
    strip.show_status(_ALL_AT_ONCE)
    by_tone = {
        "bad": (strip.readers, strip.owed, strip.waiting, strip.parted),
        "caution": (strip.line, strip.pages, strip.to_print),
        None: (strip.received, strip.numbers, strip.desk),
    }
    strip.resize(1_900, 40)
    strip.show()
    assert strip.more.isHidden()
    for width in range(1_900, 300, -50):
        strip.resize(width, 40)
        left_out = {tone: [one for one in row if one.isHidden()] for tone, row in by_tone.items()}

        assert strip.sizeHint().width() <= width
        assert not left_out["caution"] or len(left_out[None]) == 3
        assert not left_out["bad"] or len(left_out["caution"]) == 3
        hidden = [one for row in left_out.values() for one in row]
        assert strip.more.isHidden() is not bool(hidden)
        if hidden:
            assert strip.more.text() == f"+{len(hidden)}"
            assert all(one.text() in strip.more.accessibleDescription() for one in hidden)
            assert strip.more.toolTip() == strip.more.accessibleDescription()
            assert (strip.more.property("tone") == "bad") is bool(left_out["bad"])


def test_what_takes_its_time_is_said_in_the_room_there_is(qtbot: QtBot) -> None:
    strip = StatusStrip(Words(Language.VIETNAMESE))
    qtbot.addWidget(strip)
    strip.show_status(_ALL_AT_ONCE)
    strip.resize(2_000, 40)
    strip.show()
    wide = strip.sizeHint().width()
    strip.resize(wide, 40)
    assert strip.more.isHidden()

    strip.show_busy(is_busy=True)

    assert not strip.busy.isHidden()
    assert not strip.more.isHidden()
    assert strip.sizeHint().width() <= wide
    strip.show_busy(is_busy=False)
    assert strip.more.isHidden()


def test_a_strip_fits_when_its_window_is_first_shown(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    strip = StatusStrip(Words(Language.VIETNAMESE))
    window.setCentralWidget(strip)
    strip.show_status(_ALL_AT_ONCE)
    window.resize(900, 300)

    window.show()

    assert strip.sizeHint().width() <= strip.width() == 900
    assert not strip.parted.isHidden()
