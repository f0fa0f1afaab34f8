"""Files that people hand to a command: bounded, and refused with one sentence that repeats nothing of a person."""

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.reading import read_at_most
from counter_app.core.text import nfc

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

T = TypeVar("T")


def read_file(path: Path, *, most_bytes: int, code: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        UserError: ``cli.no_such_file``; `code` with its ``file`` and ``detail`` when it is larger.
    """
    try:
        data = read_at_most(path, most_bytes)
    except (OSError, ValueError) as exc:  # ValueError: a name no system can have
        raise UserError("cli.no_such_file", file=path.name) from exc
    if data is None:
        raise UserError(code, file=path.name, detail=f"> {most_bytes // 1000} kB")
    return data


def read_json(path: Path, kind: type[T], *, most_bytes: int, code: str) -> T:
    """Return a JSON file as a typed value.

    Raises:
        UserError: as `read_file`; `code` when it is not such a document.
    """
    data = read_file(path, most_bytes=most_bytes, code=code)
    return decode_json(data, kind, most_bytes=most_bytes, code=code, file=path.name)


def decode_json(data: bytes, kind: type[T], *, most_bytes: int, code: str, file: str) -> T:
    """Return a JSON document as a typed value.

    Raises:
        UserError: `code` with its ``file`` and ``detail`` when it is larger, or no such document.
    """
    if len(data) > most_bytes:
        raise UserError(code, file=file, detail=f"> {most_bytes // 1000} kB")
    try:
        return msgspec.json.decode(data.removeprefix(_BYTE_ORDER_MARK), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise UserError(code, file=file, detail=_without_values(exc)) from exc


def _without_values(error: Exception) -> str:
    """Return what is wrong and where, without the value itself: it may say something about a person."""
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return re.sub(r" '.*'(?= - at )| '.*'$", "", nfc(str(error)))[:200]
