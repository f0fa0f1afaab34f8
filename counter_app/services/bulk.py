"""The same thing done with many dossiers: a preview first, then one transaction for each, so that nothing is half."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from counter_app.core.errors import AppError, UserError
from counter_app.domain.actions.facts import NO_FACTS
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.services.answers.bulk import BulkAnswer, BulkKind, BulkLine, BulkOrder, BulkState
from counter_app.services.answers.manifests import ManifestItem
from counter_app.services.answers.printing import PaperRequest
from counter_app.services.custody import Custody
from counter_app.services.dossiers import Dossiers
from counter_app.services.manifest_rows import items_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.print_orders import PrintOrders

MOST_DOSSIERS = 2_000
_Doing = Callable[[str], object]


def _never() -> bool:
    return False


def _nothing(_done: int, _total: int) -> None:
    return


class Bulk:
    """Working on a selection, and ``counter-app bulk``. Any thread; it makes way between dossiers."""

    def __init__(self, desk: OpenDesk, dossiers: Dossiers, custody: Custody, print_orders: PrintOrders) -> None:
        self._desk = desk
        self._dossiers = dossiers
        self._custody = custody
        self._print_orders = print_orders

    def preview(self, order: BulkOrder, codes: Sequence[str]) -> BulkAnswer:
        """Say for each dossier whether it may be done now, and why not; changes nothing.

        A manifest need not be chosen yet: then only what speaks against any is said.

        Raises:
            UserError: ``bulk.nothing_chosen``, ``bulk.too_many``, and what stands against the order as a whole:
                ``manifest.unknown_code``, ``manifest.wrong_state``, nobody signed in.
        """
        check = self._check_of(order)
        return BulkAnswer(lines=tuple(_tried(item, check, BulkState.READY) for item in self._items(codes)))

    def run(
        self,
        order: BulkOrder,
        codes: Sequence[str],
        *,
        progressed: Callable[[int, int], None] = _nothing,
        is_cancelled: Callable[[], bool] = _never,
    ) -> BulkAnswer:
        """Do it with one dossier after the other, each in a transaction of its own; one that is refused stops none.

        When it is cancelled, or the desk cannot go on (a full disk), those not reached are UNTOUCHED and the answer
        still says what was done. Call it in a thread that may take long.

        Raises:
            UserError: as `preview`; nothing was done.
        """
        self._check_of(order)
        do, items = self._doing_of(order), self._items(codes)
        lines: list[BulkLine] = []
        for item in items:
            if is_cancelled():
                break
            line = _tried(item, do, BulkState.DONE)
            lines.append(line)
            progressed(len(lines), len(items))
            if line.state is BulkState.UNTOUCHED:
                break
        rest = (_line(item, BulkState.UNTOUCHED) for item in items[len(lines) :])
        return BulkAnswer(lines=(*lines, *rest))

    def _check_of(self, order: BulkOrder) -> _Doing:
        """Return what raises for a dossier that cannot be done."""
        action = order.kind.action
        if action is not None:
            return lambda code: self._dossiers.check(code, action, NO_FACTS)
        if order.kind is BulkKind.MANIFEST:
            if order.manifest:
                self._custody.require_open(order.manifest)
            return lambda code: self._custody.check_item(order.manifest, code)
        return lambda code: self._print_orders.check(_paper(order, code))

    def _doing_of(self, order: BulkOrder) -> _Doing:
        action = order.kind.action
        if action is not None:
            return lambda code: self._dossiers.act(code, action, NO_FACTS)
        if order.kind is BulkKind.MANIFEST:
            return lambda code: self._custody.add(order.manifest, [code])
        return lambda code: self._print_orders.order(_paper(order, code))

    def _items(self, codes: Iterable[str]) -> tuple[ManifestItem, ...]:
        """Return each dossier once, with its names; what is no code stands as it was given, to be refused."""
        wanted = tuple(dict.fromkeys(_plain(code) for code in codes if code.strip()))
        if not wanted:
            raise UserError("bulk.nothing_chosen")
        if len(wanted) > MOST_DOSSIERS:
            raise UserError("bulk.too_many", most=MOST_DOSSIERS)
        with self._desk.store.reading() as connection:
            return items_of(connection, wanted)


def _plain(code: str) -> str:
    return parse_dossier_code(code).format() if looks_like_dossier_code(code) else code.strip()[:40]


def _paper(order: BulkOrder, code: str) -> PaperRequest:
    return PaperRequest(form=order.form, codes=(code,), reason=order.reason, printer=order.printer)


def _tried(item: ManifestItem, do: _Doing, done: BulkState) -> BulkLine:
    try:
        do(item.code)
    except UserError as error:
        return _line(item, BulkState.REFUSED, error)
    except AppError as error:
        # Its transaction was rolled back. Whoever asked learns what was done before, which an error would hide.
        return _line(item, BulkState.UNTOUCHED, error)
    return _line(item, done)


def _line(item: ManifestItem, state: BulkState, error: AppError | None = None) -> BulkLine:
    line = BulkLine(code=item.code, state=state, applicant_name=item.applicant_name, procedure_name=item.procedure_name)
    if error is None:
        return line
    return msgspec.structs.replace(line, error_code=error.code, error_context=error.context)
