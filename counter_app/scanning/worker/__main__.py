"""``python -m counter_app.scanning.worker``: answers one request of the program on its pipes and ends."""

import os
from typing import NoReturn

from counter_app.scanning.worker.native import native_drivers
from counter_app.scanning.worker.serving import Serving


def serve_and_leave() -> NoReturn:
    """Serve once and end the process. What native libraries print goes nowhere: it would break the messages."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for used in (0, 1, 2):
        os.dup2(nowhere, used)
    Serving(requests, answers, native_drivers()).serve()
    # Not sys.exit: a native library's own threads and exit handlers must not keep a finished worker.
    os._exit(0)


if __name__ == "__main__":
    serve_and_leave()
