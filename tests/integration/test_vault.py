"""The vault keeps what it was given, says when it no longer can, and leaves nothing in the clear or half-written."""

import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_app.core.errors import EnvironmentFailure
from counter_app.store.vault import CHUNK_BYTES, SWEEP_AFTER_S, Blob, Vault

KEY = bytes(range(32))
# Lengths around the borders of chunks, where a wrong loop would show.
LENGTHS = st.sampled_from(
    [0, 1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 7]
)

# Each put of this child dies at another write, as on a full disk.
SQUEEZED = """
import json, os, resource, sys
from pathlib import Path
from counter_app.core.errors import EnvironmentFailure
from counter_app.store.vault import Vault

vault, codes = Vault(Path(sys.argv[1]), bytes(range(32))), []
for limit in range(0, 600_000, 40_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        vault.put([os.urandom(550_000)])
    except EnvironmentFailure as error:
        codes.append([error.code, error.retryable])
print(json.dumps(codes))
"""

# Puts one file after another and names each that is durable, until it is killed.
PUTTING = """
import os, sys
from pathlib import Path
from counter_app.store.vault import Vault

vault = Vault(Path(sys.argv[1]), bytes(range(32)))
for number in range(10_000):
    blob = vault.put([os.urandom(300_000)])
    sys.stdout.write(f"{blob.sha256} {blob.size_bytes}\\n")
    sys.stdout.flush()
"""

# Makes files look forgotten, puts them again, and counts those that are not there afterwards.
PUTTING_AGAIN = """
import contextlib, os, sys
from pathlib import Path
from counter_app.store.vault import Vault

folder = Path(sys.argv[1])
vault, lost = Vault(folder, bytes(range(32))), 0
contents = [bytes([number]) * 50 for number in range(4)]
print("ready", flush=True)
for round in range(40):
    for content in contents:
        name = vault.name_of(vault.put([content]).sha256)
        with contextlib.suppress(FileNotFoundError):
            os.utime(folder / name[:2] / name, (0, 0))
    for content in contents:
        blob = vault.put([content])
        # The sweep may have it in hand for a moment to look at it.
        lost += not any(vault.scrub([blob]) == () for look in range(1_000))
print(lost)
"""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", KEY)


def files_of(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "vault").rglob("*") if path.is_file())


def content_of(length: int, seed: int) -> bytes:
    return hashlib.shake_128(str(seed).encode()).digest(length)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=LENGTHS, seed=st.integers(0, 1_000), cuts=st.lists(st.integers(0, 2 * CHUNK_BYTES), max_size=5))
def test_what_was_put_in_any_pieces_comes_back(vault: Vault, length: int, seed: int, cuts: list[int]) -> None:
    content = content_of(length, seed)
    places = [0, *sorted(min(cut, length) for cut in cuts), length]
    blob = vault.put(content[start:end] for start, end in itertools.pairwise(places))

    assert blob == Blob(sha256=hashlib.sha256(content).hexdigest(), size_bytes=length)
    assert vault.get(blob.sha256) == content
    assert vault.holds(blob.sha256)
    assert vault.scrub([blob]) == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=LENGTHS, data=st.data())
def test_any_piece_of_an_open_file_is_the_piece_that_was_put(vault: Vault, length: int, data: st.DataObject) -> None:
    content = content_of(length, 7)
    with vault.open(vault.put([content]).sha256) as file:
        assert file.seek(0, os.SEEK_END) == length
        for _ in range(5):
            place = data.draw(st.integers(0, length))
            count = data.draw(st.integers(0, length - place))
            file.seek(place)
            assert file.read(count) == content[place : place + count]
            assert file.tell() == place + count


def test_the_same_content_twice_is_one_file(vault: Vault, tmp_path: Path) -> None:
    assert vault.put([b"one paper"]) == vault.put([b"one ", b"paper"])
    assert len(files_of(tmp_path)) == 1


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=LENGTHS, place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_a_changed_bit_or_a_cut_end_is_noticed(
    tmp_path: Path, vault: Vault, length: int, place: float, bit: int, cut: bool
) -> None:
    blob = vault.put([content_of(length, 1)])
    path = tmp_path / "vault" / vault.name_of(blob.sha256)[:2] / vault.name_of(blob.sha256)
    data = bytearray(path.read_bytes())
    where = int(place * len(data))
    if cut:
        del data[where:]
    else:
        data[where] ^= 1 << bit
    path.write_bytes(data)

    assert vault.scrub([blob]) == (blob,)
    with pytest.raises(EnvironmentFailure, match=r"vault\.damaged"):
        vault.get(blob.sha256)


def test_chunks_in_another_order_or_left_out_are_noticed(vault: Vault, tmp_path: Path) -> None:
    blob = vault.put([content_of(3 * CHUNK_BYTES, 2)])
    (path,) = files_of(tmp_path)
    data, head, full = path.read_bytes(), 12, CHUNK_BYTES + 16
    first, second, third = (data[head + n * full : head + (n + 1) * full] for n in range(3))
    for other in (second + first + third, first + third, first + second, first + second + third + third):
        path.write_bytes(data[:head] + other)
        assert vault.scrub([blob]) == (blob,)


def test_a_file_put_in_the_place_of_another_is_noticed(vault: Vault, tmp_path: Path) -> None:
    one, other = vault.put([b"the deed"]), vault.put([b"another deed"])
    name = vault.name_of(one.sha256)
    (tmp_path / "vault" / name[:2] / name).write_bytes(
        (tmp_path / "vault" / vault.name_of(other.sha256)[:2] / vault.name_of(other.sha256)).read_bytes()
    )
    with pytest.raises(EnvironmentFailure, match=r"vault\.damaged"):
        vault.get(one.sha256)


def test_nothing_tells_what_is_inside(vault: Vault, tmp_path: Path) -> None:
    content = b"Nguy\xe1\xbb\x85n Th\xe1\xbb\x8b T\xc6\xb0\xe1\xbb\x9fng T\xc6\xb0\xe1\xbb\xa3ng " * 100
    blob = vault.put([content])
    (path,) = files_of(tmp_path)

    assert content[:20] not in path.read_bytes()
    assert blob.sha256[:16] not in str(path)
    with pytest.raises(EnvironmentFailure, match=r"vault\.missing"):
        Vault(tmp_path / "vault", bytes(32)).get(blob.sha256)


def test_what_is_not_there_is_said(vault: Vault) -> None:
    blob = Blob(sha256="0" * 64, size_bytes=3)
    assert not vault.holds(blob.sha256)
    assert vault.scrub([blob]) == (blob,)
    with pytest.raises(EnvironmentFailure, match=r"vault\.missing"):
        vault.get(blob.sha256)


def test_sweep_takes_old_files_that_nothing_knows_and_nothing_else(vault: Vault, tmp_path: Path) -> None:
    known, forgotten, fresh = (vault.put([word]) for word in (b"known", b"forgotten", b"fresh"))
    draft = tmp_path / "vault" / "ended-write.new"
    draft.write_bytes(b"half")
    old = (tmp_path / "vault").stat().st_mtime - SWEEP_AFTER_S - 60
    for blob in (known, forgotten):
        name = vault.name_of(blob.sha256)
        os.utime(tmp_path / "vault" / name[:2] / name, (old, old))
    os.utime(draft, (old, old))

    swept = vault.sweep(lambda name: name == vault.name_of(known.sha256))

    assert (swept.kept, swept.deleted, swept.waiting) == (1, 2, 1)
    assert [vault.holds(blob.sha256) for blob in (known, forgotten, fresh)] == [True, False, True]
    assert not draft.exists()


def test_what_is_put_again_while_the_sweep_looks_at_it_stays(vault: Vault, tmp_path: Path) -> None:
    blob = vault.put([b"scanned twice"])
    path = tmp_path / "vault" / vault.name_of(blob.sha256)[:2] / vault.name_of(blob.sha256)
    os.utime(path, (0, 0))

    def put_again(_name: str) -> bool:
        vault.put([b"scanned twice"])
        return False

    assert vault.sweep(put_again).deleted == 0
    assert vault.scrub([blob]) == ()


def test_a_sweep_and_another_process_that_puts_the_same_papers_never_lose_one(vault: Vault, tmp_path: Path) -> None:
    """The other one asks for old, forgotten contents again and again; after each put the file is there to stay."""
    with subprocess.Popen(
        [sys.executable, "-c", PUTTING_AGAIN, str(tmp_path / "vault")], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        swept = 0
        while other.poll() is None:
            swept += vault.sweep(lambda _name: False).deleted
        lost = int(other.stdout.read())

    assert swept > 0, "the sweep had something to take"
    assert lost == 0


def test_a_sweep_that_was_cut_off_gives_back_what_is_known_again(vault: Vault, tmp_path: Path) -> None:
    blob = vault.put([b"known again"])
    path = tmp_path / "vault" / vault.name_of(blob.sha256)[:2] / vault.name_of(blob.sha256)
    path.replace(path.with_suffix(".gone"))
    vault.sweep(lambda name: name == vault.name_of(blob.sha256))

    assert vault.get(blob.sha256) == b"known again"


@pytest.mark.skipif(sys.platform == "win32", reason="limits file sizes as POSIX does")
def test_disk_full_at_each_write_keeps_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SQUEEZED, str(tmp_path / "vault")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.count("disk.") == 14
    assert files_of(tmp_path)[1:] == []


def test_a_file_that_was_said_to_be_kept_is_there_after_a_kill(tmp_path: Path) -> None:
    for _round in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", PUTTING, str(tmp_path / "vault")], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            said = [child.stdout.readline().split() for _number in range(4)]
            child.kill()
            said += [line.split() for line in child.stdout if line.endswith("\n")]
        kept = [Blob(sha256=sha256, size_bytes=int(size)) for sha256, size in said]
        assert Vault(tmp_path / "vault", KEY).scrub(kept) == ()
