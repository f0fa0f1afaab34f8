import threading

import pytest

from counter_app.store.writer_queue import Priority, WriterQueue

PATIENCE_S = 30.0


class Waiter:
    """A thread that wants the turn; `is_waiting` once its ticket is in the queue."""

    def __init__(self, queue: WriterQueue, priority: Priority, name: str, served: list[str]) -> None:
        self.thread = threading.Thread(target=self._run, args=(queue, priority, name, served))
        before = len(queue._waiting)
        self.thread.start()
        while len(queue._waiting) == before:
            self.thread.join(0.001)

    def _run(self, queue: WriterQueue, priority: Priority, name: str, served: list[str]) -> None:
        with queue.turn(priority):
            served.append(name)


def test_clerk_goes_before_printer_and_printer_before_line_each_in_order_of_arrival() -> None:
    queue, served = WriterQueue(), list[str]()
    arrivals = [
        (Priority.LINE, "line 1"),
        (Priority.PRINTER, "printer"),
        (Priority.CLERK, "clerk 1"),
        (Priority.LINE, "line 2"),
        (Priority.CLERK, "clerk 2"),
    ]
    with queue.turn(Priority.CLERK):
        waiters = [Waiter(queue, priority, name, served) for priority, name in arrivals]
        assert served == []
    for waiter in waiters:
        waiter.thread.join(PATIENCE_S)

    assert served == ["clerk 1", "clerk 2", "printer", "line 1", "line 2"]


def test_only_one_holds_the_turn_at_a_time() -> None:
    queue, inside, most = WriterQueue(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with queue.turn(Priority.CLERK):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert (inside, most) == (0, 1)


def test_turn_is_free_again_after_an_error() -> None:
    queue = WriterQueue()

    with pytest.raises(ZeroDivisionError), queue.turn(Priority.CLERK):
        raise ZeroDivisionError

    with queue.turn(Priority.LINE):
        assert queue._held


def test_one_who_gives_up_waiting_does_not_stop_those_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, served = WriterQueue(), list[str]()
    with queue.turn(Priority.CLERK):
        with monkeypatch.context() as patched:

            def interrupted() -> None:
                raise KeyboardInterrupt

            patched.setattr(queue._condition, "wait", interrupted)
            with pytest.raises(KeyboardInterrupt), queue.turn(Priority.CLERK):
                served.append("gave up")
        behind = Waiter(queue, Priority.LINE, "behind", served)
    behind.thread.join(PATIENCE_S)

    assert served == ["behind"]


def test_whoever_holds_the_turn_learns_of_those_who_go_before_it_and_of_no_others() -> None:
    queue, served = WriterQueue(), list[str]()
    with queue.turn(Priority.LINE):
        alone = queue.is_awaited(Priority.LINE)
        line = Waiter(queue, Priority.LINE, "line", served)
        behind = queue.is_awaited(Priority.LINE)
        printer = Waiter(queue, Priority.PRINTER, "printer", served)
        awaited = (queue.is_awaited(Priority.LINE), queue.is_awaited(Priority.PRINTER))
    for waiter in (line, printer):
        waiter.thread.join(PATIENCE_S)

    assert (alone, behind, awaited) == (False, False, (True, False))
    assert not queue.is_awaited(Priority.LINE)
