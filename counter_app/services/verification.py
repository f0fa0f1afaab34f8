"""Checking a store from top to bottom, and making its derived rows anew."""

import msgspec

from counter_app.journal.rebuild import rebuild
from counter_app.journal.verify import Finding, Stage, Tell, be_quiet, count_entries, verify_chains, verify_rows
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_texts import PaperTexts, empty_texts
from counter_app.services.vault_care import VaultCare
from counter_app.store.scratch import scratch_store


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

    def verify(self, tell: Tell = be_quiet) -> VerifyReport:
        """Check file, chains, signed heads, rows against the journal, and every file of the vault. Changes nothing.

        All of it is one view of the store: whoever works meanwhile neither waits nor is waited for.

        Raises:
            EnvironmentFailure: as `counter_app.store.scratch.scratch_store`; store.
        """
        store = self._desk.store
        tell(Stage.FILE, 0, 0)
        findings = [Finding(code="verify.file_damaged", table=problem[:80]) for problem in store.check_integrity()]
        tell(Stage.PAPERS, 0, 0)
        papers, damaged = self._vault_care.find_damage()
        with store.reading() as connection:
            entries, found = verify_chains(connection, tell)
            with scratch_store(store, self._desk.folder) as scratch:
                findings += (*found, *verify_rows(connection, scratch, tell))
        findings += [Finding(code="verify.paper_damaged", table=blob.sha256[:16]) for blob in damaged]
        return VerifyReport(entries=entries, papers=papers, findings=tuple(findings))

    def rebuild(self, tell: Tell = be_quiet) -> int:
        """Make every derived row anew from the journal, all or nothing. Returns the number of entries.

        What papers say is read again from their files afterwards: the journal does not hold it.
        """
        with self._desk.store.writing() as connection:
            whole = count_entries(connection)
            count = rebuild(connection, lambda done: tell(Stage.ROWS, done, whole))
            empty_texts(connection)
        tell(Stage.PAPERS, 0, 0)
        self._paper_texts.catch_up()
        return count
