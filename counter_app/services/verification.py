"""Checking a store from top to bottom, and making its derived rows anew."""

import msgspec

from counter_app.journal.rebuild import rebuild
from counter_app.journal.verify import Finding, verify_chains, verify_rebuild
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_texts import PaperTexts, empty_texts
from counter_app.services.vault_care import VaultCare


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries were checked and files read; what is wrong with chain, signatures, rows, file and papers."""

    entries: int
    papers: int
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class Verification:
    """Reads every page and every entry: a matter of seconds for a year of a commune, longer for a province."""

    def __init__(self, desk: OpenDesk, vault_care: VaultCare, paper_texts: PaperTexts) -> None:
        self._desk = desk
        self._vault_care = vault_care
        self._paper_texts = paper_texts

    def verify(self) -> VerifyReport:
        """Check file, chains, signed heads, rows against the journal, and every file of the vault. Changes nothing."""
        broken = self._desk.store.check_integrity()
        findings = [Finding(code="verify.file_damaged", table=problem[:80]) for problem in broken]
        with self._desk.store.reading() as connection:
            entries, found = verify_chains(connection)
        findings += found
        papers, damaged = self._vault_care.find_damage()
        with self._desk.store.writing() as connection:
            findings += verify_rebuild(connection)
        findings += [Finding(code="verify.paper_damaged", table=blob.sha256[:16]) for blob in damaged]
        return VerifyReport(entries=entries, papers=papers, findings=tuple(findings))

    def rebuild(self) -> int:
        """Make every derived row anew from the journal, all or nothing. Returns the number of entries.

        What papers say is read again from their files afterwards: the journal does not hold it.
        """
        with self._desk.store.writing() as connection:
            count = rebuild(connection)
            empty_texts(connection)
        self._paper_texts.catch_up()
        return count
