"""A signing token for tests: SoftHSM (https://www.opendnssec.org/softhsm/), filled by its own and OpenSC's programs.

SoftHSM reads its folder from SOFTHSM2_CONF when a process starts it, so each test has tokens of its own.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counter_app.signing import tokens
from tests.fakes.authority import Issued

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "24681357"

# A random number generator, a PIN is needed and set, keys are not restored, the token is set up (CKF_*).
_FLAGS = 0x0001 | 0x0004 | 0x0008 | 0x0020 | 0x0400
_PIN_STEP = PIN_COUNT_LOW = 0x10000
PIN_FINAL_TRY, PIN_LOCKED = 0x20000, 0x40000
_PIN_FLAGS = PIN_COUNT_LOW | PIN_FINAL_TRY | PIN_LOCKED


def _big(number: int) -> bytes:
    return number.to_bytes(8, "big")


class SoftToken:
    """One token in a folder. Pulling it takes its files away, plugging it in brings them back."""

    def __init__(self, folder: Path, label: str) -> None:
        self._folder = folder
        self._environment = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
        self.label = label
        before = set(self._tokens.iterdir())
        self._run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PIN)
        (self._files,) = set(self._tokens.iterdir()) - before

    @property
    def _tokens(self) -> Path:
        return self._folder / "tokens"

    def add(self, issued: Issued, number: int = 1, *, with_key: bool = True) -> None:
        """Put a certificate on the token, with its key unless told otherwise."""
        if with_key:
            key = self._folder / "key.pem"
            key.write_bytes(issued.key_pem)
            place = ("--token", self.label, "--label", f"key{number}", "--id", f"{number:02x}", "--pin", PIN)
            self._run("softhsm2-util", "--import", str(key), *place)
            key.unlink()
        certificate = self._folder / "certificate.der"
        certificate.write_bytes(issued.der)
        self._run(
            *("pkcs11-tool", "--module", str(MODULE), "--token-label", self.label, "--login", "--pin", PIN),
            *("--write-object", str(certificate), "--type", "cert", "--id", f"{number:02x}"),
            *("--label", f"certificate{number}"),
        )

    def say_of_pin(self, *flags: int) -> None:
        """Have the token say of its PIN what SoftHSM never says by itself: that one try is left, or that it is locked.

        SoftHSM counts no tries. It keeps the flags (PKCS#11 v2.40, section 3.2) as a number in its own file and tells
        whatever stands there; to take the PIN's words away again, call this without any.
        """
        (file,) = self._files.glob("token.object")
        written = file.read_bytes()
        (before,) = (number for number in range(_FLAGS, _FLAGS + _PIN_FLAGS + 1, _PIN_STEP) if _big(number) in written)
        file.write_bytes(written.replace(_big(before), _big(_FLAGS | sum(flags))))

    def pull(self) -> None:
        shutil.move(self._files, self._folder / f"pulled-{self.label}")

    def plug_in(self) -> None:
        shutil.move(self._folder / f"pulled-{self.label}", self._files)

    def _run(self, *command: str) -> None:
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=60)


@contextmanager
def token_folder(folder: Path, *, mechanisms: str = "ALL") -> Iterator[Path]:
    """Have SoftHSM look into a folder as long as this lasts; `mechanisms` as its settings name them."""
    (folder / "tokens").mkdir(parents=True)
    settings = folder / "softhsm2.conf"
    settings.write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
        f"slots.mechanisms = {mechanisms}\n"
    )
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    try:
        yield folder
    finally:
        # A session left open would keep this folder's tokens in the library for whoever comes next.
        for session in list(tokens._sessions.values()):
            session.close()
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
