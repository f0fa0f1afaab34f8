"""Configuration packs: what a province sets for its units, signed by it, in force from a day.

A pack holds whole versions of procedures (with their fees, papers and time limits) and days of the table that wins over
the holiday calendar. It is compressed: a catalogue of a commune is two megabytes of words that repeat themselves.
"""

from collections.abc import Callable
from datetime import date

import msgspec

from counter_app.core.clock import Instant
from counter_app.core.errors import UserError
from counter_app.domain.procedure import Procedure
from counter_app.domain.working_time import DayOverride
from counter_app.journal.chain import MOST_BODY_BYTES, is_header_text
from counter_app.journal.entries import CalendarSet, ProcedurePublished, encode_body
from counter_app.sync.signed import read_signed, sign_document

_WORDS = b"counter-app configuration pack 1\x00"
MOST_BYTES = 1024 * 1024
_MOST_PLAIN_BYTES = 16 * 1024 * 1024
_LEVEL = 19
_BAD = "pack.bad"


class ConfigurationPack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`number` grows within the province; `unit_code` is empty where it is for every unit."""

    number: int
    name: str
    effective_on: date
    issued_at: Instant
    unit_code: str = ""
    procedures: tuple[Procedure, ...] = ()
    days: tuple[DayOverride, ...] = ()


def sign_pack(pack: ConfigurationPack, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a pack as its file.

    Raises:
        UserError: ``pack.too_large``: more than a weak line should carry at once; make several. ``pack.too_long``: no
            desk's journal takes it.
    """
    import zstandard

    if not _can_be_journalled(pack):
        raise UserError("pack.too_long", most_kb=MOST_BODY_BYTES // 1024)
    data = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(sign_document(pack, _WORDS, sign))
    if len(data) > MOST_BYTES:
        raise UserError("pack.too_large", most_kb=MOST_BYTES // 1024)
    return data


def _can_be_journalled(pack: ConfigurationPack) -> bool:
    """Whether the entries that a desk writes when the pack comes into force can stand in its journal."""
    bodies = (CalendarSet(days=pack.days), *(ProcedurePublished(procedure=one) for one in pack.procedures))
    is_small = all(len(encode_body(body)) <= MOST_BODY_BYTES for body in bodies)
    return is_small and all(is_header_text(one.code) for one in pack.procedures)


def read_pack(data: bytes, province_key: bytes) -> ConfigurationPack:
    """Return the pack of a file.

    Raises:
        UserError: ``pack.bad``: damaged, altered, or not signed by this province.
    """
    import zstandard

    if len(data) > MOST_BYTES:
        raise UserError(_BAD)
    try:
        frame = zstandard.get_frame_parameters(data)
        if not 0 < frame.content_size <= _MOST_PLAIN_BYTES:
            raise UserError(_BAD)
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MOST_PLAIN_BYTES)
        plain = decompressor.decompress(data, allow_extra_data=False)
    except zstandard.ZstdError as exc:
        raise UserError(_BAD) from exc
    pack = read_signed(plain, ConfigurationPack, _WORDS, province_key, _BAD)
    if not _can_be_journalled(pack):
        raise UserError(_BAD)
    return pack
