"""The Qt binding must keep the reference counts of what it returns (docs/decisions/0009)."""

import sys

from PySide6.QtCore import QObject, Signal

_ROUNDS = 300
_NOISE = 20


class _Sender(QObject):
    sent = Signal()


def test_signals_and_void_calls_lose_no_reference_to_none_or_true() -> None:
    sender = _Sender()
    before = sys.getrefcount(None), sys.getrefcount(True)

    for _ in range(_ROUNDS):
        sender.sent.emit()
        sender.setObjectName("a name")

    after = sys.getrefcount(None), sys.getrefcount(True)
    assert all(abs(new - old) < _NOISE for old, new in zip(before, after, strict=True))
