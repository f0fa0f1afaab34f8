"""The coded reasons of actions as data: ``reasons.toml`` beside this module, or a province's own file in its place.

An action without a list, and the code ``other`` in every list, take a reason in free words.
"""

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from resources.texts import Language

OTHER = "other"
FILE_NAME = "reasons.toml"
_LARGEST_FILE_BYTES = 64 * 1024

_Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Words = Annotated[str, Meta(min_length=1, max_length=300)]


class ReasonFault(Exception):  # noqa: N818 -- an error of the file, named as the callers speak of it
    """A file of reasons that cannot be used, with a short technical reason."""


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason: its code, which is kept with the dossier, and its words in both languages."""

    code: _Code
    vi: _Words
    en: _Words

    def words(self, language: Language) -> str:
        """Return it in a language."""
        return self.vi if language is Language.VIETNAMESE else self.en


Reasons = dict[str, tuple[Reason, ...]]
"""By the verb of the action (``extend``)."""


def load_reasons(overlay: Path | None = None) -> Reasons:
    """Return the reasons; a file `overlay` stands in the place of ours as a whole. Safe from any thread.

    Raises:
        ReasonFault: the file cannot be read, is no such file, or names a code twice.
    """
    if overlay is None:
        return _load_shipped()
    try:
        found = overlay.stat()
    except (FileNotFoundError, NotADirectoryError):
        return _load_shipped()
    except OSError as error:
        raise ReasonFault(error.strerror or type(error).__name__) from error
    return _load_own(overlay, found.st_mtime_ns, found.st_size)


@cache
def _load_shipped() -> Reasons:
    return _converted(files(__name__).joinpath(FILE_NAME).read_bytes())


@lru_cache(maxsize=4)
def _load_own(file: Path, _changed_ns: int, size_bytes: int) -> Reasons:
    if size_bytes > _LARGEST_FILE_BYTES:
        raise ReasonFault(f"larger than {_LARGEST_FILE_BYTES} bytes")
    try:
        return _converted(file.read_bytes())
    except OSError as error:
        raise ReasonFault(error.strerror or type(error).__name__) from error


def _converted(content: bytes) -> Reasons:
    try:
        found = msgspec.convert(tomllib.loads(content.decode("utf-8-sig")), Reasons)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ReasonFault(str(error)[:200]) from error
    for action, reasons in found.items():
        codes = [reason.code for reason in reasons]
        if len(set(codes)) != len(codes) or OTHER in codes:
            raise ReasonFault(f"{action}: a code stands twice, or is {OTHER}")
    return found
