"""Dossier codes out of what was scanned, or of what another desk says it scanned."""

from collections.abc import Iterable

from counter_app.core.errors import UserError
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.manifest import ItemState, Manifest
from counter_app.domain.manifest_passport import Acknowledgement
from counter_app.domain.slip_code import looks_like_slip_code, parse_slip_code


def read_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the dossier codes of scanned texts, plain or a slip's signed QR, each once, in order.

    Raises:
        UserError: ``manifest.not_a_dossier_code`` with the place of the first other text, which is not repeated (it may
            be somebody's card); ``slip.damaged`` and the like.
    """
    found: dict[str, None] = {}
    for place, text in enumerate(texts, start=1):
        if looks_like_slip_code(text):
            found[parse_slip_code(text).code] = None
        elif looks_like_dossier_code(text):
            found[parse_dossier_code(text).format()] = None
        else:
            raise UserError("manifest.not_a_dossier_code", place=place)
    return tuple(found)


def codes_in_bag(manifest: Manifest, said: Acknowledgement) -> tuple[str, ...]:
    """Return the codes that an acknowledgement says were in the bag.

    Raises:
        UserError: ``manifest.passport_damaged`` for an extra one that is no dossier code.
    """
    missing = {one.code for one in said.settled if one.state is ItemState.MISSING}
    extra = tuple(one.code for one in said.settled if one.state is ItemState.EXTRA)
    if not all(looks_like_dossier_code(code) and parse_dossier_code(code).format() == code for code in extra):
        raise UserError("manifest.passport_damaged")
    return (*(code for code in manifest.codes if code not in missing), *extra)
