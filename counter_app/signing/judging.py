"""From pyHanko's findings to a verdict with reasons. The order of the reasons is the order of their weight."""

from datetime import datetime
from typing import Any

from counter_app.signing.certificates import CertificateFacts, CertificateState
from counter_app.signing.reports import Changes, Revocation, SignatureKind, SignatureReport, Verdict

_BAD = frozenset(
    {
        "signing.reason.altered",
        "signing.reason.partly_covered",
        "signing.reason.changed_after",
        "signing.reason.revoked",
        "signing.reason.issuer_revoked",
    }
)
_ADDED = {Changes.PROOFS: ["signing.reason.proofs_after"], Changes.ENTRIES: ["signing.reason.entries_after"]}
_NOTES = frozenset(
    {
        "signing.reason.proofs_after",
        "signing.reason.entries_after",
        "signing.reason.no_time_stamp",
        "signing.reason.time_stamp_untrusted",
        "signing.reason.revocation_unknown",
    }
)


def judge(
    one: Any,
    status: Any,
    signer: CertificateFacts | None,
    *,
    at: datetime,
    stamped: Any,
    revocation: Revocation,
    has_dss: bool,
    is_proved: bool,
) -> SignatureReport:
    """Return the report on a person's signature, judged at an instant."""
    changes = _changes(status)
    reasons = _content_reasons(status, changes)
    reasons += _trust_reasons(status, signer, at)
    reasons += _time_reasons(stamped, is_proved=is_proved)
    reasons += _ADDED.get(changes, [])
    if status.trusted and revocation is Revocation.UNKNOWN:
        reasons.append("signing.reason.revocation_unknown")
    return SignatureReport(
        field=one.field_name,
        kind=SignatureKind.SIGNATURE,
        verdict=_verdict(reasons),
        reasons=tuple(reasons),
        signer=signer,
        signed_at=getattr(status, "signer_reported_dt", None),
        level=_level(one, has_dss=has_dss, is_proved=is_proved),
        is_intact=bool(status.intact and status.valid),
        is_trusted=bool(status.trusted),
        covers_whole_file=_covers_file(status),
        changes_after=changes,
        revocation=revocation,
    )


def judge_time_stamp(
    one: Any, status: Any, signer: CertificateFacts | None, now: datetime, revocation: Revocation
) -> SignatureReport:
    """Return the report on a time stamp over the whole document."""
    changes = _changes(status)
    reasons = _content_reasons(status, changes) + _trust_reasons(status, signer, now)
    reasons += _ADDED.get(changes, [])
    return SignatureReport(
        field=one.field_name,
        kind=SignatureKind.TIME_STAMP,
        verdict=_verdict(reasons),
        reasons=tuple(reasons),
        signer=signer,
        proved_at=status.timestamp,
        time_stamp_by=signer.subject if signer is not None else "",
        is_intact=bool(status.intact and status.valid),
        is_trusted=bool(status.trusted),
        covers_whole_file=_covers_file(status),
        changes_after=changes,
        revocation=revocation,
    )


def _verdict(reasons: list[str]) -> Verdict:
    if _BAD & set(reasons):
        return Verdict.INVALID
    return Verdict.VALID if set(reasons) <= _NOTES else Verdict.DOUBTFUL


def _covers_file(status: Any) -> bool:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    return bool(status.coverage == SignatureCoverageLevel.ENTIRE_FILE)


def _content_reasons(status: Any, changes: Changes) -> list[str]:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    if not (status.intact and status.valid):
        return ["signing.reason.altered"]
    if status.coverage not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        return ["signing.reason.partly_covered"]
    is_forbidden = getattr(status, "docmdp_ok", None) is False
    return ["signing.reason.changed_after"] if changes is Changes.OTHER or is_forbidden else []


def _changes(status: Any) -> Changes:
    from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel

    if _covers_file(status):
        return Changes.NONE
    if not isinstance(status.diff_result, DiffResult):
        return Changes.OTHER
    return {
        ModificationLevel.NONE: Changes.NONE,
        ModificationLevel.LTA_UPDATES: Changes.PROOFS,
        ModificationLevel.FORM_FILLING: Changes.ENTRIES,
    }.get(status.diff_result.modification_level, Changes.OTHER)


def _trust_reasons(status: Any, signer: CertificateFacts | None, at: datetime) -> list[str]:
    from pyhanko.sign.ades.report import AdESIndeterminate

    if status.revocation_details is not None:
        is_authority = status.revocation_details.ca_revoked
        return ["signing.reason.issuer_revoked" if is_authority else "signing.reason.revoked"]
    problem = status.trust_problem_indic
    if problem is None and status.validation_path is not None:
        return []
    if problem is AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND:
        return ["signing.reason.unknown_issuer"]
    weak = (AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE, AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    if problem in weak:
        return ["signing.reason.weak"]
    state = signer.state_at(at) if signer is not None else CertificateState.USABLE
    return ["signing.reason.chain_broken" if state is CertificateState.USABLE else f"signing.reason.{state.value}"]


def _time_reasons(stamped: Any, *, is_proved: bool) -> list[str]:
    if stamped is not None and not (stamped.intact and stamped.valid):
        return ["signing.reason.time_stamp_broken"]
    if is_proved:
        return []
    return ["signing.reason.time_stamp_untrusted" if stamped is not None else "signing.reason.no_time_stamp"]


def _level(one: Any, *, has_dss: bool, is_proved: bool) -> str:
    """Return the PAdES level that was reached, "CMS" for older kinds of signature."""
    if one.sig_object.get("/SubFilter", None) != "/ETSI.CAdES.detached":
        return "CMS"
    if not is_proved:
        return "B-B"
    return "B-LT" if has_dss else "B-T"
