"""The service is flooded from an address or by a desk: everybody else is answered, and new desks come in."""

import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.province.service import Province
from counter_app.sync.callers import MOST_OF_ONE, MOST_STRANGERS_OF_ONE
from counter_app.sync.https_line import HttpsLine, load_key, parse_url
from counter_app.sync.roster import DeskKind
from tests.fakes.daemons import wait_until
from tests.fakes.province import RemoteDesk, admit

_ELSEWHERE = "127.0.0.2"
_FLOOD = 120


def _connect(province: Province, address: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(parse_url(province.url), timeout=10, source_address=(address, 0))


def _say(province: Province, words: bytes, desk: RemoteDesk | None = None) -> ssl.SSLSocket:
    """Return a connection, a desk's or without a certificate, over which something was said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if desk is not None:
        load_key(context, desk.identity)
    made = context.wrap_socket(_connect(province))
    made.sendall(words)
    return made


def _is_closed(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return one.recv(1) == b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def _count_open(ones: Sequence[socket.socket]) -> int:
    return sum(not _is_closed(one) for one in ones)


@contextmanager
def _lines(desks: list[RemoteDesk], each: int) -> Iterator[list[HttpsLine]]:
    with ExitStack() as stack:
        yield [stack.enter_context(desk.line()) for desk in desks for _ in range(each)]


@contextmanager
def _flooding(province: Province) -> Iterator[None]:
    """Open connections from another address as fast as it goes; the newest are kept open."""
    stop, kept = threading.Event(), deque[socket.socket](maxlen=_FLOOD)

    def flood() -> None:
        while not stop.is_set():
            if len(kept) == _FLOOD:
                kept[0].close()
            with suppress(OSError):  # the flood is no honest caller, and may be kept out
                kept.append(_connect(province, _ELSEWHERE))

    with ThreadPoolExecutor(1) as pool:
        flooding = pool.submit(flood)
        try:
            wait_until(lambda: len(kept) == _FLOOD, "the flood is on")
            yield
        finally:
            stop.set()
            flooding.result(20)
            for one in kept:
                one.close()


def test_a_flood_from_an_address_keeps_nobody_out(province: Province) -> None:
    hall, *desks = [admit(province, kind=kind) for kind in (DeskKind.HALL, *[DeskKind.DESK] * 10)]
    with ExitStack() as stack, _lines([hall, *desks], 5) as lines:
        silent = [stack.enter_context(_connect(province)) for _ in range(_FLOOD)]
        half = b"POST /claim HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf"
        slow = [stack.enter_context(_say(province, half)) for _ in range(MOST_STRANGERS_OF_ONE + 10)]
        wait_until(lambda: _count_open([*silent, *slow]) <= MOST_STRANGERS_OF_ONE, "the oldest of the address went")
        assert _count_open(silent) == 0
        with _flooding(province), ThreadPoolExecutor(11) as pool:
            # The hall and its desks share the address of all who say nothing, and a new desk comes to them.
            assert len(list(pool.map(HttpsLine.read_chains, lines))) == 55
            admit(province)
            assert len(list(pool.map(HttpsLine.read_chains, lines))) == 55


def test_a_desk_that_floods_has_only_its_own_connections_closed(province: Province) -> None:
    one, other = admit(province), admit(province)
    bad = bytearray(one.seal(one.chain(5))[0].data)
    bad[-1] ^= 1
    with ExitStack() as stack, _lines([one], MOST_OF_ONE) as lines, _lines([other], 5) as others:
        for line in others:
            line.read_chains()
        asked = b"GET /chains HTTP/1.1\r\n\r\n"
        many = [stack.enter_context(_say(province, asked, one)) for _ in range(MOST_OF_ONE * 2)]
        wait_until(lambda: _count_open(many) == MOST_OF_ONE, "the oldest of the desk went")
        assert _count_open(many[:MOST_OF_ONE]) == 0
        pool = stack.enter_context(ThreadPoolExecutor(MOST_OF_ONE))
        flood = [pool.submit(_push_in_vain, line, bytes(bad)) for line in lines]
        for line in others * 5:
            assert line.read_chains() == []
        assert {one.result() for one in flood} == {"sync.bad_batch"}


def _push_in_vain(line: HttpsLine, data: bytes) -> str:
    """Push a batch whose signature is wrong, again and again; returns what was said of it."""
    reasons = set()
    for _ in range(6):
        with pytest.raises(EnvironmentFailure) as caught:
            line.request("POST", "/journal", data)
        reasons.add(str(caught.value.context["reason"]))
    (reason,) = reasons
    return reason
