"""``slip``: checking a slip's QR without a line, and exchanging the keys that make it possible."""

import argparse
from typing import Any

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output, iso
from counter_app.core.errors import UserError
from counter_app.services.answers.slips import SlipCheck
from counter_app.services.slip_checks import SlipChecks


def manage_slips(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Verify a slip, show this desk's key, or trust another's.

    Raises:
        UserError: the reason why a slip is refused, after the JSON document where one was asked for.
    """
    checks = made.counter.slip_checks
    match options.action:
        case "verify":
            _verify(_check(checks, options.text), output)
        case "key":
            key = checks.own_key()
            output.answer({"key": key}, key)
        case "trust":
            unit = checks.trust(options.text)
            output.answer({"unit": unit}, output.words("slip.trusted", unit=unit))
        case _:
            raise AssertionError(options.action)


def _check(checks: SlipChecks, text: str) -> SlipCheck:
    """A text that is no slip at all is refused with the same document as a forged one."""
    try:
        return checks.check(text)
    except UserError as error:
        return SlipCheck(is_valid=False, reason=error.code)


def _verify(check: SlipCheck, output: Output) -> None:
    if check.is_valid is False:
        if output.as_json:
            refused = {"valid": False, "reason": check.reason, "sentence": output.words(check.reason)}
            output.answer({**refused, "code": check.code or None})
        raise UserError(check.reason)
    notes = [output.words(note) for note in check.notes]
    document: dict[str, Any] = {
        "valid": check.is_valid,
        "code": check.code,
        "unit": check.unit_code,
        "unit_name": check.unit_name or None,
        "desk": check.desk_name or None,
        "due_at": iso(check.due_at),
        "form": check.form.value if check.form else None,
        "known": check.is_known,
        "notes": notes,
    }
    said = [output.words("slip.genuine", code=check.code, unit=check.unit_name)] if check.is_valid else []
    output.answer(document, *said, *notes)
