"""Unpack of a Windows Python what its makers signed, and nothing else: python3 signed_python.py ARCHIVE FOLDER.

The archive comes from a third party. What vouches for its content are signatures inside it: of every program and
library (Authenticode), and of a catalogue that names each file of the standard library by its SHA-256.
Needs osslsigncode, openssl and Debian's ca-certificates.
"""

import hashlib
import re
import ssl
import subprocess
import sys
import tempfile
import zipfile
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath

SIGNER = "Python Software Foundation"

ROOT_SHA256 = "5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270"
"""Microsoft Identity Verification Root Certificate Authority 2020: in Windows' list of roots, not in Debian's."""

COMPARED = {
    # Signed by Microsoft under a root that is not inside them; every Windows has them under the same sums.
    "vcruntime140.dll": "36585912e5eaf83ba9fea0631534f690ccdc2d7ba91537166fe53e56c221e153",
    "vcruntime140_1.dll": "82a2f9ae1e6146ae3cb0f4bc5a62b7227e0384209d9b1aef86bbcc105912f7cd",
    # Not named by the catalogue. Read beside Debian's Python 3.13.5: nothing but fixes made upstream since.
    "Lib/xml/__init__.py": "8e7bc2b8a9974751e0bf0be8e8fd3c116fb0ed2ff2e372f693a7e3659a46f8dc",
    "Lib/zipfile/__init__.py": "1b580c37e07e4760ba307302b547312f2b97be888bb3ef681e4f39e9e22c3f40",
}
"""The few files that nothing in the archive vouches for, and what they must be."""

_CATALOGUE = "DLLs/python_lib.cat"
_UNWANTED = re.compile(
    r"^(?:DLLs/(?:_tkinter|tcl86t|tk86t|zlib1)\.|Lib/(?:site-packages|idlelib|ensurepip|tkinter|turtledemo)/)"
)
_PROGRAM = re.compile(r"^(?:DLLs/)?[^/]+\.(?:exe|dll|pyd|cat)$")
_SYSTEM_ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")


class UnsignedError(Exception):
    """A file that should be signed is not, or not by whom it should be."""


def unpack(archive: Path, folder: Path) -> int:
    """Write the signed files into a folder and return how many.

    Raises:
        UnsignedError: a program, a library or the catalogue is not what it should be; the folder is then incomplete.
    """
    with zipfile.ZipFile(archive) as opened:
        files = {
            str(PurePosixPath(*PurePosixPath(name).parts[1:])): opened.read(name)
            for name in opened.namelist()
            if not name.endswith("/")
        }
    compared = {name for name, content in files.items() if _is_compared(name, content)}
    programs = sorted(name for name in files if _PROGRAM.match(name) and not _UNWANTED.match(name))
    for name in programs:
        _write(folder / name, files[name])
    roots = _make_roots(folder)
    for name in programs:
        if name not in compared:
            _verify(folder / name, roots)
    catalogue = files[_CATALOGUE]
    for name, content in files.items():
        if not name.startswith("Lib/") or _UNWANTED.match(name):
            continue
        if not content or name in compared or _is_named(catalogue, content):
            _write(folder / name, content)
        elif name.endswith(".py"):
            raise UnsignedError(f"{name} is not in the signed catalogue")
    return sum(path.is_file() for path in folder.rglob("*"))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _is_compared(name: str, content: bytes) -> bool:
    if name not in COMPARED:
        return False
    if hashlib.sha256(content).hexdigest() != COMPARED[name]:
        raise UnsignedError(f"{name} is not the file that was compared")
    return True


def _is_named(catalogue: bytes, content: bytes) -> bool:
    """Whether the signed list holds a file's sum; 32 bytes are found in it by no accident."""
    return hashlib.sha256(content).digest() in catalogue


def _make_roots(folder: Path) -> Path:
    """Write the certificates that may vouch: Debian's, and the one root that is known by its sum."""
    with tempfile.TemporaryDirectory() as scratch:
        signature = Path(scratch) / "signature.pem"
        _run("osslsigncode", "extract-signature", "-pem", "-in", str(folder / "python.exe"), "-out", str(signature))
        listed = _run("openssl", "pkcs7", "-in", str(signature), "-print_certs")
    for found in re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", listed, re.DOTALL):
        if hashlib.sha256(ssl.PEM_cert_to_DER_cert(found)).hexdigest() == ROOT_SHA256:
            roots = folder.parent / f"{folder.name}-roots.pem"
            roots.write_text(_SYSTEM_ROOTS.read_text(encoding="ascii") + found + "\n", encoding="ascii")
            return roots
    raise UnsignedError("python.exe does not lead to the root that is known")


def _verify(path: Path, roots: Path) -> None:
    """Check digest, signer and chain as of the moment of signing; certificates of signers live for days only."""
    options = ["-ignore-cdp", "-ignore-crl", "-ignore-timestamp", "-CAfile", str(roots), "-in", str(path)]
    told = _run("osslsigncode", "verify", *options, must_succeed=False)
    signed_at = re.search(r"Timestamp time: (\w+) +(\d+) ([\d:]+) (\d{4}) GMT", told)
    if signed_at is None:
        raise UnsignedError(f"{path.name} has no signature with a time")
    month, day, time, year = signed_at.groups()
    moment = int(parsedate_to_datetime(f"{day} {month} {year} {time} GMT").timestamp())
    told = _run("osslsigncode", "verify", "-time", str(moment), *options, must_succeed=False)
    signer = re.search(r"Signer #0:\s+Subject: (.+)", told)
    if "Signature verification: ok" not in told or not told.rstrip().endswith("Succeeded"):
        raise UnsignedError(f"the signature of {path.name} does not hold")
    if signer is None or not signer[1].endswith(f"/CN={SIGNER}"):
        raise UnsignedError(f"{path.name} was signed by somebody else")


def _run(*command: str, must_succeed: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=must_succeed)
    return done.stdout


if __name__ == "__main__":
    try:
        print(unpack(Path(sys.argv[1]), Path(sys.argv[2])), "files of Python, each signed or compared")
    except UnsignedError as reason:
        sys.exit(f"This Windows Python is not used: {reason}.")
