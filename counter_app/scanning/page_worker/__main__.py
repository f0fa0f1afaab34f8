"""``python -m counter_app.scanning.page_worker``: makes pages ready for the program on its pipes."""

import os
from typing import NoReturn


def serve_and_leave() -> NoReturn:
    """Serve and end the process. What native libraries print goes nowhere: it would break the messages."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for used in (0, 1, 2):
        os.dup2(nowhere, used)
    from counter_app.scanning.page_worker.serving import Serving

    try:
        Serving(requests, answers).serve()
    finally:
        os._exit(0)


if __name__ == "__main__":
    serve_and_leave()
