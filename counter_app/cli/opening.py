"""Opening a store for a command: pass phrase, acting clerk."""

import argparse
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from counter_app.bootstrap import OpenCounter, opened
from counter_app.core.paths import DataFolder
from counter_app.store.keys import KeyPlace, read_key_file

_PASSPHRASE = "COUNTER_APP_PASSPHRASE"  # noqa: S105 - the name of a variable
_PASSWORD = "COUNTER_APP_PASSWORD"  # noqa: S105 - the name of a variable


def passphrase_from_environment() -> str | None:
    """Return the pass phrase of the environment, None when there is none."""
    return os.environ.get(_PASSPHRASE) or None


def find_passphrase(folder: DataFolder) -> str | None:
    """Return the pass phrase that the store needs: from the environment, else asked for at a terminal."""
    found = passphrase_from_environment()
    if found is not None or read_key_file(folder.keys).place is KeyPlace.CREDENTIAL_STORE:
        return found
    return getpass.getpass("Pass phrase: ") if sys.stdin.isatty() else None


def find_password() -> str | None:
    """Return a clerk's new password: from the environment, else asked for at a terminal."""
    found = os.environ.get(_PASSWORD)
    if found:
        return found
    return getpass.getpass("Password: ") if sys.stdin.isatty() else None


@contextmanager
def acting(folder: DataFolder, options: argparse.Namespace) -> Iterator[OpenCounter]:
    """Open the store with the chosen clerk acting. Whoever holds the store's key needs no further password."""
    with opened(folder, passphrase=find_passphrase(folder)) as made:
        made.counter.session.act_as(options.clerk)
        yield made


@contextmanager
def reading(folder: DataFolder) -> Iterator[OpenCounter]:
    """Open the store without anybody acting."""
    with opened(folder, passphrase=find_passphrase(folder)) as made:
        yield made
