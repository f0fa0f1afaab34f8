"""Making signatures last: a time stamp over the document (B-T), then the revocation data (B-LT).

Both are additions to the file (ETSI EN 319 142-1, 5.4 and 5.5), so no signature is touched and no token is needed: what
was signed offline at the desk can be upgraded later, by another machine, when the line is there.
"""

import asyncio
import logging
import uuid
from datetime import datetime
from io import BytesIO
from typing import Any

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.signing.contexts import Evidence
from counter_app.signing.engine import MALFORMED, quiet_engine, run_bounded
from counter_app.signing.reports import SignatureKind, Verdict, VerificationReport
from counter_app.signing.signing import Level, open_writer
from counter_app.signing.time_stamps import TimeStampAuthority
from counter_app.signing.trust import TrustStore
from counter_app.signing.verification import verify_pdf

_log = logging.getLogger(__name__)
_SECONDS = 120.0


class UpgradedPdf(msgspec.Struct, frozen=True, kw_only=True):
    """The document with what was added, and the lowest level its signatures have now.

    `remarks` are keys of resources/texts that say what could not be had; `pdf` is then as far as it got.
    """

    pdf: bytes
    level: Level
    remarks: tuple[str, ...] = ()


def upgrade_pdf(
    pdf: bytes, trust: TrustStore, now: datetime, *, authority: TimeStampAuthority | None, long_term: bool
) -> UpgradedPdf:
    """Return a signed document with a time stamp where one is missing and, when asked, the revocation data.

    Needs the line. A document that has everything already comes back as it is.

    Raises:
        UserError: ``signing.not_signed``, ``signing.not_intact``: an altered document is not upgraded; those of
            `verify_pdf`.
        EnvironmentFailure: ``signing.time_stamp_unreachable`` when nothing at all could be added.
    """
    before = verify_pdf(pdf, trust, now)
    _check(before)
    remarks: list[str] = []
    result = pdf
    if not _is_stamped(before):
        if authority is None:
            raise UserError("signing.no_time_stamp_authority")
        result = run_bounded(lambda: _stamp(pdf, authority), seconds=_SECONDS)
    if long_term:
        completed = run_bounded(lambda: _add_proofs(result, trust, now), seconds=_SECONDS)
        if completed is None:
            remarks.append("signing.remark.no_revocation_data")
        else:
            result = completed
    return UpgradedPdf(pdf=result, level=lowest_level(verify_pdf(result, trust, now)), remarks=tuple(remarks))


def _check(report: VerificationReport) -> None:
    if not any(one.kind is SignatureKind.SIGNATURE for one in report.signatures):
        raise UserError("signing.not_signed")
    if report.verdict is Verdict.INVALID:
        raise UserError("signing.not_intact")


def _is_stamped(report: VerificationReport) -> bool:
    """Whether every signature has a time stamp, trusted here or not, inside it or over it."""
    people = [one for one in report.signatures if one.kind is SignatureKind.SIGNATURE]
    last = report.signatures[-1]
    untrusted = "signing.reason.time_stamp_untrusted"
    return last.kind is SignatureKind.TIME_STAMP or all(
        one.proved_at is not None or untrusted in one.reasons for one in people
    )


def lowest_level(report: VerificationReport) -> Level:
    """Return the level that every signature of a file reaches at least; B where one is of another kind."""
    levels = [one.level for one in report.signatures if one.kind is SignatureKind.SIGNATURE]
    for level in (Level.B, Level.T):
        if level.value in levels or "CMS" in levels:
            return level
    return Level.LT


def _stamp(pdf: bytes, authority: TimeStampAuthority) -> bytes:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.signers import PdfTimeStamper
    from pyhanko.sign.timestamps import TimestampRequestError

    quiet_engine()
    stamper = PdfTimeStamper(authority.stamper, field_name=f"Timestamp-{uuid.uuid4()}")
    try:
        target = asyncio.run(stamper.async_timestamp_pdf(open_writer(pdf), "sha256"))
    except TimestampRequestError as exc:
        raise EnvironmentFailure("signing.time_stamp_unreachable", retryable=True) from exc
    except (PdfError, SigningError, *MALFORMED) as exc:
        _log.warning("a document could not be time stamped: %s", type(exc).__name__)
        raise UserError("signing.cannot_be_signed") from exc
    return bytes(target.getvalue())


def _add_proofs(pdf: bytes, trust: TrustStore, now: datetime) -> bytes | None:
    """Return the document with a DSS of certificates and revocation data, None when they could not be had."""
    quiet_engine()
    return asyncio.run(_collect(pdf, trust, now))


async def _collect(pdf: bytes, trust: TrustStore, now: datetime) -> bytes | None:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation.dss import async_add_validation_info
    from pyhanko_certvalidator.errors import PathError, ValidationError

    current, count = pdf, len(PdfFileReader(BytesIO(pdf), strict=False).embedded_signatures)
    for place in range(count):
        reader = PdfFileReader(BytesIO(current), strict=False)
        one = reader.embedded_signatures[place]
        context = Evidence.of(reader, trust, now, online=True).context(one.other_embedded_certs, now, "hard-fail")
        try:
            target = await async_add_validation_info(one, context, add_vri_entry=True)
        except (PathError, ValidationError, SigningError, PdfError, *MALFORMED) as exc:
            _log.info("no revocation data for a signature: %s", type(exc).__name__)
            return None
        finally:
            await context.aclose()
        current = bytes(target.getvalue())
    return current if _has_revocation_data(current) else None


def _has_revocation_data(pdf: bytes) -> bool:
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader: Any = PdfFileReader(BytesIO(pdf), strict=False)
    if "/DSS" not in reader.root:
        return False
    store = reader.root["/DSS"]
    return any(name in store and len(store[name]) for name in ("/CRLs", "/OCSPs"))
