"""A document on its way to a printer, watched from outside."""

import threading

from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import Condition
from printing.backends import Backend, Ticket, Watch
from printing.backends.ipp import IppPrinter
from tests.fakes.daemons import wait_until
from tests.fakes.pages import CODE, a_page

A5 = Ticket("job-1", CODE, Form.RECEIPT, 0)
LONGEST_S = 30.0


def a_backend(uri: str, *, name: str = "", lost_s: float = 60.0, answer_s: float = 60.0) -> IppPrinter:
    """Return a printer whose warnings are believed at once, as waiting longer would prove nothing more."""
    return IppPrinter(uri, name=name, lost_s=lost_s, answer_s=answer_s, patience_s=0.0)


class Sending:
    """A document on its way in a thread, what its watch was told, and a way to cancel it."""

    def __init__(self, backend: Backend, content: bytes | None = None, ticket: Ticket = A5) -> None:
        self.told: list[tuple[Condition, ...]] = []
        self.is_cancelled = threading.Event()
        self._ended: str | Exception | None = None
        watch = Watch(waiting=self.told.append, is_cancelled=self.is_cancelled.is_set)

        def send() -> None:
            try:
                self._ended = backend.send(content or a_page(ticket.sheet), ticket, watch)
            except Exception as error:  # noqa: BLE001 - handed to the test
                self._ended = error

        self._thread = threading.Thread(target=send, name="sending", daemon=True)
        self._thread.start()

    def result(self, timeout_s: float = LONGEST_S) -> str:
        self._thread.join(timeout_s)
        assert not self._thread.is_alive(), f"still sending; told {self.told}"
        assert self._ended is not None
        if isinstance(self._ended, Exception):
            raise self._ended
        return self._ended

    def wait_for(self, *conditions: Condition) -> None:
        wait_until(lambda: conditions in self.told, f"told {conditions}, was {self.told}", timeout_s=LONGEST_S)
