"""Whether a signature that was just made holds, before anybody relies on it. Trust is not looked at."""

import asyncio
from io import BytesIO
from typing import Any

import msgspec


class Soundness(msgspec.Struct, frozen=True, kw_only=True):
    """What holds of a new signature; a signature without a time stamp has no intact one."""

    is_intact: bool
    is_stamp_intact: bool


def examine(pdf: bytes, field: str) -> Soundness:
    """Return whether the signature in a field fits the document and its certificate, and its time stamp fits it.

    Raises:
        ValueError, KeyError and others of `engine.MALFORMED` for a file that is no signed PDF.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

    reader = PdfFileReader(BytesIO(pdf), strict=False)
    found = next(entry for name, _, entry in enumerate_sig_fields(reader, filled_status=True) if name == field)
    one = EmbeddedPdfSignature(reader, found, field)
    fits, is_valid = validate_sig_integrity(one.signer_info, one.signer_cert, "data", one.compute_digest())
    stamp = asyncio.run(_time_stamp(one))
    return Soundness(
        is_intact=bool(fits and is_valid), is_stamp_intact=stamp is not None and bool(stamp.intact and stamp.valid)
    )


async def _time_stamp(one: Any) -> Any:
    from pyhanko.sign.validation.generic_cms import collect_timing_info
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(trust_roots=[])
    try:
        found = await collect_timing_info(one.signer_info, context, raw_digest=one.compute_digest)
    finally:
        await context.aclose()  # type: ignore[no-untyped-call]  # of the library
    return found.get("timestamp_validity")
