"""Who goes when a service has too many connections."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from counter_app.sync.callers import Callers

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def connect() -> Iterator[Callable[[], Pair]]:
    """Give what makes a connection: the service's end, and the caller's."""
    with ExitStack() as stack:

        def make() -> Pair:
            ours, theirs = socket.socketpair()
            theirs.settimeout(5)
            return stack.enter_context(ours), stack.enter_context(theirs)

        yield make


def _is_cut(theirs: socket.socket) -> bool:
    theirs.setblocking(False)
    try:
        return theirs.recv(1) == b""
    except BlockingIOError:
        return False


def test_the_oldest_of_an_address_goes_and_who_is_known_counts_for_it_no_longer(connect: Callable[[], Pair]) -> None:
    callers = Callers(strangers=100, strangers_of_one=3, of_one=2)
    known = [connect() for _ in range(5)]
    for number, (ours, _theirs) in enumerate(known):
        callers.come(ours, "192.0.2.1")
        callers.show(ours, f"desk {number}")
    flood = [connect() for _ in range(8)]
    other = connect()
    callers.come(other[0], "192.0.2.2")
    for ours, _theirs in flood:
        callers.come(ours, "192.0.2.1")
    assert [_is_cut(theirs) for _ours, theirs in flood] == [True] * 5 + [False] * 3
    assert not any(_is_cut(theirs) for _ours, theirs in (*known, other))
    assert callers.dropped == 5
    callers.show(flood[0][0], "desk 0")  # it was cut before its handshake ended, and counts for nobody
    callers.leave(flood[7][0])
    callers.come(connect()[0], "192.0.2.1")
    assert callers.dropped == 5


def test_the_oldest_of_a_desk_goes(connect: Callable[[], Pair]) -> None:
    callers = Callers(strangers=100, strangers_of_one=3, of_one=2)
    ones = [connect() for _ in range(4)]
    for number, (ours, _theirs) in enumerate(ones):
        callers.come(ours, f"192.0.2.{number}")
        callers.show(ours, "desk")
    assert [_is_cut(theirs) for _ours, theirs in ones] == [True, True, False, False]


def test_of_all_strangers_one_of_the_address_with_the_most_goes(connect: Callable[[], Pair]) -> None:
    callers = Callers(strangers=6, strangers_of_one=4, of_one=2)
    addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.2", "192.0.2.3", "192.0.2.3", "192.0.2.4"]
    ones = [connect() for _ in addresses]
    for (ours, _theirs), address in zip(ones, addresses, strict=True):
        callers.come(ours, address)
    assert [_is_cut(theirs) for _ours, theirs in ones] == [False, True, False, False, False, False, False]
