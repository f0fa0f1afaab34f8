"""Make the packages: python -m installer.build. Run by `make installer`, which prepares what this needs."""

import sys

from installer.folder import build_folder


def main() -> int:
    """Build everything this machine can build. Returns 0, or 3 when something was missing."""
    folder = build_folder()
    print(f"The program's folder: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
