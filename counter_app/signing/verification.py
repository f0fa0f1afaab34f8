"""Checking the signatures of any PDF, offline unless asked otherwise.

Files come from strangers: the size is bounded, the time is bounded, and whatever goes wrong inside is an AppError or
a signature reported as unreadable. Slow (the engine alone loads for 1.5 s): from the pool only.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import msgspec

from counter_app.core.errors import UserError
from counter_app.signing.certificates import CertificateFacts, read_facts
from counter_app.signing.contexts import Evidence
from counter_app.signing.engine import MALFORMED, MOST_BYTES, quiet_engine, run_bounded
from counter_app.signing.judging import judge, judge_time_stamp
from counter_app.signing.reports import SignatureKind, SignatureReport, Verdict, VerificationReport, worst
from counter_app.signing.trust import TrustStore

_log = logging.getLogger(__name__)
_SECONDS = 30.0
_ONLINE_SECONDS = 90.0
_MOST_SIGNATURES = 60
# ISO 32000-2, 12.8.3: CAdES, CMS, and the time stamp over a document. Older kinds (SHA-1, bare RSA) are not judged.
_KINDS = frozenset({"/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/ETSI.RFC3161"})


class _Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A document time stamp that holds: everything up to its revision existed then."""

    revision: int
    at: datetime
    by: str


def verify_pdf(
    pdf: bytes, trust: TrustStore, now: datetime, *, online: bool = False, seconds: float | None = None
) -> VerificationReport:
    """Return what is known of every signature in a PDF.

    `online` lets it ask the authorities in the trusted certificates for revocations; otherwise only what the file and
    the trust folder hold is used.

    Raises:
        UserError: ``signing.pdf_too_large``, ``signing.not_a_pdf``, ``signing.pdf_encrypted``,
            ``signing.takes_too_long``, ``signing.unreadable_pdf``.
    """
    if len(pdf) > MOST_BYTES:
        raise UserError("signing.pdf_too_large", most_mb=MOST_BYTES // 1_000_000)
    limit = seconds if seconds is not None else (_ONLINE_SECONDS if online else _SECONDS)
    return run_bounded(lambda: _verify(pdf, trust, now, online=online), seconds=limit)


def _verify(pdf: bytes, trust: TrustStore, now: datetime, *, online: bool) -> VerificationReport:
    quiet_engine()
    reader = _open(pdf)
    fields = _list_fields(reader)
    evidence = Evidence.of(reader, trust, now, online=online)
    read = [_read(reader, name, field) for name, field in fields]
    found = sorted((one for one in read if not isinstance(one, SignatureReport)), key=lambda one: one.signed_revision)
    broken = [one for one in read if isinstance(one, SignatureReport)]
    reports = [*broken, *asyncio.run(_judge_all(found, evidence))]
    notes = () if trust.roots or not reports else ("signing.note.no_roots",)
    return VerificationReport(
        verdict=worst([report.verdict for report in reports]), signatures=tuple(reports), notes=notes
    )


def _open(pdf: bytes) -> Any:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(BytesIO(pdf), strict=False)
        is_encrypted = reader.encrypted
        _ = reader.root
    except (PdfError, *MALFORMED) as exc:
        raise UserError("signing.not_a_pdf") from exc
    if is_encrypted:
        raise UserError("signing.pdf_encrypted")
    return reader


def _list_fields(reader: Any) -> list[tuple[str, Any]]:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.fields import enumerate_sig_fields

    found: list[tuple[str, Any]] = []
    try:
        for name, _, field in enumerate_sig_fields(reader, filled_status=True):
            found.append((str(name)[:200], field))
            if len(found) > _MOST_SIGNATURES:
                raise UserError("signing.too_many_signatures", most=_MOST_SIGNATURES)
    except (PdfError, *MALFORMED) as exc:
        raise UserError("signing.not_a_pdf") from exc
    return found


def _read(reader: Any, name: str, field: Any) -> Any:
    """Return the signature as pyHanko has it, or its report when it cannot even be read."""
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

    try:
        if _kind_of(field) not in _KINDS:
            return _refused(name, "signing.reason.unsupported")
        return EmbeddedPdfSignature(reader, field, name)
    except Exception as exc:  # noqa: BLE001 - hostile input: one damaged signature must not hide the others
        return _unreadable(name, exc)


def _kind_of(field: Any) -> str:
    signature = field.get_object()["/V"]
    return str(signature["/SubFilter"]) if "/SubFilter" in signature else ""


def _unreadable(name: str, why: Exception, kind: SignatureKind = SignatureKind.SIGNATURE) -> SignatureReport:
    _log.warning("a signature cannot be read: %s", type(why).__name__)
    return _refused(name, "signing.reason.unreadable", kind)


def _refused(name: str, reason: str, kind: SignatureKind = SignatureKind.SIGNATURE) -> SignatureReport:
    """Whether the content is as signed is not known, so it is not doubtful but not accepted."""
    return SignatureReport(field=name, kind=kind, verdict=Verdict.INVALID, reasons=(reason,))


async def _judge_all(found: Sequence[Any], evidence: Evidence) -> list[SignatureReport]:
    """Judge the time stamps first: they prove when the signatures before them existed."""
    reports: dict[int, SignatureReport] = {}
    proofs: list[_Proof] = []
    for place, one in enumerate(found):
        if one.sig_object_type == "/DocTimeStamp":
            reports[place] = report = await _time_stamp_report(one, evidence)
            if report.verdict is Verdict.VALID and report.proved_at is not None:
                proofs.append(_Proof(revision=one.signed_revision, at=report.proved_at, by=report.time_stamp_by))
    for place, one in enumerate(found):
        if place not in reports:
            later = [proof for proof in proofs if proof.revision > one.signed_revision]
            first = min(later, key=lambda proof: proof.at, default=None)
            reports[place] = await _signature_report(one, evidence, first)
    return [reports[place] for place in sorted(reports)]


async def _time_stamp_report(one: Any, evidence: Evidence) -> SignatureReport:
    try:
        status, revocation = await evidence.time_stamp(one)
        return judge_time_stamp(one, status, _facts(status.signing_cert), evidence.now, revocation)
    except Exception as exc:  # noqa: BLE001 - hostile input, as above
        return _unreadable(one.field_name, exc, SignatureKind.TIME_STAMP)


async def _signature_report(one: Any, evidence: Evidence, proof: _Proof | None) -> SignatureReport:
    try:
        stamped, _ = await evidence.time_stamp_of(one)
        proved_at, by = (proof.at, proof.by) if proof is not None else (None, "")
        if stamped is not None and stamped.trusted:
            proved_at, by = _earlier(proved_at, by, stamped)
        status, revocation = await evidence.signature(one, proved_at or evidence.now)
        report = judge(
            one,
            status,
            _facts(status.signing_cert),
            at=proved_at or evidence.now,
            stamped=stamped,
            revocation=revocation,
            has_dss=evidence.has_dss,
            is_proved=proved_at is not None,
        )
        return msgspec.structs.replace(report, proved_at=proved_at, time_stamp_by=by)
    except Exception as exc:  # noqa: BLE001 - hostile input, as above
        return _unreadable(one.field_name, exc)


def _earlier(known: datetime | None, by: str, stamped: Any) -> tuple[datetime, str]:
    if known is not None and known < stamped.timestamp:
        return known, by
    facts = _facts(stamped.signing_cert)
    return stamped.timestamp, facts.subject if facts is not None else ""


def _facts(certificate: Any) -> CertificateFacts | None:
    try:
        return read_facts(certificate)
    except ValueError:
        return None
