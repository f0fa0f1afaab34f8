"""A desk as a process: it works, scans, exchanges, carries bundles and says after each step which entry is its last."""

import io
import random
import resource
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image
from sqlalchemy import text

from counter_app.bootstrap import OpenCounter, open_counter
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.correction import facts_of
from counter_app.domain.document import ContentCause
from counter_app.domain.dossier import Outcome
from counter_app.journal.exchange_entries import HeldDecision
from counter_app.journal.streams import CODE_TAKEN
from counter_app.services import open_desk
from counter_app.services.answers.documents import NamedFile
from counter_app.services.held_rows import reason_key
from tests.chaos.crew import Message, Wire
from tests.fakes.desks import PASSPHRASE, a_form
from tests.fakes.exchanging import ADMIN, picture_of

#: What an exchange may end with while lines are cut and machines are killed; anything else is a fault.
EXPECTED = frozenset({"sync.line_down", "disk.full", "disk.write_failed"})
_HEAD = text("SELECT desk, epoch, seq, hash FROM journal_head ORDER BY desk, epoch")
_OWN = text("SELECT id FROM journal_entry WHERE desk = :desk ORDER BY epoch DESC, seq DESC LIMIT 1")
_IDS = text("SELECT id FROM journal_entry WHERE desk = :desk")
_CODES = text("SELECT code FROM dossier ORDER BY code")
_DOSSIERS = text("SELECT id, code FROM dossier")
_DOCUMENTS = text("SELECT document_id AS id, sha256, max(position) FROM document_version GROUP BY document_id")
_OWN_PAPERS = text(
    "SELECT DISTINCT sha256 FROM document_version JOIN journal_entry USING (position) WHERE desk = :desk ORDER BY 1"
)


class WrongClock:
    """The machine's clock, wrong by so much."""

    def __init__(self, minutes: int) -> None:
        self.error = timedelta(minutes=minutes)

    def now(self) -> datetime:
        """Return what this machine takes for the present instant."""
        return datetime.now(UTC) + self.error


def folder_below(root: Path) -> DataFolder:
    """Return the data folder of a desk whose disk is `root`; its state lies beside, as on a real machine."""
    return DataFolder(root / "desk", state_root=root / "state")


class DeskProcess:
    """What runs in the child."""

    def __init__(self, root: Path, wire: Wire, *, clock_minutes: int, seed: int, machine: str = "") -> None:
        if machine:  # a copied disk in another machine: the system's own id is another one there
            open_desk.find_machine_id = lambda: machine  # type: ignore[attr-defined]
        self._wire = wire
        self._clock = WrongClock(clock_minutes)
        self._dice = random.Random(seed)
        self._made: OpenCounter = open_counter(folder_below(root), passphrase=PASSPHRASE, clock=self._clock)
        self._made.counter.session.act_as(ADMIN)

    def run(self) -> None:
        """Do what is asked for until the process is killed."""
        self._wire.say({"last": True, **self._own_last()})
        while asked := self._wire.hear():
            answer = getattr(self, f"do_{asked.pop('do')}")(**asked)
            self._wire.say({"last": True, **answer, **self._own_last()})

    def do_work(self, *, steps: int) -> Message:
        """Receive and act; what is done is said at once."""
        for _ in range(steps):
            try:
                done = self._dice.choice((self._receive, self._receive, self._act, self._act, self._correct))()
            except EnvironmentFailure as error:
                if error.code not in EXPECTED:
                    raise
                return {"refused": error.code}
            self._wire.say({**done, **self._own_last()})
        return {}

    def _receive(self) -> Message:
        made = self._made.counter.intake.receive(a_form(self._dice.randrange(3)), Outcome.ACCEPTED)
        return {"code": made.dossier.code, "dossier": made.dossier.id}

    def _act(self) -> Message:
        code, action = self._a_code(), self._dice.choice(list(Action))
        given: dict[str, Any] = {
            "reason": "theo yêu cầu",
            "receiver": "Nguyễn Thị Tưởng Tượng",
            "amount": 5_000,
            "new_due_at": self._clock.now() + timedelta(days=60),
            "result_kind": "Quyết định",
        }
        facts = ActionFacts(**{name: given[name] for name in RULES[action].needs if name in given})
        with suppress(UserError):
            self._made.counter.dossiers.act(code, action, facts)
        return {}

    def _correct(self) -> Message:
        with suppress(UserError):
            before = facts_of(self._made.counter.lookup.get_dossier(self._a_code()).dossier)
            after = msgspec.structs.replace(before, note=self._dice.choice(("một", "hai")))
            self._made.counter.corrections.correct(self._a_code(), before=before, after=after, reason="ghi nhầm")
        return {}

    def do_decide(self) -> Message:
        """Decide about what is held, as a clerk would."""
        held = self._made.counter.held
        for one in held.list_all():
            with suppress(UserError):
                held.decide(one.entry_id, self._dice.choice(list(HeldDecision)).value)
                break
        return {}

    def do_exchange(self) -> Message:
        """Exchange with the province once."""
        try:
            answer = self._made.counter.province_line.exchange()
        except AppError as error:
            if error.code not in EXPECTED:
                raise
            return {"error": error.code}
        return {"answer": msgspec.to_builtins(answer)}

    def do_meet(self) -> Message:
        """Exchange with the hall once."""
        try:
            answer = self._made.counter.hall_line.exchange()
        except AppError as error:
            reason = str(error.context.get("reason", ""))
            if error.code not in EXPECTED and reason not in _REFUSED_BY_HALL:
                raise
            return {"error": error.code, "reason": reason}
        return {"met": msgspec.to_builtins(answer)}

    def do_scan(self, *, size_bytes: int) -> Message:
        """Attach a scan to a dossier, and put another file of a size in force: what a page scanned again leaves."""
        self._wire.say({**self._receive(), **self._own_last()})
        code = self._a_code()
        try:
            (view,) = self._made.counter.digitising.attach([NamedFile(name="quét.jpg", data=_PAGE)], code).documents
            self._wire.say({"paper": view.document.content.sha256, **self._own_last()})
            content = b"%PDF-1.7 " + self._dice.randbytes(size_bytes)
            view = self._made.counter.digitising.renew(view, content, ContentCause.RESCANNED)
        except EnvironmentFailure as error:
            if error.code not in EXPECTED:
                raise
            return {"refused": error.code}
        return {"paper": view.document.content.sha256}

    def do_open(self, *, most: int) -> Message:
        """Open papers, whoever scanned them; says which could not be had."""
        with self._made.desk.store.reading() as connection:
            papers = {row.id: row.sha256 for row in connection.execute(_DOCUMENTS)}
        chosen = self._dice.sample(sorted(papers), min(most, len(papers)))
        fetched = sum(not self._made.desk.vault.holds(papers[one]) for one in chosen)
        missing = [papers[one] for one in chosen if not self._is_opened(one)]
        return {"fetched": fetched - len(missing), "missing": missing}

    def _is_opened(self, document_id: str) -> bool:
        try:
            self._made.counter.digitising.read_file(document_id)
        except UserError as error:
            if error.code != "document.not_fetched":
                raise
            return False
        return True

    def do_papers(self) -> Message:
        """Say which papers of its own are here, and how many are not said to be at the province."""
        with self._made.desk.store.reading() as connection:
            own = connection.execute(_OWN_PAPERS, {"desk": self._made.desk.desk.id}).scalars().all()
        left = self._made.counter.province_line.read_answer().blobs_left
        return {"papers": [one for one in own if self._made.desk.vault.holds(one)], "left": left}

    def do_give(self, *, to: str, path: str) -> Message:
        """Write a bundle for another desk."""
        try:
            self._made.counter.bundles.export(Path(path), to=to)
        except EnvironmentFailure as error:
            return {"error": error.code}
        return {}

    def do_take(self, *, path: str) -> Message:
        """Take a bundle."""
        try:
            self._made.counter.bundles.take(Path(path))
        except EnvironmentFailure as error:
            return {"error": error.code}
        return {}

    def do_fill(self, *, spare_bytes: int) -> Message:
        """Let every write beyond so much of a file fail: the log of SQLite's transactions soon reaches it."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (spare_bytes, resource.RLIM_INFINITY))
        return {}

    def do_free(self) -> Message:
        """Let files grow again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return {}

    def do_move_clock(self, *, minutes: int) -> Message:
        """Set the clock forward or back."""
        self._clock.error += timedelta(minutes=minutes)
        return {}

    def do_heads(self) -> Message:
        """Say how far every chain is here."""
        with self._made.desk.store.reading() as connection:
            rows = connection.execute(_HEAD).all()
        return {"heads": [[row.desk, row.epoch, row.seq, row.hash.hex()] for row in rows]}

    def do_look(self) -> Message:
        """Say everything that must be right at the end."""
        report = self._made.counter.verification.verify()
        with self._made.desk.store.reading() as connection:
            dossiers = {row.id: row.code for row in connection.execute(_DOSSIERS)}
        return {
            "findings": [[one.code, one.table, repr(one)] for one in report.findings],
            "dossiers": dossiers,
            "picture": {name: _ordered(value) for name, value in picture_of(self._made).items()},
            "reasons": [reason_key(one.reason) for one in self._made.counter.held.list_all()],
            "code taken": [one.dossier_id for one in self._made.counter.held.list_all() if one.reason == CODE_TAKEN],
            **self.do_heads(),
        }

    def do_ids(self) -> Message:
        """Say which entries of this desk are here."""
        with self._made.desk.store.reading() as connection:
            return {"ids": list(connection.execute(_IDS, {"desk": self._made.desk.desk.id}).scalars())}

    def _a_code(self) -> str:
        with self._made.desk.store.reading() as connection:
            codes = connection.execute(_CODES).scalars().all()
        return self._dice.choice(codes) if codes else "H99.31-261101-0001"

    def _own_last(self) -> Message:
        with self._made.desk.store.reading() as connection:
            return {"entry": connection.execute(_OWN, {"desk": self._made.desk.desk.id}).scalar_one()}


#: What a hall may answer: it is at its limit, or what it has of a chain is another line than this desk's.
_REFUSED_BY_HALL = frozenset({"hall.full", "sync.not_genuine"})


def _make_page() -> bytes:
    page = io.BytesIO()
    Image.new("L", (200, 280), 240).save(page, "JPEG")
    return page.getvalue()


_PAGE = _make_page()


def _ordered(value: Any) -> str:
    return repr(sorted(value.items()) if isinstance(value, dict) else value)
