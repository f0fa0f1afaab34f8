"""Signatures and tokens as pages and commands show them."""

from counter_app.signing.certificates import CertificateFacts, CertificateState
from counter_app.signing.reports import SignatureKind, SignatureReport, Verdict, VerificationReport
from counter_app.signing.token_errors import PinState
from counter_app.signing.tokens import TokenFacts

__all__ = [
    "CertificateFacts",
    "CertificateState",
    "PinState",
    "SignatureKind",
    "SignatureReport",
    "TokenFacts",
    "Verdict",
    "VerificationReport",
]
