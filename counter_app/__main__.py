"""``counter-app``: with a command it works in the terminal, without one it opens the window."""

import os
import sys


def main() -> int:
    """Run the program. Returns its exit code: 0 done, 1 a bug, 2 input, 3 environment."""
    from counter_app.cli import run

    os.umask(0o077)  # whatever this program leaves on a disk is its user's alone
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
