"""The strip at the bottom says what cannot go on, to the eye and to a screen reader, in both languages."""

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from counter_app.services.answers.desk_status import DeskStatus, LineState, Parted, Renewed
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
