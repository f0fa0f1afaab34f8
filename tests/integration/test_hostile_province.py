"""Whatever a province answers, a desk loses nothing, believes nothing that it cannot check, and goes on afterwards."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.cli import run
from counter_app.core.errors import EnvironmentFailure
from counter_app.core.ids import new_id
from counter_app.journal.chain import Signer
from counter_app.province.running import served
from counter_app.province.service import Province
from counter_app.services.answers.line import LineAnswer
from counter_app.sync.ports import PROVINCE, Acknowledgement, FeedItem, FeedKind
from counter_app.sync.roster import DeskKind, Roster, sign_roster
from tests.fakes.desks import PASSPHRASE, START
from tests.fakes.exchanging import exchange_of, hall_folder, hall_unit, picture_of
from tests.fakes.province import RemoteDesk, next_slice, province_folder
from tests.fakes.province_desks import at, enrol, is_sound, receive

_encode = msgspec.msgpack.encode
Lie = Callable[[str], bytes]


class Lying(Province, frozen=True, kw_only=True):
    """A service with the true certificate that answers as a test wants it; None: honestly."""

    chains: Lie | None = None
    taking: Lie | None = None
    feed: Lie | None = None

    def list_chains(self, desk_id: str) -> bytes:
        return super().list_chains(desk_id) if self.chains is None else self.chains(desk_id)

    def take(self, desk_id: str, data: bytes) -> bytes:
        return super().take(desk_id, data) if self.taking is None else self.taking(desk_id)

    def read_feed(self, desk_id: str, *, after: int, mark: bytes = b"", own: bool) -> bytes:
        if self.feed is None or after:
            return super().read_feed(desk_id, after=after, mark=mark, own=own)
        return self.feed(desk_id)


def _acknowledged(seq: int, *, epoch: int = 1, other: bool = False) -> Lie:
    def lie(desk_id: str) -> bytes:
        return _encode(Acknowledgement(desk=new_id() if other else desk_id, epoch=epoch, seq=seq, hash=bytes(32)))

    return lie


def _listed(lie: Lie) -> Lie:
    return lambda desk_id: _encode([msgspec.msgpack.decode(lie(desk_id))])


def _fed(kind: FeedKind, data: bytes) -> Lie:
    return lambda _desk_id: _encode([FeedItem(position=position, kind=kind, data=data) for position in (1, 2)])


def _invented_batch() -> bytes:
    signer, _secret = Signer.generate()
    desk = RemoteDesk(new_id(), signer, None)  # type: ignore[arg-type]
    return desk.seal(desk.chain(3))[0].data


def _foreign_roster() -> bytes:
    return sign_roster(Roster(number=10_000, issued_at=START, desks=()), Signer.generate()[0].sign)


LIES: dict[str, dict[str, Any]] = {
    "nonsense": dict.fromkeys(("chains", "taking", "feed"), lambda _desk: b"\xc1nonsense"),
    "nothing": {"chains": lambda _desk: _encode([]), "taking": lambda _desk: b"", "feed": lambda _desk: b"\x90"},
    "too much": {"chains": lambda _desk: bytes(9 * 1024 * 1024)},
    "a failure": {"taking": lambda _desk: bytes(1 // 0)},
    "wrong hashes": {"chains": _listed(_acknowledged(5)), "taking": _acknowledged(5)},
    "more than there is": {"chains": _listed(_acknowledged(2**31)), "taking": _acknowledged(2**31)},
    "an epoch to come": {"chains": _listed(_acknowledged(7, epoch=9)), "taking": _acknowledged(7, epoch=9)},
    "another desk's": {"taking": _acknowledged(5, other=True)},
    "an invented batch": {"feed": _fed(FeedKind.BATCH, _invented_batch())},
    "a damaged batch": {"feed": _fed(FeedKind.BATCH, _invented_batch()[:-1])},
    "a foreign roster": {"feed": _fed(FeedKind.ROSTER, _foreign_roster())},
    "a feed that stands still": {"feed": lambda _desk: _encode([FeedItem(position=0, kind=FeedKind.ROSTER, data=b"")])},
}


@contextmanager
def _answering(folder: Path) -> Iterator[tuple[Province, Callable[..., None]]]:
    """Give a province and what changes its answers."""
    with served(folder, listen=("127.0.0.1", 0)) as (province, server):
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def lie(**lies: Lie) -> None:
            facts: dict[str, Any] = msgspec.structs.asdict(province) | lies
            server.province = Lying(**facts)

        try:
            yield province, lie
        finally:
            server.shutdown()
            thread.join()


def test_a_province_that_lies_is_not_believed_and_an_honest_one_gets_everything(tmp_path: Path) -> None:
    with (
        province_folder() as folder,
        _answering(folder) as (province, lie),
        at(hall_folder(tmp_path, 1)) as made,
    ):
        enrol(made, province, hall_unit().code)
        code = receive(made)
        before, roster = picture_of(made), exchange_of(made).read_roster_file()
        for name, lies in LIES.items():
            lie(**lies)
            answer = _exchange(made)
            assert answer is None or answer.received == 0, name
            if "taking" in lies:
                assert exchange_of(made).next_batches(PROVINCE), name
            assert picture_of(made) == before, name
            assert exchange_of(made).read_roster_file() == roster, name
        lie()
        made.counter.province_line.exchange()
        assert made.counter.province_line.exchange().oldest_unsent_s is None
        assert exchange_of(made).next_batches(PROVINCE) == []
        assert province.show_dossier(code).entries
        assert is_sound(made)


def _exchange(made: OpenCounter) -> LineAnswer | None:
    """Exchange once; None where the line was given up."""
    try:
        return made.counter.province_line.exchange()
    except EnvironmentFailure as exc:
        if exc.code not in {"sync.line_refused", "sync.line_down"}:
            raise
        return None


def _interrupting(_desk_id: str) -> bytes:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    return b""


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """A process that a shell put into the background ignores the signal, and so does all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize(
    ("lie", "exit_code"), [(LIES["nonsense"]["feed"], 0), (_interrupting, 130)], ids=["refused", "interrupted"]
)
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "lines"])
def test_a_new_desk_is_answered_with_its_password_whatever_ends_its_history(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    lie: Lie,
    exit_code: int,
    as_json: bool,
) -> None:
    monkeypatch.setenv("COUNTER_APP_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("COUNTER_APP_LANGUAGE", "en")
    monkeypatch.delenv("COUNTER_APP_PASSWORD", raising=False)
    with province_folder() as folder, _answering(folder) as (province, change):
        code = province.invite(unit=hall_unit(), kind=DeskKind.DESK, name="Quầy 9", number_slice=next_slice())
        change(feed=lie)
        options = ["--enrol", code, "--province", province.url, *(["--json"] if as_json else [])]
        assert run(["--data", str(tmp_path / "new"), "bootstrap", *options]) == exit_code
    said = capsys.readouterr()
    if as_json:
        answer = msgspec.json.decode(said.out)
        assert (bool(answer["password"]), answer["received"]) == (True, None)
    else:
        made, password, history = said.out.splitlines()
        assert ("Quầy 9" in made, "password" in password, "next exchange" in history) == (True, True, True)
    assert bool(said.err) is (exit_code == 0)
