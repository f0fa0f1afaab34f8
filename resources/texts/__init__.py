"""Every sentence people read, in Vietnamese and English, keyed alike in both.

One TOML file per area and language: ``resources/texts/vi/intake.toml`` holds ``intake.*``. Placeholders are
``{name}``. The window, the command line and the paper all read from here, so a wording exists once.
"""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


class Language(StrEnum):
    """A language the product speaks completely."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


def _flatten(prefix: str, table: dict[str, Any], into: dict[str, str]) -> None:
    for key, value in table.items():
        name = f"{prefix}.{key}"
        if isinstance(value, dict):
            _flatten(name, value, into)
        else:
            into[name] = str(value)


@cache
def texts(language: Language) -> MappingProxyType[str, str]:
    """Return all texts of a language by their full key (``intake.accept``). Read once, safe from any thread."""
    found: dict[str, str] = {}
    for file in (files(__name__) / language.value).iterdir():
        if file.name.endswith(".toml"):
            area = file.name.removesuffix(".toml")
            _flatten(area, tomllib.loads(file.read_text(encoding="utf-8")), found)
    return MappingProxyType(found)


def text(key: str, language: Language, **context: str | int) -> str:
    """Return one text with its placeholders filled.

    Raises:
        KeyError: no such key or a placeholder without a value; a test keeps both from happening.
    """
    wording = texts(language)[key]
    return wording.format(**context) if context else wording


def has_text(key: str) -> bool:
    """Whether the key exists in Vietnamese; a test keeps the languages equal."""
    return key in texts(Language.VIETNAMESE)
