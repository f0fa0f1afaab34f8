"""How far a feed was read, and from where again after an update of this program.

What only a newer program can read, or what this one fails at, is passed over, for what is behind it must not wait. The
first place of it is kept: another version of the program begins to read there again, and what is known already has no
effect a second time.

A batch that came before what it follows, and for which there was no room to wait, is put off: the feed is read again
from its place as soon as the entry before it is here, and not sooner.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from counter_app import __version__
from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.sync.inbox import Taken
from counter_app.sync.ports import FeedItem

_Item = TypeVar("_Item")
_log = logging.getLogger(__name__)
#: What a strange item can bring about at a store that is sound.
STRANGE = (
    BugError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError, msgspec.MsgspecError
)  # fmt: skip
#: What says nothing of the item: as long as a store has no province, it takes nothing.
_NOT_YET = frozenset({"sync.no_roster", "sync.no_province"})
#: What an item comes to that may be good for a newer program.
NEWER = "sync.newer_program"
#: What an item comes to that is good for nobody here: it is not what it says, not proved, or another unit's.
_BAD = frozenset(
    {"sync.bad_batch", "sync.not_genuine", "sync.unknown_desk", "sync.revoked_desk", "sync.bad_roster",
     "sync.bad_receipt", "sync.bad_portal_answer", "sync.bad_submission", "sync.bad_system_answer",
     "sync.bad_concerned", "pack.bad", "pack.other_unit"}
)  # fmt: skip
#: Of so many chains of one desk it is kept where they were put off; no desk that means well has more.
_MOST_PUT_OFF = 16


class _PutOff(msgspec.Struct, frozen=True, kw_only=True):
    """The first place of what was put off of a chain, and the number of the entry that has to be here first."""

    desk: str
    epoch: int
    position: int
    awaited: int


_decode = msgspec.json.Decoder(list[_PutOff]).decode


def cannot_take(error: Exception) -> UserError:
    """Return what an item comes to that brought about, at a sound store, what nobody foresaw (one of `STRANGE`)."""
    _log.warning("cannot be taken: %s", error if isinstance(error, AppError) else type(error).__name__)
    return UserError("sync.cannot_take")


def find_amiss(take: Callable[[_Item], object], item: _Item) -> AppError | None:
    """Take one item. Returns what is amiss, with the item or with the store."""
    try:
        take(item)
    except STRANGE as exc:
        return cannot_take(exc)
    except AppError as exc:
        return exc
    return None


@dataclass(frozen=True, slots=True)
class FeedReading:
    """The place in one feed. `read` and `write` are the values of the reader's own file, under `name` and one like it.

    Places are kept as ``POSITION MARK`` with the mark in hexadecimal digits.
    """

    name: str
    read: Callable[[str], bytes | None]
    write: Callable[[str, bytes], None]

    @property
    def _passed_over(self) -> str:
        return f"{self.name}_passed_over"

    @property
    def _put_off(self) -> str:
        return f"{self.name}_put_off"

    def start(self) -> tuple[int, bytes]:
        """Return after which position to go on, and the mark of what was there; an earlier one after an update."""
        position, _blank, mark = (self.read(self.name) or b"0").decode().partition(" ")
        first, _blank, version = (self.read(self._passed_over) or b"").decode().partition(" ")
        if not first or version == __version__:
            return int(position), bytes.fromhex(mark)
        earlier = min(int(position), int(first) - 1)
        self.write(self.name, str(earlier).encode())
        self.write(self._passed_over, b"")
        return earlier, b""

    def keep(self, item: FeedItem) -> None:
        """Keep that everything up to an item was read."""
        self.write(self.name, f"{item.position} {item.mark.hex()}".encode())

    def settle(self, item: FeedItem, amiss: AppError | None) -> bool:
        """Let an item that is bad, by what taking it came to, or a newer program's delay nothing behind it.

        Returns whether it is bad.

        Raises:
            AppError: `amiss`, where it says nothing of the item: a store that fails, or that is full.
        """
        if amiss is None:
            return False
        if amiss.code == NEWER:
            self.pass_over(item)
            return False
        if amiss.code not in _BAD:
            if isinstance(amiss, EnvironmentFailure) or amiss.code in _NOT_YET:
                raise amiss
            self.pass_over(item)  # nobody foresaw it, so it may be this program's fault
        _log.warning("an item of a feed was passed over: %s", amiss.code)
        return True

    def pass_over(self, item: FeedItem) -> None:
        """Keep that an item is for another version of this program."""
        first, _blank, _version = (self.read(self._passed_over) or b"").decode().partition(" ")
        if not first or item.position < int(first):  # a feed that was set back has it in an earlier place
            self.write(self._passed_over, f"{item.position} {__version__}".encode())

    def put_off(self, item: FeedItem, taken: Taken) -> None:
        """Keep that a batch must come again once the entry before its first one is here.

        One that begins an epoch waits for no number: the next version of this program reads it again.
        """
        known = self._list_put_off()
        same = [one for one in known if (one.desk, one.epoch) == (taken.desk, taken.epoch)]
        of_desk = sum(one.desk == taken.desk for one in known)
        if taken.first_seq == 1 or (not same and of_desk >= _MOST_PUT_OFF):
            self.pass_over(item)
            return
        position = min([item.position, *(one.position for one in same)])
        awaited = min([taken.first_seq - 1, *(one.awaited for one in same)])
        kept = _PutOff(desk=taken.desk, epoch=taken.epoch, position=position, awaited=awaited)
        if [kept] != same:
            self._keep_put_off([*(one for one in known if one not in same), kept])

    def go_back(self, is_here: Callable[[str, int, int], bool], *, not_before: int = 0) -> None:
        """Let the reading begin from where something was put off, if what that waits for came since.

        `is_here` says whether an entry is, by its desk, epoch and number. Nothing changes where that would be before a
        place. For whoever reads the feed and for nobody beside: what it keeps on the way would undo this.
        """
        known = self._list_put_off()
        due = [one for one in known if is_here(one.desk, one.epoch, one.awaited)]
        if not due:
            return
        earlier = min(one.position for one in due) - 1
        if earlier < not_before:
            return
        if earlier < self.start()[0]:
            self.write(self.name, str(earlier).encode())
        self._keep_put_off([one for one in known if one not in due])

    def find_start(self, is_here: Callable[[str, int, int], bool]) -> tuple[int, bytes]:
        """Return where a reading would begin that goes back, and change nothing of what is put off."""
        position, mark = self.start()
        due = [one.position - 1 for one in self._list_put_off() if is_here(one.desk, one.epoch, one.awaited)]
        return (min(due), b"") if due and min(due) < position else (position, mark)

    def _list_put_off(self) -> list[_PutOff]:
        return _decode(self.read(self._put_off) or b"[]")

    def _keep_put_off(self, put_off: list[_PutOff]) -> None:
        self.write(self._put_off, msgspec.json.encode(put_off))
