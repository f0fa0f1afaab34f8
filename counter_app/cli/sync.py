"""``sync``: the exchange with the province, once or until it is stopped."""

import argparse
import threading

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output
from counter_app.core.errors import EnvironmentFailure
from counter_app.services.answers.line import LineAnswer
from counter_app.services.line_keeper import pause_after


def synchronise(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Exchange once and answer; without ``--once`` again and again, each time answering what it brought.

    Raises:
        UserError: ``sync.not_enrolled``.
        EnvironmentFailure: with ``--once`` every failure of the line, otherwise those that trying again does not help.
    """
    if options.once:
        _answer(_exchange(made, output), output)
        return
    failures, stop = 0, threading.Event()
    while True:
        try:
            _answer(_exchange(made, output), output)
            failures = 0
        except EnvironmentFailure as exc:
            if not exc.retryable:
                raise
            output.fail(exc)
            failures += 1
        stop.wait(pause_after(failures))


def _exchange(made: OpenCounter, output: Output) -> LineAnswer:
    """Meet the hall, where there is one, then the province; one of them is enough."""
    hall = None
    try:
        hall = made.counter.hall_line.exchange()
    except EnvironmentFailure as exc:
        output.fail(EnvironmentFailure("hall.no_answer", reason=exc.code))
    try:
        answer = made.counter.province_line.exchange()
    except EnvironmentFailure as exc:
        if hall is None or not exc.retryable:
            raise
        answer = msgspec.structs.replace(made.counter.province_line.read_answer(), is_province_there=False)
    return msgspec.structs.replace(answer, hall=hall)


def _answer(answer: LineAnswer, output: Output) -> None:
    document = {name: getattr(answer, name) for name in answer.__struct_fields__}
    output.answer(
        document,
        output.words(
            "sync.exchanged", pushed=answer.pushed, received=answer.received, held=answer.held, refused=answer.refused
        ),
    )
