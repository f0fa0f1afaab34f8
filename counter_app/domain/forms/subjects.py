"""What an ordered paper is about: dossiers, a manifest, or the days of a period."""

import hashlib
from datetime import date

import msgspec

_MOST_NAMED = 3


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One or several dossiers by id, a manifest by its code, or local days (both included; a single day is one)."""

    dossier_ids: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    manifest_id: str = ""

    @property
    def dossier_id(self) -> str:
        """The one dossier it is about, "" for several or a period."""
        return self.dossier_ids[0] if len(self.dossier_ids) == 1 else ""


def describe_codes(codes: tuple[str, ...]) -> str:
    """Return a short text that tells this list of dossier codes from any other."""
    if len(codes) <= _MOST_NAMED:
        return ", ".join(codes)
    digest = hashlib.sha256("\n".join(codes).encode()).hexdigest()[:8]
    return f"{codes[0]} +{len(codes) - 1} ({digest})"


def describe_days(first: date, last: date) -> str:
    """Return ``2026-11-28``, or ``2026-11-01..2026-11-30``."""
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"
