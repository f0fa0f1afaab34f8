import ast
import string
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.texts import Language, texts

ROOT = Path(__file__).parents[2]
SOURCES = ("counter_app", "ui", "printing")
ERRORS = {"UserError", "EnvironmentFailure", "BugError", "AppError"}
KEYWORDS_OF_ERRORS = {"retryable"}

VI = texts(Language.VIETNAMESE)
EN = texts(Language.ENGLISH)


def placeholders(wording: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(wording) if name is not None}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call by name in our sources: where it stands, the name called, the call."""
    for package in SOURCES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", name, node


def is_wording(call: ast.Call, name: str) -> bool:
    """Whether the call asks for a text: the function `text`, or anything called `words`."""
    return name in ("words", "_words") or (name == "text" and isinstance(call.func, ast.Name))


def first_literal(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def raised_codes() -> list[tuple[str, str, set[str] | None]]:
    """Where, which code, and the names of its context; None where the context is handed on as a whole."""
    found: list[tuple[str, str, set[str] | None]] = []
    for where, name, call in calls():
        code = first_literal(call) if name in ERRORS else None
        if code is not None:
            names = {keyword.arg for keyword in call.keywords}
            known = None if None in names else {str(arg) for arg in names} - KEYWORDS_OF_ERRORS
            found.append((where, code, known))
    return found


def test_both_languages_have_the_same_keys() -> None:
    assert sorted(VI.keys() ^ EN.keys()) == []


def test_both_languages_have_the_same_areas() -> None:
    folder = ROOT / "resources" / "texts"
    areas = {language: {file.name for file in (folder / language).glob("*.toml")} for language in ("vi", "en")}

    assert areas["vi"] == areas["en"]
    assert areas["vi"]


def test_both_languages_fill_the_same_placeholders() -> None:
    differing = {key for key in VI.keys() & EN.keys() if placeholders(VI[key]) != placeholders(EN[key])}

    assert sorted(differing) == []


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_every_text_is_composed_unicode_and_calm(language: Language) -> None:
    wordings = texts(language)

    assert [key for key, wording in wordings.items() if unicodedata.normalize("NFC", wording) != wording] == []
    assert [key for key, wording in wordings.items() if "!" in wording] == []
    assert [key for key, wording in wordings.items() if not wording.strip()] == []


def test_every_raised_code_has_a_sentence() -> None:
    missing = [f"{where} {code}" for where, code, _ in raised_codes() if code not in VI]

    assert missing == []


def test_every_sentence_gets_the_context_it_names() -> None:
    short = [
        f"{where} {code} lacks {sorted(placeholders(VI[code]) - known)}"
        for where, code, known in raised_codes()
        if code in VI and known is not None and not placeholders(VI[code]) <= known
    ]

    assert short == []


def test_every_text_asked_for_by_name_exists() -> None:
    missing = [
        f"{where} {key}"
        for where, name, call in calls()
        if is_wording(call, name) and (key := first_literal(call)) is not None and "." in key and key not in VI
    ]

    assert missing == []


def test_a_file_holds_sentences_and_nothing_else() -> None:
    def leaves(table: dict[str, object]) -> Iterator[object]:
        for value in table.values():
            if isinstance(value, dict):
                yield from leaves(value)
            else:
                yield value

    for file in sorted((ROOT / "resources" / "texts").rglob("*.toml")):
        values = list(leaves(tomllib.loads(file.read_text(encoding="utf-8"))))
        assert [value for value in values if not isinstance(value, str)] == [], file
