"""Whoever sends a byte now and then is not waited for beyond the set time."""

import io
import socket

import pytest

from counter_app.core.prompt_reading import PromptReader


def test_what_comes_in_time_is_read_and_what_comes_later_is_not() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(60)
        raw = PromptReader(near, within_s=0.3)
        reader = io.BufferedReader(raw)
        far.sendall(b"GET /\r\n")
        assert reader.readline() == b"GET /\r\n"
        far.sendall(b"X")
        with pytest.raises(TimeoutError):
            reader.readline()
        far.sendall(b"Y\r\n")
        with pytest.raises(TimeoutError):
            reader.readline()
        assert near.gettimeout() == 60


def test_the_end_is_the_end() -> None:
    near, far = socket.socketpair()
    with near:
        far.sendall(b"abc")
        far.close()
        assert io.BufferedReader(PromptReader(near, within_s=30)).read() == b"abc"
