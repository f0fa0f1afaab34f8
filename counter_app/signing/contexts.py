"""What a check may believe: roots, authorities, revocation data of the file and of the folder, and the instant.

pyHanko's contexts remember what they saw, so every single validation gets a fresh one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from counter_app.signing.certificates import SIGNING_USAGES, load_certificate
from counter_app.signing.reports import Revocation
from counter_app.signing.trust import TrustStore

_FETCH_S = 8


class Evidence:
    """Everything around one file's check; makes contexts and runs the validations that need them."""

    def __init__(self, trust: TrustStore, now: datetime, *, online: bool) -> None:
        self.now = now
        self.has_dss = False
        self._roots = [load_certificate(der) for der in trust.roots]
        self._others: list[Any] = [load_certificate(der) for der in trust.authorities]
        self._lists: list[Any] = list(trust.revocation_lists)
        self._answers: list[Any] = []
        self._online = online

    @classmethod
    def of(cls, reader: Any, trust: TrustStore, now: datetime, *, online: bool) -> "Evidence":
        """Return the evidence that the folder and the file itself bring (its DSS, ETSI EN 319 142-1, 5.4.2)."""
        evidence = cls(trust, now, online=online)
        if "/DSS" in reader.root:
            evidence._add_dss(reader)
        return evidence

    def _add_dss(self, reader: Any) -> None:
        from asn1crypto import crl, ocsp
        from pyhanko.sign.validation.dss import DocumentSecurityStore

        try:
            dss = DocumentSecurityStore.read_dss(reader)
            certificates = list(dss.load_certs())
            answers = [ocsp.OCSPResponse.load(one.get_object().data) for one in dss.ocsps]
            lists = [crl.CertificateList.load(one.get_object().data) for one in dss.crls]
        except Exception:  # noqa: BLE001 - hostile input: a damaged store proves nothing, and hides nothing
            return
        self.has_dss = bool(answers or lists)
        self._others += certificates
        self._answers += answers
        self._lists += lists

    def context(
        self, others: Sequence[Any] = (), at: datetime | None = None, *, must_know_revocation: bool = False
    ) -> Any:
        """Return a fresh context that judges at an instant, at the present one when none is proved."""
        from pyhanko_certvalidator import ValidationContext

        return ValidationContext(
            trust_roots=list(self._roots),
            other_certs=[*self._others, *others],
            moment=at or self.now,
            crls=list(self._lists),
            ocsps=list(self._answers),
            allow_fetching=self._online,
            fetcher_backend=trusted_fetchers() if self._online else None,
            revocation_mode="require" if must_know_revocation else "soft-fail",
            retroactive_revinfo=True,  # a later list tells of the past too: it carries the day of each revocation
        )

    async def time_stamp_of(self, one: Any) -> Any:
        """Return the status of the time stamp inside a signature, None when it has none."""
        from pyhanko.sign.validation.generic_cms import collect_timing_info

        context = self.context(one.other_embedded_certs)
        try:
            found = await collect_timing_info(one.signer_info, context, raw_digest=one.compute_digest)
        finally:
            await context.aclose()
        return found.get("timestamp_validity")

    async def validate(self, one: Any, at: datetime | None, *, must_know_revocation: bool = False) -> Any:
        """Return pyHanko's status of a signature, judged at an instant."""
        from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_signature
        from pyhanko.sign.validation.settings import KeyUsageConstraints

        context = self.context(one.other_embedded_certs, at, must_know_revocation=must_know_revocation)
        stamp_context = self.context(one.other_embedded_certs)
        try:
            return await async_validate_pdf_signature(
                one,
                signer_validation_context=context,
                ts_validation_context=stamp_context,
                key_usage_settings=KeyUsageConstraints(key_usage=set(SIGNING_USAGES)),
            )
        finally:
            await context.aclose()
            await stamp_context.aclose()

    async def revocation_of(self, one: Any, status: Any, at: datetime | None) -> Revocation:
        """Return what the evidence says of the certificate being called back."""
        if status.revocation_details is not None:
            return Revocation.REVOKED
        if not status.trusted or not (self._lists or self._answers or self._online):
            return Revocation.UNKNOWN
        strict = await self.validate(one, at, must_know_revocation=True)
        return Revocation.NOT_REVOKED if strict.trusted else Revocation.UNKNOWN


def trusted_fetchers() -> Any:
    """Return what asks for revocation data, but never for certificates.

    A certificate in a stranger's file may name any address. As no issuer is ever looked for on the line, only
    certificates that lead to a trusted root come as far as being asked about, so only their addresses are visited.
    """
    from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
    from pyhanko_certvalidator.fetchers.api import FetchLimits, OwnedFetcherBackend

    limits = FetchLimits(max_requests=40, max_cert_requests=0)
    return OwnedFetcherBackend(AIOHttpFetcherBackend(per_request_timeout=_FETCH_S, limits=limits))
