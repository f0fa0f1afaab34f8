import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PASS_PHRASE = "invented pass phrase"
PACKAGES = {"counter_app", "ui", "printing", "resources"}


def find_uv() -> str | None:
    own = ROOT / "build" / "bootstrap" / "bin" / "uv"
    return str(own) if own.exists() else shutil.which("uv")


@pytest.fixture(scope="module")
def uv() -> str:
    found = find_uv()
    if found is None:
        assert "CI" not in os.environ, "the set-up of make test fetches uv"
        pytest.skip("uv is fetched by the set-up of make test")
    return found


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "true", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished.stdout


@pytest.fixture(scope="module")
def built(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel made from that and not from this folder."""
    folder = tmp_path_factory.mktemp("dist")
    run(uv, "build", "-q", "--python", sys.executable, "-o", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(uv: str, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and the locked dependencies, nothing of ours else."""
    folder = tmp_path_factory.mktemp("clean")
    wanted = folder / "requirements.txt"
    run(uv, "export", "-q", "--locked", "--no-dev", "--no-emit-project", "-o", wanted, cwd=ROOT)
    run(uv, "venv", "-q", "--python", sys.executable, folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    run(uv, "pip", "install", "-q", "--python", python, "--require-hashes", "-r", wanted, cwd=folder)
    wheel = next(built.glob("*.whl"))
    run(uv, "pip", "install", "-q", "--python", python, "--no-deps", wheel, cwd=folder)
    return folder / "env" / "bin"


def test_wheel_holds_the_four_packages_with_their_data_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()

    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == PACKAGES
    assert "resources/texts/vi/intake.toml" in names
    assert any(name.startswith("resources/fonts/") and name.endswith(".ttf") for name in names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_source_distribution_holds_what_building_and_testing_need(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"pyproject.toml", "uv.lock", "Makefile", "LICENSE", "README.md", "tools/setup.sh"} <= names
    assert "tests/integration/test_packaging.py" in names


@pytest.mark.slow
def test_installed_program_makes_a_desk_and_verifies_it_far_from_the_sources(installed: Path, tmp_path: Path) -> None:
    program = installed / "counter-app"
    environment = {"COUNTER_APP_PASSPHRASE": PASS_PHRASE, "PYTHONPATH": "", "QT_QPA_PLATFORM": "offscreen"}

    run(program, "--data", tmp_path / "desk", "demo", cwd=tmp_path, **environment)
    run(program, "--data", tmp_path / "desk", "verify", cwd=tmp_path, **environment)

    assert (tmp_path / "desk" / "counter.db").stat().st_size > 0


@pytest.mark.slow
def test_installed_program_says_its_version(installed: Path, tmp_path: Path) -> None:
    name, _, version = run(installed / "counter-app", "--version", cwd=tmp_path, PYTHONPATH="").strip().partition(" ")

    assert name == "counter-app"
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
