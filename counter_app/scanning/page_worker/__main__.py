"""``python -m counter_app.scanning.page_worker``: makes pages ready for the program on its pipes."""

import os
from typing import NoReturn


def use_small_pages() -> None:
    """Let numpy leave the kernel's pages small; before its first import, no effect where there are none (Windows).

    It asks for pages of 2 MB for every array of 4 MB and more. The kernel clears each of them in one go, on a virtual
    machine tens of milliseconds long, and the window waits for the processor as long (decision 17).
    Source: https://numpy.org/doc/stable/reference/global_state.html
    """
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")


def serve_and_leave() -> NoReturn:
    """Serve and end the process. What native libraries print goes nowhere: it would break the messages."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for used in (0, 1, 2):
        os.dup2(nowhere, used)
    use_small_pages()
    from counter_app.scanning.page_worker.serving import Serving

    try:
        Serving(requests, answers).serve()
    finally:
        os._exit(0)


if __name__ == "__main__":
    serve_and_leave()
