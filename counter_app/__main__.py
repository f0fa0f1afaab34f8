"""``counter-app``: with a command it works in the terminal, without one it opens the window."""

import os
import sys


def main() -> int:
    """Run the program. Returns its exit code: 0 done, 1 a bug, 2 input, 3 environment."""
    from counter_app.cli import run

    if sys.argv[1:] == ["scan-worker"]:  # a frozen program starts its own workers by itself
        from counter_app.scanning.worker.__main__ import serve_and_leave

        serve_and_leave()
    if sys.argv[1:] == ["page-worker"]:
        from counter_app.scanning.page_worker.__main__ import serve_and_leave as serve_pages_and_leave

        serve_pages_and_leave()
    os.umask(0o077)  # whatever this program leaves on a disk is its user's alone
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
