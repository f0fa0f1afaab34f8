"""The figures of the start page and every list, first page and deep in it, against reading the same rows bare.

A page is 100 dossiers. `first` is the beginning, `end` what the End key shows, `deep` the page after a known one far
in, `jump` a page that is skipped to without knowing its neighbour, as dragging the scroll bar does. The peer reads 100
dossiers by their row numbers from the same encrypted store, with the same columns and nothing to find.
"""

from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import select, text

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import local_date
from counter_app.domain.dossier import Status
from counter_app.services.answers.lists import DossierFilter, ListOrder, Scope
from counter_app.services.dossier_rows import row_of, select_rows
from counter_app.store.tables import dossiers
from tests.bench.full_store import full_store
from tests.bench.measure import Timing, alternate, read_options, repeat, report

_PAGE = 100
_LISTS: dict[str, tuple[DossierFilter, ListOrder | None]] = {
    "all_newest": (DossierFilter(), None),
    "all_by_name": (DossierFilter(), ListOrder.NAME),
    "all_by_due": (DossierFilter(), ListOrder.DUE),
    "late": (DossierFilter(is_late=True), None),
    "late_mine": (DossierFilter(is_late=True, scope=Scope.MINE), None),
    "late_desk": (DossierFilter(is_late=True, scope=Scope.DESK), None),
    "late_by_name": (DossierFilter(is_late=True), ListOrder.NAME),
    "due_today": (DossierFilter(is_due_today=True), None),
    "due_soon": (DossierFilter(is_due_soon=True), None),
    "supplement": (DossierFilter(statuses=(Status.SUPPLEMENT_ASKED,)), ListOrder.DUE),
    "waits_for_owner": (DossierFilter(waits_for_owner=True), None),
    "returned_newest": (DossierFilter(statuses=(Status.RETURNED,)), None),
    "ended_newest": (DossierFilter(statuses=(Status.RETURNED, Status.WITHDRAWN, Status.STOPPED)), None),
    "mine_newest": (DossierFilter(scope=Scope.MINE), None),
    "field_newest": (DossierFilter(field_name="Lĩnh vực 3"), None),
    "field_late": (DossierFilter(field_name="Lĩnh vực 3", is_late=True), None),
    "field_mine_by_name": (DossierFilter(field_name="Lĩnh vực 3", scope=Scope.MINE), ListOrder.NAME),
    "other_unit_newest": (DossierFilter(competent_unit_code="H99.107"), None),
    "other_unit_late": (DossierFilter(competent_unit_code="H99.107", is_late=True), None),
    "own_unit_newest": (DossierFilter(competent_unit_code="H99.14"), None),
    "own_unit_by_due": (DossierFilter(competent_unit_code="H99.14"), ListOrder.DUE),
    "to_acknowledge": (DossierFilter(is_to_acknowledge=True), None),
}


def _measure_list(
    made: OpenCounter, wanted: DossierFilter, order: ListOrder | None, rounds: int
) -> Iterator[tuple[str, Timing]]:
    lists = made.counter.lists
    number = lists.count(wanted)
    yield "count", repeat(lambda: lists.count(wanted), rounds=rounds)
    yield "first", repeat(lambda: lists.page(wanted, order=order, limit=_PAGE), rounds=rounds)
    if number <= 3 * _PAGE:
        return
    yield "end", repeat(lambda: lists.page(wanted, order=order, backwards=True, limit=_PAGE), rounds=rounds)
    middle = number // 2
    jump = repeat(lambda: lists.page(wanted, order=order, skip=middle, limit=_PAGE), rounds=max(5, rounds // 10))
    yield "jump", jump
    known = lists.page(wanted, order=order, skip=middle, limit=1).rows[0].code
    yield "deep", repeat(lambda: lists.page(wanted, order=order, after=known, limit=_PAGE), rounds=rounds)


def _bare_page(made: OpenCounter, size: int) -> Callable[[], object]:
    """Return a reading of 100 dossiers by row, each time others, as far apart as those of a list by name."""
    starts = iter(range(1_000_000_000))
    step = max(1, size // _PAGE)

    def read() -> object:
        first = next(starts) * 7919 % step
        rows = [1001 + first + number * step for number in range(_PAGE)]
        now = made.desk.clock.now()
        with made.desk.store.reading() as connection:
            found = connection.execute(select_rows().where(dossiers.dossier.c.row.in_(rows))).all()
        return [row_of(row, now, soon_until=local_date(now)) for row in found]

    return read


def _count_by_scanning(made: OpenCounter) -> Callable[[], object]:
    query = select(dossiers.dossier.c.status, text("count(*)")).group_by(dossiers.dossier.c.status)

    def count() -> object:
        with made.desk.store.reading() as connection:
            return connection.execute(query).all()

    return count


def main() -> None:
    """Measure and print."""
    options = read_options(__doc__, size=1_000_000, rounds=100)
    figures: dict[str, float] = {}
    slow: list[str] = []
    with full_store(options.size) as made:
        timings: dict[str, Timing] = {}
        for scope in Scope:
            timings[f"figures_{scope.value}"] = repeat(partial(made.counter.figures.read, scope), rounds=options.rounds)
        for name, (wanted, order) in _LISTS.items():
            for kind, timing in _measure_list(made, wanted, order, options.rounds):
                timings[f"{name}_{kind}"] = timing
        late, bare = alternate(
            lambda: made.counter.lists.page(DossierFilter(is_late=True), limit=_PAGE),
            _bare_page(made, options.size),
            rounds=options.rounds,
        )
        scanning = repeat(_count_by_scanning(made), rounds=3)
    for name, timing in timings.items():
        figures |= {f"{name}_p50_ms": timing.p50_ms, f"{name}_p95_ms": timing.p95_ms}
        if timing.p95_ms > 16:
            slow.append(f"over 16 ms: {name} {timing.p95_ms:.1f}")
    report(
        "lists",
        figures=figures,
        peer={
            "name": "100 dossiers by row number",
            "p50_ms": bare.p50_ms,
            "p95_ms": bare.p95_ms,
            "count_by_scanning_p50_ms": scanning.p50_ms,
        },
        ratio=late.p95_ms / bare.p95_ms,
        size=options.size,
        notes=slow,
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
