import json
import struct
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zstandard
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from counter_app import __version__
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.update.release_key import list_release_keys
from counter_app.update.staging import check_pack, is_chosen, stage
from counter_app.update.version import numbers_of, platform_name
from tests.fakes.desks import digest_of
from tests.fakes.versions import a_pack, new_key, plain_desk

DESK = "01900000-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("maker")
    new_key(root)
    a_pack(root, root / "private.pem")
    plain_desk(root / "desk")
    return root


def key_of(place: Path) -> tuple[bytes, ...]:
    return list_release_keys(place / "release-key.pem")


def refusal(place: Path, pack: Path, *, keys: tuple[bytes, ...] | None = None) -> str:
    """Return why a desk does not take a pack; nothing of the desk may have changed."""
    folder = DataFolder(place / "desk")
    before = digest_of(folder.root)
    with pytest.raises(UserError) as refused:
        stage(folder, pack, desk_id=DESK, keys=key_of(place) if keys is None else keys)
    after = digest_of(folder.root)
    assert {name: digest for name, digest in after.items() if not name.startswith("updates/versions")} == before
    assert not any(name.startswith("updates/versions") for name in after)
    return refused.value.code


def signed(place: Path, change: dict[str, Any], *, payload: bytes | None = None) -> Path:
    """Return a pack whose list was changed and signed again with the true key."""
    data = (place / "9.1.0-good.qmcu").read_bytes()
    (length,) = struct.unpack(">I", data[8:12])
    listed = json.loads(data[12 : 12 + length]) | change
    body = data[12 + length + 64 :] if payload is None else payload
    listing = json.dumps(listed).encode()
    key: Any = load_pem_private_key((place / "private.pem").read_bytes(), None)
    out = place / "changed.qmcu"
    signature = key.sign(b"counter-app update 1\x00" + listing)
    out.write_bytes(data[:8] + struct.pack(">I", len(listing)) + listing + signature + body)
    return out


def files_with(*files: dict[str, Any]) -> dict[str, Any]:
    program = {"path": "counter-app", "size_bytes": 0, "sha256": "", "is_program": True}
    return {"files": [program, *files]}


def test_a_pack_is_taken_as_it_was_made(tmp_path: Path) -> None:
    new_key(tmp_path)
    pack = a_pack(tmp_path / "made", tmp_path / "private.pem", share=100, not_before=date(2027, 1, 4))
    folder = plain_desk(tmp_path / "desk")

    listed = stage(folder, pack, desk_id=DESK, keys=key_of(tmp_path))

    made, taken = tmp_path / "made" / "9.1.0-good", folder.updates / "versions" / "9.1.0"
    assert digest_of(taken) == digest_of(made)
    assert (taken / "lib.so").is_symlink()
    assert (taken / "counter-app").stat().st_mode & 0o777 == 0o700
    assert listed.not_before == date(2027, 1, 4)
    assert [path.name for path in taken.parent.iterdir()] == ["9.1.0"]


def test_whose_signature_it_is_decides(place: Path, tmp_path: Path) -> None:
    _path, other = new_key(tmp_path)
    good = place / "9.1.0-good.qmcu"

    assert refusal(place, good, keys=(other,)) == "update.not_signed"
    assert refusal(place, good, keys=()) == "update.no_key"
    assert check_pack(DataFolder(place / "desk"), good, keys=(other, *key_of(place))).version == "9.1.0"


@given(st.data())
def test_no_cut_and_no_changed_byte_is_taken(place: Path, data: st.DataObject) -> None:
    whole = (place / "9.1.0-good.qmcu").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    harm = data.draw(st.sampled_from(["cut", "change", "insert"]))
    changed = {
        "cut": whole[:at],
        "change": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "insert": whole[:at] + b"\x00" + whole[at:],
    }[harm]
    pack = place / "harmed.qmcu"
    pack.write_bytes(changed)

    assert refusal(place, pack) in {"update.damaged", "update.not_signed"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": __version__}, "update.not_newer"),
        ({"version": "0.0.1"}, "update.not_newer"),
        ({"minimum_version": "9.0"}, "update.too_old_here"),
        ({"platform": "cpm-z80"}, "update.other_platform"),
        ({"product": "another-app"}, "update.unfit"),
        ({"version": "9.1-rc"}, "update.bad_version"),
        ({"share": 0}, "update.unfit"),
        ({"program": "missing"}, "update.unfit"),
    ],
)
def test_a_pack_that_is_not_for_this_desk_is_refused(place: Path, change: dict[str, Any], code: str) -> None:
    assert refusal(place, signed(place, change)) == code


@pytest.mark.parametrize(
    "path",
    [
        "../out",
        "a/../../out",
        "/etc/out",
        "C:/out",
        "a\\..\\..\\out",
        "a//b",
        "./a",
        "nul",
        "a/COM1.txt",
        "x\x00",
        "a. ",
        "",
    ],
)
def test_even_a_signed_list_names_no_place_outside(place: Path, path: str) -> None:
    assert refusal(place, signed(place, files_with({"path": path}))) == "update.unfit"


@pytest.mark.parametrize(
    "files",
    [
        [{"path": "link", "link": "../out"}],
        [{"path": "link", "link": "/etc/passwd"}],
        [{"path": "link", "link": "elsewhere"}],
        [{"path": "one", "link": "two"}, {"path": "two", "link": "one"}],
        [{"path": "dir", "link": "counter-app"}, {"path": "dir/file"}],
        [{"path": "same"}, {"path": "SAME"}],
        [{"path": "big", "size_bytes": 2**31 + 1}],
        [{"path": "small", "size_bytes": -1}],
    ],
)
def test_links_out_of_it_files_in_each_others_way_and_giants_are_refused(
    place: Path, files: list[dict[str, Any]]
) -> None:
    assert refusal(place, signed(place, files_with(*files))) == "update.unfit"


def test_files_that_unpack_to_more_than_the_list_says_stop_at_what_it_says(place: Path) -> None:
    import hashlib

    bomb = zstandard.ZstdCompressor().compress(bytes(64 * 1024 * 1024))
    facts = {"payload_bytes": len(bomb), "payload_sha256": hashlib.sha256(bomb).hexdigest()}
    empty = hashlib.sha256(b"").hexdigest()
    files = files_with({"path": "tiny", "size_bytes": 10, "sha256": hashlib.sha256(bytes(10)).hexdigest()})
    files["files"][0]["sha256"] = empty

    assert refusal(place, signed(place, facts | files, payload=bomb)) == "update.damaged"


def test_a_share_of_the_desks_is_always_the_same_and_grows() -> None:
    desks = [f"01900000-0000-7000-8000-{number:012d}" for number in range(2000)]
    chosen = {share: {desk for desk in desks if is_chosen(desk, share)} for share in (1, 10, 50, 100)}

    assert chosen[1] < chosen[10] < chosen[50] < chosen[100] == set(desks)
    assert 140 < len(chosen[10]) < 260


def test_a_pack_for_a_share_is_refused_elsewhere(place: Path) -> None:
    assert not is_chosen(DESK, 1)
    assert refusal(place, signed(place, {"share": 1})) == "update.not_chosen"


@given(st.lists(st.integers(0, 99), min_size=2, max_size=4), st.lists(st.integers(0, 99), min_size=2, max_size=4))
def test_versions_compare_number_by_number(one: list[int], other: list[int]) -> None:
    def padded(numbers: list[int]) -> list[int]:
        return [*numbers, 0, 0][:4]

    texts = [".".join(map(str, numbers)) for numbers in (one, other)]
    assert (numbers_of(texts[0]) < numbers_of(texts[1])) == (padded(one) < padded(other))


def test_a_machine_is_named_as_in_packs() -> None:
    assert platform_name().startswith("linux-")
    assert " " not in platform_name()
