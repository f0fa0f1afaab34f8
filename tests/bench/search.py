"""Searching while typing: every kind of question over an encrypted store of a million dossiers.

Ours: `Search.find`, from the typed text to the rows of the window with what to mark in them, fifty of them. Peer: the
very FTS5 expression on a bare table with the same terms in the standard library's sqlite3, unencrypted, and the same
columns of the same rows read from a plain table. The two take turns, each text once, in an order of chance.
"""

import itertools
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from counter_app.bootstrap import OpenCounter
from counter_app.core.text import fold
from counter_app.domain.catalogue import starter_procedures
from counter_app.domain.person import Party
from counter_app.domain.search import read_query, terms_of, written_terms
from tests.bench.full_store import Copy, copies, full_store
from tests.bench.measure import Number, Timing, alternate, read_options, report

_PEER = f"sqlite3 {sqlite3.sqlite_version}, unencrypted, the same expression and columns"
_ROWS = 50
_BATCH = 20_000
_NICKNAMES = {one.code: fold(one.nicknames[0]) for one in starter_procedures() if one.nicknames}
_SPOKEN = {one.code: next((fold(name) for name in one.nicknames if " " in name), "") for one in starter_procedures()}
_FOUND = (
    "SELECT row, id, code, procedure_code, procedure_name, applicant_name, status, received_at, due_at "
    "FROM bare_dossier WHERE row IN (SELECT rowid FROM bare WHERE bare MATCH ? ORDER BY rowid DESC LIMIT ?) "
    "ORDER BY row DESC"
)


def _words(one: Copy) -> list[str]:
    return fold(one.name).split()


def _initials(one: Copy) -> str:
    return "".join(word[0] for word in _words(one))


#: What somebody who looks for one dossier may type.
KINDS: dict[str, Callable[[Copy], str]] = {
    "two_letters": lambda one: _words(one)[-1][:2],
    "family_name": lambda one: _words(one)[0],
    "family_name_begun": lambda one: _words(one)[0][: max(2, len(_words(one)[0]) - 1)],
    "given_name": lambda one: _words(one)[-1],
    "name_begun": lambda one: " ".join(_words(one))[:-1],
    "name_one_letter_last": lambda one: " ".join([*_words(one)[:-1], _words(one)[-1][0]]),
    "whole_name": lambda one: one.name,
    "name_other_order": lambda one: " ".join(reversed(_words(one))),
    "initials": _initials,
    "initials_year": lambda one: f"{_initials(one)} {one.birth_year % 100:02d}",
    "initials_year_procedure": lambda one: f"{_initials(one)} {one.birth_year} {_NICKNAMES[one.procedure_code]}",
    "name_year": lambda one: f"{_words(one)[-1]} {one.birth_year}",
    "year": lambda one: str(one.birth_year),
    "procedure": lambda one: _NICKNAMES[one.procedure_code],
    "procedure_in_words": lambda one: f"{_SPOKEN[one.procedure_code]} {_words(one)[-1]}",
    "code": lambda one: one.code,
    "code_tail": lambda one: one.code[-4:],
    "code_day_and_tail": lambda one: one.code.split("-", 1)[1],
    "code_tail_and_name": lambda one: f"{_words(one)[-1]} {one.code[-3:]}",
    "id_number": lambda one: one.id_number,
    "id_number_begun": lambda one: one.id_number[:6],
    "id_number_tail": lambda one: one.id_number[-4:],
    "id_number_in_blocks": lambda one: " ".join(one.id_number[at : at + 3] for at in range(0, 12, 3)),
    "phone": lambda one: f"0{one.phone[3:]}",
    "phone_tail": lambda one: one.phone[-4:],
    "phone_tail_of_three": lambda one: one.phone[-3:],
    "phone_tail_and_initials": lambda one: f"{_initials(one)} {one.phone[-3:]}",
    "nobody_of_common_words": lambda one: f"{_words(one)[0]} {one.birth_year} thi {_NICKNAMES[one.procedure_code]} zq",
    "nobody_of_numbers": lambda one: f"036 {one.phone[-3:]} {one.code[-3:]} {one.id_number[-3:]} {one.birth_year}",
}


@contextmanager
def _bare_index(size: int, procedures: list[tuple[str, str]]) -> Iterator[sqlite3.Connection]:
    """Give the peer: the terms and the shown columns of the same dossiers, nothing else."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)) as peer,
    ):
        peer.execute("PRAGMA journal_mode = WAL")
        peer.execute("PRAGMA cache_size = -16000")
        peer.execute(
            "CREATE VIRTUAL TABLE bare USING fts5(words, content='', detail='none', "
            "tokenize=\"ascii tokenchars '~=$><#&.-_%'\", prefix='1 2 3 4 5 6 7')"
        )
        peer.execute(
            "CREATE TABLE bare_dossier (row INTEGER PRIMARY KEY, id TEXT, code TEXT, procedure_code TEXT, "
            "procedure_name TEXT, applicant_name TEXT, status INTEGER, received_at INTEGER, due_at INTEGER)"
        )
        everything = copies(size, procedures)
        while batch := list(itertools.islice(everything, _BATCH)):
            peer.execute("BEGIN")
            peer.executemany("INSERT INTO bare (rowid, words) VALUES (?, ?)", map(_terms, batch))
            peer.executemany("INSERT INTO bare_dossier VALUES (?,?,?,?,?,?,?,?,?)", map(_shown, batch))
            peer.execute("COMMIT")
        yield peer


def _terms(one: Copy) -> tuple[int, str]:
    party = Party(full_name=one.name, id_number=one.id_number, birth_year=one.birth_year, phone=one.phone)
    return one.number, written_terms(terms_of(code=one.code, procedure_code=one.procedure_code, parties=(party,)))


def _shown(one: Copy) -> tuple[Any, ...]:
    dossier_id = f"019e0000-0000-7000-8000-{one.number:012x}"
    return (
        one.number,
        dossier_id,
        one.code,
        one.procedure_code,
        one.procedure_name,
        one.name,
        2,
        1_790_000_000_000,
        None,
    )


def _measure(made: OpenCounter, peer: sqlite3.Connection, text: str) -> tuple[float, float]:
    tries = read_query(text, made.counter.catalogue.codes_named).tries

    def bare() -> bool:
        return any(peer.execute(_FOUND, (asked, _ROWS)).fetchall() for asked in tries)

    ours, bares = alternate(lambda: made.counter.search.find(text, limit=_ROWS), bare, rounds=1, warm_up=0)
    return ours.durations_ms[0], bares.durations_ms[0]


def main() -> None:
    """Run the benchmark."""
    options = read_options(__doc__, size=1_000_000, rounds=100)
    dice = random.Random(4)
    with full_store(options.size) as made:
        with made.desk.store.reading() as connection:
            rows = connection.exec_driver_sql("SELECT code, min(name) FROM procedure GROUP BY code ORDER BY code")
            procedures = [(row[0], row[1]) for row in rows]
        wanted = set(dice.sample(range(options.size), min(options.rounds, options.size)))
        people = [one for place, one in enumerate(copies(options.size, procedures)) if place in wanted]
        texts = [(kind, say(one)) for kind, say in KINDS.items() for one in people]
        dice.shuffle(texts)
        found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
        with _bare_index(options.size, procedures) as peer:
            for kind, text in texts:
                found[kind].append(_measure(made, peer, text))
    ours = {kind: Timing(tuple(one for one, _ in pairs)) for kind, pairs in found.items()}
    bare = {kind: Timing(tuple(other for _, other in pairs)) for kind, pairs in found.items()}
    every = Timing(tuple(ms for timing in ours.values() for ms in timing.durations_ms))
    every_bare = Timing(tuple(ms for timing in bare.values() for ms in timing.durations_ms))
    report(
        "search",
        figures=_figures(ours, every) | {"worst_p95_ms": max(timing.p95_ms for timing in ours.values())},
        peer={"name": _PEER, **_figures(bare, every_bare)},
        ratio=every.p95_ms / every_bare.p95_ms,
        size=options.size,
        notes=("ratio: p95 over all texts; texts of each kind were made from dossiers taken by chance",),
        as_json=options.as_json,
    )


def _figures(timings: dict[str, Timing], every: Timing) -> dict[str, Number]:
    figures: dict[str, Number] = {"p50_ms": every.p50_ms, "p95_ms": every.p95_ms}
    for kind, timing in timings.items():
        figures |= {f"{kind}_p50_ms": timing.p50_ms, f"{kind}_p95_ms": timing.p95_ms}
    return figures


if __name__ == "__main__":
    main()
