"""What a parser says of wrong input, in the reader's language.

`argparse` and msgspec speak to programmers, in English alone, and what they say goes into the sentence of an error as
its detail. Each of their phrases that a command can meet is known here; one that is not known stays as it is.
"""

import re

from resources.texts import Language, text

# Of argparse, then of this program's own types of arguments, then of msgspec.
_PHRASES: dict[str, str] = {
    "required": r"the following arguments are required: (?P<names>.+)",
    "one_required": r"one of the arguments (?P<names>.+) is required",
    "unrecognized": r"unrecognized arguments: (?P<names>.+)",
    "not_allowed": r"not allowed with argument (?P<other>.+)",
    "choice": r"invalid choice: '?(?P<value>.*?)'? \(choose from (?P<choices>.+)\)",
    "not_whole": r"invalid int value: '?(?P<value>.*?)'?",
    "bad_value": r"invalid \w+ value: '?(?P<value>.*?)'?",
    "one_value": r"expected one argument",
    "some_values": r"expected at least one argument",
    "no_value": r"ignored explicit argument '?(?P<value>.*?)'?",
    "ambiguous": r"ambiguous option: (?P<value>.+) could match (?P<names>.+)",
    "not_between": r"'?(?P<value>.*?)'? is no number from (?P<low>\d+) to (?P<high>\d+)",
    "no_instant": r"'?(?P<value>.*?)'? is no ISO 8601 date and time",
    "no_day": r"'?(?P<value>.*?)'? is no ISO 8601 date",
    "no_amount": r"'?(?P<value>.*?)'? is no amount in whole đồng",
    "not_shaped": r"'?(?P<value>.*?)'? is not (?P<shape>[A-Z]+[-=][A-Z]+)",
    "too_long": r"longer than (?P<most>\d+) characters",
    "no_text": r"the bytes given are no UTF-8 text|not UTF-8",
    "no_folder_name": r"the folder has no name",
    "needs_offset": r"received_at needs an offset such as \+07:00",
    "malformed": r"JSON is malformed: .*\(byte (?P<byte>\d+)\)",
    "truncated": r"Input data was truncated",
    "missing_field": r"Object missing required field `(?P<field>.+)`",
    "unknown_field": r"Object contains unknown field `(?P<field>.+)`",
    "bad_choice": r"Invalid enum value.*",
    "bad_date": r"Invalid RFC3339 encoded (?:date|datetime|time)",
    "other_type": r"Expected `(?P<wanted>[^`]+)`, got `(?P<given>[^`]+)`",
    "other_size": r"Expected `(?P<wanted>[^`]+)` (?P<limit>(?:of length )?[<>]=? ?\d+)",
}
_KNOWN = {name: re.compile(pattern, re.DOTALL) for name, pattern in _PHRASES.items()}
_ARGUMENT = re.compile(r"argument (?P<name>[^:]+): (?P<said>.+)", re.DOTALL)
_PLACE = re.compile(r"(?P<said>.+?) - at `(?P<place>[^`]+)`", re.DOTALL)


def say_detail(detail: str, language: Language) -> str:
    """Return a detail in the reader's language; a phrase that is not known stays as it is."""
    for name, pattern in (("of_argument", _ARGUMENT), ("at_place", _PLACE)):
        found = pattern.fullmatch(detail)
        if found is not None:
            parts = found.groupdict()
            return text(f"detail.{name}", language, **{**parts, "said": say_detail(parts["said"], language)})
    for name, pattern in _KNOWN.items():
        found = pattern.fullmatch(detail)
        if found is not None:
            return text(f"detail.{name}", language, **found.groupdict())
    return detail
