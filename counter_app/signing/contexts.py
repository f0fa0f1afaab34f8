"""What a check may believe: roots, authorities, revocation data of the file and of the folder, and the instant.

pyHanko's contexts remember what they saw, so every single validation gets a fresh one.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from counter_app.signing.certificates import SIGNING_USAGES, load_certificate
from counter_app.signing.reports import Revocation
from counter_app.signing.trust import TrustStore

_FETCH_S = 8
Run = Callable[[Any], Awaitable[Any]]


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

    @property
    def knows_revocations(self) -> bool:
        """Whether there is anything that could tell of a revocation."""
        return bool(self._lists or self._answers or self._online)

    def context(self, others: Sequence[Any], at: datetime, mode: str = "") -> Any:
        """Return a fresh context that judges at an instant; without a mode it does not look at revocations."""
        from pyhanko_certvalidator import ValidationContext

        online = self._online and bool(mode)
        return ValidationContext(
            trust_roots=list(self._roots),
            other_certs=[*self._others, *others],
            moment=at,
            crls=list(self._lists) if mode else (),
            ocsps=list(self._answers) if mode else (),
            allow_fetching=online,
            fetcher_backend=trusted_fetchers() if online else None,
            revocation_mode=mode or "soft-fail",
            retroactive_revinfo=True,  # a later list tells of the past too: it carries the day of each revocation
        )

    async def judge(self, run: Run, others: Sequence[Any], at: datetime) -> tuple[Any, Revocation]:
        """Return the status of something signed at an instant, and what is known of its certificates' revocation.

        Two questions, because a list past its day answers "not recent enough" where the desk has been offline: that
        leaves the revocation unknown, but says nothing against the signer.
        """
        status = await self._run(run, self.context(others, at))
        if status is None or not status.trusted or not self.knows_revocations:
            return status, Revocation.UNKNOWN
        for mode in ("require", "soft-fail"):
            found = await self._run(run, self.context(others, at, mode))
            if found.trusted and mode == "require":
                return status, Revocation.NOT_REVOKED
            if found.error_time_horizon is not None and found.revocation_details is None:
                was_fresh_at = found.error_time_horizon - timedelta(seconds=1)
                found = await self._run(run, self.context(others, min(was_fresh_at, at), mode))
            if found.revocation_details is not None:
                return found, Revocation.REVOKED
        return status, Revocation.UNKNOWN

    async def _run(self, run: Run, context: Any) -> Any:
        try:
            return await run(context)
        finally:
            await context.aclose()

    async def time_stamp_of(self, one: Any) -> tuple[Any, Revocation]:
        """Return the status of the time stamp inside a signature, None when it has none."""
        from pyhanko.sign.validation.generic_cms import collect_timing_info

        async def run(context: Any) -> Any:
            found = await collect_timing_info(one.signer_info, context, raw_digest=one.compute_digest)
            return found.get("timestamp_validity")

        return await self.judge(run, one.other_embedded_certs, self.now)

    async def signature(self, one: Any, at: datetime) -> tuple[Any, Revocation]:
        """Return the status of a person's signature, judged at an instant."""
        from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_signature
        from pyhanko.sign.validation.settings import KeyUsageConstraints

        usages = KeyUsageConstraints(key_usage=set(SIGNING_USAGES))

        async def run(context: Any) -> Any:
            stamps = self.context(one.other_embedded_certs, self.now)
            return await async_validate_pdf_signature(
                one, signer_validation_context=context, ts_validation_context=stamps, key_usage_settings=usages
            )

        return await self.judge(run, one.other_embedded_certs, at)

    async def time_stamp(self, one: Any) -> tuple[Any, Revocation]:
        """Return the status of a time stamp over the whole document, judged at the present instant."""
        from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_timestamp

        async def run(context: Any) -> Any:
            return await async_validate_pdf_timestamp(one, validation_context=context)

        return await self.judge(run, one.other_embedded_certs, self.now)


def trusted_fetchers() -> Any:
    """Return what asks for revocation data, but never for certificates.

    A certificate in a stranger's file may name any address. As no issuer is ever looked for on the line, only
    certificates that lead to a trusted root come as far as being asked about, so only their addresses are visited.
    """
    from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
    from pyhanko_certvalidator.fetchers.api import FetchLimits, OwnedFetcherBackend

    limits = FetchLimits(max_requests=40, max_cert_requests=0)
    return OwnedFetcherBackend(AIOHttpFetcherBackend(per_request_timeout=_FETCH_S, limits=limits))
