"""``python -m counter_app.scanning.worker``: answers one request of the program on its pipes and ends."""

import os

from counter_app.scanning.worker.native import native_drivers
from counter_app.scanning.worker.serving import Serving


def main() -> int:
    """Serve once. What native libraries print goes nowhere: it would break the messages and may hold anything."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for used in (0, 1, 2):
        os.dup2(nowhere, used)
    Serving(requests, answers, native_drivers()).serve()
    return 0


if __name__ == "__main__":
    code = main()
    # Not sys.exit: a native library's own threads and exit handlers must not keep a finished worker.
    os._exit(code)
