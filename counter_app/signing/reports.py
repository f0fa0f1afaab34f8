"""What a check of signatures found, as values for a screen, a command and the journal."""

from datetime import datetime
from enum import StrEnum

import msgspec

from counter_app.signing.certificates import CertificateFacts


class Verdict(StrEnum):
    """VALID: whole, trusted, in time. DOUBTFUL: the content is as signed, but who signed or when is not proved here.
    INVALID: altered, damaged, of a kind that is not checked, or signed with a revoked certificate. UNSIGNED: no
    signature at all."""

    VALID = "valid"
    DOUBTFUL = "doubtful"
    INVALID = "invalid"
    UNSIGNED = "unsigned"


class SignatureKind(StrEnum):
    """A person's signature, or a time stamp over the whole document."""

    SIGNATURE = "signature"
    TIME_STAMP = "time_stamp"


class Revocation(StrEnum):
    """What is known of the certificate being called back, at the time of signing as far as that is proved."""

    NOT_REVOKED = "not_revoked"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Changes(StrEnum):
    """What was added to the file after the signature. PROOFS: time stamps and revocation data; ENTRIES: further
    signatures and filled-in fields; OTHER: anything else."""

    NONE = "none"
    PROOFS = "proofs"
    ENTRIES = "entries"
    OTHER = "other"


class SignatureReport(msgspec.Struct, frozen=True, kw_only=True):
    """One signature. `reasons` are keys of resources/texts, the weightiest first.

    `signed_at` is what the signer's machine claimed, `proved_at` what a trusted time stamp proves.
    """

    field: str
    kind: SignatureKind
    verdict: Verdict
    reasons: tuple[str, ...]
    signer: CertificateFacts | None = None
    signed_at: datetime | None = None
    proved_at: datetime | None = None
    time_stamp_by: str = ""
    level: str = ""
    is_intact: bool = False
    is_trusted: bool = False
    covers_whole_file: bool = False
    changes_after: Changes = Changes.OTHER
    revocation: Revocation = Revocation.UNKNOWN


class VerificationReport(msgspec.Struct, frozen=True, kw_only=True):
    """All signatures of a file, oldest first, and the verdict on the worst of them. `notes` are keys of texts."""

    verdict: Verdict
    signatures: tuple[SignatureReport, ...]
    notes: tuple[str, ...] = ()


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict on a whole file."""
    for verdict in (Verdict.INVALID, Verdict.DOUBTFUL, Verdict.VALID):
        if verdict in verdicts:
            return verdict
    return Verdict.UNSIGNED
