"""Structs are made known to msgspec before threads decode them.

msgspec looks at a struct's fields when it first decodes one, and shows the struct to other threads before it is done:
two threads that decode the first one at once end the process (seen with 0.22.0; `_core`, a null pointer).
"""

import logging
from collections.abc import Iterator

import msgspec

_log = logging.getLogger(__name__)


def prepare_structs() -> None:
    """Let msgspec look at every struct that is loaded. For a process that serves, before its first thread."""
    for kind in set(_iter_structs(msgspec.Struct)):
        try:
            msgspec.msgpack.Decoder(kind)
        except (TypeError, NameError) as exc:  # one that is never decoded
            _log.debug("%s is not decoded: %s", kind.__qualname__, type(exc).__name__)


def _iter_structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in kind.__subclasses__():
        yield each
        yield from _iter_structs(each)
