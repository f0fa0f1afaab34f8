"""Signing PDFs: PAdES B-B with what is at the desk, B-T when a time stamp authority answers.

CAdES detached with SHA-256 (ETSI EN 319 142-1, baseline). The document is never rewritten: the signature is an
incremental update, so earlier signatures stay as they are. Slow calls: from the pool only.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Any

import msgspec

from counter_app.core.clock import Clock, to_local
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.text import nfc
from counter_app.signing.certificates import CertificateFacts, build_chain
from counter_app.signing.engine import MALFORMED, MOST_BYTES, quiet_engine
from counter_app.signing.self_check import Soundness, examine
from counter_app.signing.sheets import read_sheet
from counter_app.signing.stamp import Stamp, draw_stamp
from counter_app.signing.time_stamps import TimeStampAuthority
from counter_app.signing.tokens import Token, check_usable

_log = logging.getLogger(__name__)
_TOKEN_FAILURES = frozenset({"signing.token_gone"})


class Level(StrEnum):
    """How long a signature can be proved (ETSI EN 319 142-1). B: until its certificate ends or is revoked; T: it
    existed at a proved time; LT: with what is needed to check it later, without a line."""

    B = "B-B"
    T = "B-T"
    LT = "B-LT"


class SignedPdf(msgspec.Struct, frozen=True, kw_only=True):
    """A signed document. `remarks` are keys of resources/texts that say what could not be had."""

    pdf: bytes
    level: Level
    signer: CertificateFacts
    signed_at: datetime
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    stamp: Stamp | None
    reason: str
    authorities: Sequence[Any]


class SignState(StrEnum):
    """What became of one document of a batch."""

    SIGNED = "signed"
    FAILED = "failed"
    NOT_TRIED = "not_tried"


class SignOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a batch, by the name its caller gave it; `error` for one that is not signed."""

    name: str
    state: SignState
    signed: SignedPdf | None = None
    error: AppError | None = None


def sign_pdf(
    pdf: bytes,
    token: Token,
    now: datetime,
    *,
    stamp: Stamp | None = None,
    reason: str = "",
    authority: TimeStampAuthority | None = None,
    authorities: Sequence[Any] = (),
) -> SignedPdf:
    """Return the document signed with the token, with a visible mark when a stamp is given.

    When the authority does not answer it is signed without a time stamp, and `remarks` says so. `authorities` are
    certificates that may fill the signer's chain where the token holds only its own.

    Raises:
        UserError: ``signing.not_a_pdf``, ``signing.pdf_encrypted``, ``signing.pdf_too_large``,
            ``signing.no_such_page``, ``signing.cannot_be_signed``, ``signing.certificate_expired``; the document is
            as it was.
        EnvironmentFailure: ``signing.token_gone``, ``signing.token_refused``; the document is as it was.
    """
    _check_size(pdf)
    check_usable(token.certificate, now)
    quiet_engine()
    terms = _Terms(stamp=stamp, reason=reason, authorities=authorities)
    signed = _sign_stamped(pdf, token, now, terms, authority) if authority is not None else None
    if signed is not None:
        return SignedPdf(pdf=signed, level=Level.T, signer=token.certificate, signed_at=now)
    signed, soundness = _sign(pdf, token, now, terms, None)
    if not soundness.is_intact:
        raise EnvironmentFailure("signing.token_refused", retryable=True, reason="BadSignature")
    remarks = () if authority is None else ("signing.remark.no_time_stamp",)
    return SignedPdf(pdf=signed, level=Level.B, signer=token.certificate, signed_at=now, remarks=remarks)


def iter_signed(
    documents: Iterable[tuple[str, bytes]],
    token: Token,
    clock: Clock,
    *,
    stamp: Stamp | None = None,
    reason: str = "",
    authority: TimeStampAuthority | None = None,
    authorities: Sequence[Any] = (),
) -> Iterator[SignOutcome]:
    """Sign one document after another, each on its own, and yield what became of it at once.

    A document that cannot be signed does not stop the others. When the token is gone nothing further is tried. A time
    stamp authority that does not answer rests, so the rest of the batch does not wait for it.
    """
    lost: AppError | None = None
    for name, pdf in documents:
        if lost is not None:
            yield SignOutcome(name=name, state=SignState.NOT_TRIED, error=lost)
            continue
        try:
            signed = sign_pdf(
                pdf, token, clock.now(), stamp=stamp, reason=reason, authority=authority, authorities=authorities
            )
        except AppError as error:
            lost = error if error.code in _TOKEN_FAILURES else None
            yield SignOutcome(name=name, state=SignState.FAILED, error=error)
            continue
        yield SignOutcome(name=name, state=SignState.SIGNED, signed=signed)


def _check_size(pdf: bytes) -> None:
    if len(pdf) > MOST_BYTES:
        raise UserError("signing.pdf_too_large", most_mb=MOST_BYTES // 1_000_000)


def _sign_stamped(
    pdf: bytes, token: Token, now: datetime, terms: _Terms, authority: TimeStampAuthority
) -> bytes | None:
    """Return the document with a signature and its time stamp, None when no usable time stamp came back."""
    from pyhanko.sign.timestamps import TimestampRequestError

    try:
        signed, soundness = _sign(pdf, token, now, terms, authority.stamper)
    except TimestampRequestError:
        return None
    return signed if soundness.is_intact and soundness.is_stamp_intact else None


def _sign(pdf: bytes, token: Token, now: datetime, terms: _Terms, stamper: Any) -> tuple[bytes, Soundness]:
    """Return the signed document and whether it holds: a token can have a key beside a certificate of another."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign import PdfSigner
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps import TimestampRequestError

    writer = open_writer(pdf)
    try:
        name = free_field_name(writer.prev)
        field, style = _appearance(writer.prev, name, terms.stamp, now)
        signer = PdfSigner(
            _metadata(name, token, terms.stamp, terms.reason),
            signer=_make_signer(token, terms.authorities),
            timestamper=stamper,
            stamp_style=style,
            new_field_spec=field,
        )
        signed = asyncio.run(_write(signer, writer, now))
        return signed, examine(signed, name)
    except TimestampRequestError:
        raise
    except (PdfError, SigningError, *MALFORMED) as exc:
        _log.warning("a document could not be signed: %s", type(exc).__name__)
        raise UserError("signing.cannot_be_signed") from exc


def open_writer(pdf: bytes) -> Any:
    """Return pyHanko's writer that adds to a document.

    Raises:
        UserError: ``signing.not_a_pdf``, ``signing.pdf_encrypted``.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError

    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
        is_encrypted = writer.prev.encrypted
        _ = writer.prev.root["/Pages"]
    except (PdfError, *MALFORMED) as exc:
        raise UserError("signing.not_a_pdf") from exc
    if is_encrypted:
        raise UserError("signing.pdf_encrypted")
    return writer


def free_field_name(reader: Any) -> str:
    """Return a name that no signature field of the document has."""
    from pyhanko.sign.fields import enumerate_sig_fields

    taken = {name for name, _, _ in enumerate_sig_fields(reader)}
    return next(name for number in range(1, 10_000) if (name := f"Signature{number}") not in taken)


def _metadata(name: str, token: Token, stamp: Stamp | None, reason: str) -> Any:
    from pyhanko.sign import PdfSignatureMetadata
    from pyhanko.sign.fields import SigSeedSubFilter

    return PdfSignatureMetadata(
        field_name=name,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=nfc(stamp.name) if stamp is not None and stamp.name else token.certificate.subject,
        location=nfc(stamp.unit) or None if stamp is not None else None,
        reason=nfc(reason) or None,
    )


def _appearance(reader: Any, name: str, stamp: Stamp | None, now: datetime) -> tuple[Any, Any]:
    """Return the new field and how it looks; without a stamp it has no size and is not seen."""
    from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
    from pyhanko.sign.fields import SigFieldSpec
    from pyhanko.stamp import StaticStampStyle

    if stamp is None:
        return SigFieldSpec(sig_field_name=name), None
    page, sheet = read_sheet(reader, stamp.page)
    drawn = draw_stamp(stamp, now, sheet)
    filled = SimpleBoxLayoutRule(
        x_align=AxisAlignment.ALIGN_MIN, y_align=AxisAlignment.ALIGN_MIN, margins=Margins(0, 0, 0, 0)
    )
    style = StaticStampStyle(
        border_width=0, background=_imported(drawn.pdf), background_layout=filled, background_opacity=1.0
    )
    return SigFieldSpec(sig_field_name=name, on_page=page, box=drawn.box), style  # type: ignore[arg-type]  # PDF takes any number


def _imported(pdf: bytes) -> Any:
    """Return a page held in memory as content; pyHanko's own class wants a file, and this one may name a person."""
    from pyhanko.pdf_utils.content import PdfContent, ResourceType
    from pyhanko.pdf_utils.generic import pdf_name
    from pyhanko.pdf_utils.layout import BoxConstraints
    from pyhanko.pdf_utils.reader import PdfFileReader

    class _Page(PdfContent):
        def render(self) -> bytes:
            page = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(pdf)))
            self.set_resource(ResourceType.XOBJECT, pdf_name("/Mark"), page)
            left, bottom, right, top = page.get_object()["/BBox"]
            self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
            return b"/Mark Do"

    return _Page()


def _make_signer(token: Token, authorities: Sequence[Any]) -> Any:
    """Return pyHanko's signer over the token; only the hash of the signed attributes goes there."""
    from pyhanko.sign.signers import Signer

    certificate = token.signing_certificate
    chain = build_chain(certificate, [*token.chain, *authorities])

    class _TokenSigner(Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's signature
            if digest_algorithm.lower() != "sha256":
                raise EnvironmentFailure("signing.token_refused", reason="digest")
            return bytes(512) if dry_run else token.sign_raw(data)

    signer = _TokenSigner(signing_cert=certificate, embed_roots=True)
    signer.cert_registry.register_multiple(chain)
    return signer


async def _write(signer: Any, writer: Any, now: datetime) -> bytes:
    """Sign with the time of our clock; pyHanko's short way would take the machine's."""
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

    session = signer.init_signing_session(writer)
    session.system_time = to_local(now)
    reserved = await session.estimate_signature_container_size(None)
    prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=reserved)
    digest, target = prepared.digest_tbs_document()
    await prepared.perform_signature(
        document_digest=digest.document_digest,
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=session.system_time),
    )
    return bytes(target.getvalue())
