"""``signature``: checking the signatures of a PDF, and what the tokens hold; works without a store."""

import argparse
import getpass
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from counter_app.cli.files import read_file
from counter_app.cli.output import Output, iso, shown
from counter_app.cli.signature_upgrade import upgrade_documents
from counter_app.core.clock import SystemClock, local_date
from counter_app.core.errors import AppError, UserError
from counter_app.core.paths import DataFolder
from counter_app.services.diagnostics import CheckState
from counter_app.services.sentences import sentence
from counter_app.settings.settings import open_settings
from counter_app.signing.certificates import CertificateFacts, CertificateState
from counter_app.signing.desk import SigningDesk
from counter_app.signing.engine import MOST_BYTES
from counter_app.signing.reports import SignatureKind, SignatureReport, Verdict, VerificationReport
from counter_app.signing.tokens import TokenFacts
from counter_app.signing.trust import read_trust
from counter_app.signing.verification import verify_pdf

_PIN = "COUNTER_APP_PIN"
_EXPIRES_SOON = timedelta(days=30)


def manage_signatures(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Verify a file, list tokens, or add proofs to documents.

    The exit code of a check is 0 only for a file whose every signature is valid, else 2.

    Raises:
        UserError: the file cannot be examined.
        EnvironmentFailure: the token's library cannot be used.
    """
    if options.action == "upgrade":
        upgrade_documents(folder, options, output)
        return
    desk = make_desk(folder)
    if options.action == "tokens":
        _answer_tokens(desk.list_tokens(), output)
        return
    file = Path(options.file)
    pdf = read_file(file, most_bytes=MOST_BYTES, code="signing.file_too_large")
    trust = desk.trust() if options.trust is None else read_trust(_existing(options.trust))
    report = verify_pdf(pdf, trust, SystemClock().now(), online=options.online)
    _answer_report(report, file.name, output)
    output.exit_code = 0 if report.verdict is Verdict.VALID else 2


def make_desk(folder: DataFolder) -> SigningDesk:
    """Return the signing desk of a data folder by its settings."""
    return SigningDesk(open_settings(folder), folder, SystemClock())


def find_pin() -> str:
    """Return the token's PIN: from the environment (COUNTER_APP_PIN), else asked for at a terminal, else ""."""
    found = os.environ.get(_PIN)
    if found:
        return found
    return getpass.getpass("PIN: ") if sys.stdin.isatty() else ""


def _existing(name: str) -> Path:
    folder = Path(name)
    if not folder.is_dir():
        raise UserError("signing.no_trust_folder", folder=folder.name)
    return folder


def _answer_report(report: VerificationReport, file: str, output: Output) -> None:
    summary = output.words(f"signing.verdict.{report.verdict.value}")
    notes = [output.words(note) for note in report.notes]
    document = {
        "file": file,
        "verdict": report.verdict.value,
        "signed": bool(report.signatures),
        "sentence": summary,
        "notes": notes,
        "signatures": [_signature(one, output) for one in report.signatures],
    }
    lines = [line for one in report.signatures for line in _signature_lines(one, output)]
    output.answer(document, *lines, *notes, summary)


def _signature(one: SignatureReport, output: Output) -> dict[str, Any]:
    return {
        "field": one.field,
        "kind": one.kind.value,
        "verdict": one.verdict.value,
        "signer": _certificate(one.signer) if one.signer is not None else None,
        "signed_at": iso(one.signed_at),
        "proved_at": iso(one.proved_at),
        "time_stamp_by": one.time_stamp_by or None,
        "level": one.level or None,
        "intact": one.is_intact,
        "trusted": one.is_trusted,
        "covers_whole_file": one.covers_whole_file,
        "changes_after": one.changes_after.value,
        "revocation": one.revocation.value,
        "reasons": [reason.rpartition(".")[2] for reason in one.reasons],
        "sentences": [output.words(reason) for reason in one.reasons],
    }


def _signature_lines(one: SignatureReport, output: Output) -> list[str]:
    who = one.signer.subject if one.signer is not None else one.field
    at = one.proved_at or one.signed_at
    when = shown(at) if at is not None else output.words("signing.unknown_time")
    key = "signing.line.time_stamp" if one.kind is SignatureKind.TIME_STAMP else "signing.line.signature"
    verdict = output.words(f"signing.one_verdict.{one.verdict.value}")
    return [output.words(key, who=who, when=when, verdict=verdict), *(f"  {output.words(why)}" for why in one.reasons)]


def _certificate(facts: CertificateFacts) -> dict[str, Any]:
    return {
        "subject": facts.subject,
        "organisation": facts.organisation or None,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "not_before": iso(facts.not_before),
        "not_after": iso(facts.not_after),
        "key_usage": list(facts.key_usage),
        "fingerprint": facts.fingerprint,
    }


def _answer_tokens(tokens: tuple[TokenFacts, ...], output: Output) -> None:
    now = SystemClock().now()
    document = [
        {
            "label": token.label,
            "serial": token.serial,
            "maker": token.maker,
            "model": token.model,
            "pin": token.pin.value,
            "certificates": [_certificate(one) | {"state": one.state_at(now).value} for one in token.certificates],
        }
        for token in tokens
    ]
    lines = [line for token in tokens for line in _token_lines(token, now, output)]
    output.answer({"tokens": document}, *(lines or [output.words("signing.no_token")]))


def _token_lines(token: TokenFacts, now: datetime, output: Output) -> list[str]:
    lines = [f"{token.label}  {token.serial}  {output.words(f'signing.pin.{token.pin.value}')}"]
    for one in token.certificates:
        state = output.words(f"signing.certificate.{one.state_at(now).value}")
        lines.append(f"  {one.subject}  {one.issuer}  {local_date(one.not_after):%d/%m/%Y}  {state}")
    return lines


def examine_signing(folder: DataFolder, output: Output) -> list[dict[str, str]]:
    """Return what ``doctor`` says of the token and of the trusted authorities; a desk that signs nothing is fine."""
    desk = make_desk(folder)
    return [_token_finding(desk, output), *_trust_findings(desk, output)]


def _token_finding(desk: SigningDesk, output: Output) -> dict[str, str]:
    try:
        tokens = desk.list_tokens()
    except AppError as error:
        state = CheckState.OK if error.code == "signing.no_module" else CheckState.FAILED
        words = output.words("signing.doctor.no_module") if state is CheckState.OK else sentence(error, output.language)
        return _finding("token", state, words)
    if not tokens:
        return _finding("token", CheckState.OK, output.words("signing.doctor.no_token"))
    now = SystemClock().now()
    usable = [one for token in tokens for one in token.certificates if one.state_at(now) is CertificateState.USABLE]
    if not usable:
        return _finding("token", CheckState.WARNING, output.words("signing.doctor.nothing_usable"))
    until = max(one.not_after for one in usable)
    state = CheckState.WARNING if until - now < _EXPIRES_SOON else CheckState.OK
    facts: dict[str, str | int] = {"count": len(usable), "until": f"{local_date(until):%d/%m/%Y}"}
    return _finding("token", state, output.words("signing.doctor.usable", **facts))


def _trust_findings(desk: SigningDesk, output: Output) -> list[dict[str, str]]:
    try:
        trust = desk.trust()
    except AppError as error:
        return [_finding("trust", CheckState.FAILED, sentence(error, output.language))]
    if trust.unreadable:
        words = output.words("signing.doctor.trust_unreadable", files=", ".join(trust.unreadable))
        return [_finding("trust", CheckState.WARNING, words)]
    if not trust.roots:
        return [_finding("trust", CheckState.OK, output.words("signing.doctor.trust_empty"))]
    words = output.words("signing.doctor.trust", roots=len(trust.roots), lists=len(trust.revocation_lists))
    return [_finding("trust", CheckState.OK, words)]


def _finding(name: str, state: CheckState, words: str) -> dict[str, str]:
    return {"name": name, "state": state.value, "sentence": words}
