"""Files that people hand to a command: bounded, and refused with one sentence that repeats nothing of a person."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

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


def require_file(path: Path) -> None:
    """Return if there is such a file.

    Raises:
        UserError: ``cli.no_such_file``.
    """
    try:
        is_there = path.is_file()
    except ValueError as exc:  # a name no system can have
        raise UserError("cli.no_such_file", file=path.name) from exc
    if not is_there:
        raise UserError("cli.no_such_file", file=path.name)


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
    data = data.removeprefix(_BYTE_ORDER_MARK)
    try:
        found = msgspec.json.decode(data, type=kind)
        strange = _find_strange(msgspec.json.decode(data), found)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise UserError(code, file=file, detail=_without_values(exc)) from exc
    if strange is not None:
        raise UserError(code, file=file, detail=f"Object contains unknown field `{nfc(strange)[:60]}`")
    return found


def _find_strange(said: Any, read: Any) -> str | None:
    """Return a field that was said and not read, None when everything was.

    What also stands in journal entries lets unknown fields pass there, for the sake of older programs; somebody who
    misspells a field in a file has to hear of it.
    """
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(read, msgspec.Struct) and isinstance(said, dict):
        strange = next((name for name in said if name not in read.__struct_fields__), None)
        if strange is not None:
            return str(strange)
        parts = ((said[name], getattr(read, name)) for name in said)
    elif isinstance(read, tuple | list) and isinstance(said, list):
        parts = zip(said, read, strict=True)
    elif isinstance(read, dict) and isinstance(said, dict):
        parts = zip(said.values(), read.values(), strict=True)
    return next((strange for one, other in parts if (strange := _find_strange(one, other)) is not None), None)


def _without_values(error: Exception) -> str:
    """Return what is wrong and where, without the value itself: it may say something about a person."""
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return re.sub(r" '.*'(?= - at )| '.*'$", "", nfc(str(error)))[:200]
