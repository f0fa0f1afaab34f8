"""Checking a store from top to bottom, and making its derived rows anew."""

import msgspec

from counter_app.journal.rebuild import rebuild
from counter_app.journal.verify import Finding, verify_chains, verify_rebuild
from counter_app.services.open_desk import OpenDesk


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries were checked, and everything found wrong with chain, signatures, rows and file."""

    entries: int
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class Verification:
    """Reads every page and every entry: a matter of seconds for a year of a commune, longer for a province."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk

    def verify(self) -> VerifyReport:
        """Check file, chains, signed heads, and that the rows are what the journal says. Changes nothing."""
        broken = self._desk.store.check_integrity()
        findings = [Finding(code="verify.file_damaged", table=problem[:80]) for problem in broken]
        with self._desk.store.reading() as connection:
            entries, found = verify_chains(connection)
        findings += found
        with self._desk.store.writing() as connection:
            findings += verify_rebuild(connection)
        return VerifyReport(entries=entries, findings=tuple(findings))

    def rebuild(self) -> int:
        """Make every derived row anew from the journal, all or nothing. Returns the number of entries."""
        with self._desk.store.writing() as connection:
            return rebuild(connection)
