from collections.abc import Iterator
from pathlib import Path

import keyring
import msgspec
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import PasswordDeleteError

from counter_app.core.changes import Announcer
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.services.open_desk import create_desk, open_desk
from counter_app.services.sample_data import DESK_NAME, NUMBER_SLICE, OWN_UNIT
from counter_app.store.keys import create_key, load_key
from tests.fakes.desks import PASSPHRASE, DeskClock, at_work, digest_of, sample_desk


class KeyringInMemory(KeyringBackend):  # type: ignore[misc]
    """A credential store as keyring's backends promise it, forgotten with the process."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.secrets.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def credential_store() -> Iterator[KeyringInMemory]:
    before = keyring.get_keyring()
    store = KeyringInMemory()
    keyring.set_keyring(store)
    yield store
    keyring.set_keyring(before)


@pytest.fixture
def no_credential_store() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "desk", state_root=tmp_path / "state")


@pytest.fixture
def desk(tmp_path: Path) -> DataFolder:
    return sample_desk(tmp_path / "sample")


def new_desk(folder: DataFolder, *, passphrase: str | None) -> None:
    create_desk(
        folder,
        passphrase=passphrase,
        unit=OWN_UNIT,
        desk_name=DESK_NAME,
        number_slice=NUMBER_SLICE,
        clock=DeskClock(),
    )


def refusal_of_opening(folder: DataFolder, *, passphrase: str | None) -> AppError:
    with pytest.raises(AppError) as caught:
        open_desk(folder, passphrase=passphrase, clock=DeskClock(), announcer=Announcer())
    return caught.value


def test_key_in_the_credential_store_opens_the_desk_and_is_nowhere_in_the_folder(
    folder: DataFolder, credential_store: KeyringInMemory
) -> None:
    new_desk(folder, passphrase=None)
    (secret,) = credential_store.secrets.values()

    opened = open_desk(folder, passphrase=None, clock=DeskClock(), announcer=Announcer())
    opened.close()

    key = load_key(folder, passphrase=None)
    everything = b"".join(path.read_bytes() for path in folder.root.rglob("*") if path.is_file())
    assert opened.desk.name == DESK_NAME
    assert all(form not in everything for form in (secret.encode(), key, key.hex().encode()))


@pytest.mark.parametrize("spoilt", [None, "", "@@", "QUJD"], ids=["gone", "empty", "no base64", "another key"])
def test_credential_store_without_the_right_key_is_refused_and_nothing_is_touched(
    folder: DataFolder, credential_store: KeyringInMemory, spoilt: str | None
) -> None:
    new_desk(folder, passphrase=None)
    name = next(iter(credential_store.secrets))
    if spoilt is None:
        del credential_store.secrets[name]
    else:
        credential_store.secrets[name] = spoilt
    before = digest_of(folder.root)

    assert refusal_of_opening(folder, passphrase=None).code == "store.wrong_key"
    assert digest_of(folder.root) == before


def test_without_a_credential_store_and_pass_phrase_nothing_is_made(
    folder: DataFolder, no_credential_store: None
) -> None:
    with pytest.raises(EnvironmentFailure, match=r"store\.no_credential_store"):
        new_desk(folder, passphrase=None)

    assert digest_of(folder.root) == {}
    new_desk(folder, passphrase=PASSPHRASE)  # and nothing stands in the way of the next try


def test_credential_store_that_went_away_is_said_by_name(folder: DataFolder, credential_store: KeyringInMemory) -> None:
    new_desk(folder, passphrase=None)
    keyring.set_keyring(NoKeyring())

    assert refusal_of_opening(folder, passphrase=None).code == "store.no_credential_store"


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [(None, "store.passphrase_needed"), ("", "store.wrong_passphrase"), ("sai mật khẩu", "store.wrong_passphrase")],
)
def test_wrong_or_missing_pass_phrase_is_refused_and_nothing_is_touched(
    desk: DataFolder, passphrase: str | None, code: str
) -> None:
    before = digest_of(desk.root)

    assert refusal_of_opening(desk, passphrase=passphrase).code == code
    assert digest_of(desk.root) == before


def test_pass_phrase_opens_the_store_however_the_keyboard_composes_its_letters(desk: DataFolder) -> None:
    import unicodedata

    decomposed = unicodedata.normalize("NFD", PASSPHRASE)
    assert decomposed != PASSPHRASE

    assert load_key(desk, passphrase=decomposed) == load_key(desk, passphrase=PASSPHRASE)


def test_short_pass_phrase_makes_nothing(folder: DataFolder) -> None:
    with pytest.raises(UserError, match=r"store\.weak_passphrase"):
        new_desk(folder, passphrase="bảy chữ")

    assert digest_of(folder.root) == {}


def test_missing_key_file_or_store_is_said_and_nothing_is_made(desk: DataFolder) -> None:
    kept = desk.keys.read_bytes()
    desk.keys.unlink()
    missing_keys = refusal_of_opening(desk, passphrase=PASSPHRASE)
    desk.keys.write_bytes(kept)
    desk.store.unlink()
    missing_store = refusal_of_opening(desk, passphrase=PASSPHRASE)

    assert (missing_keys.code, missing_keys.context["file"]) == ("store.missing", "keys.json")
    assert (missing_store.code, missing_store.context["file"]) == ("store.missing", "counter.db")
    assert not desk.store.exists()


def damaged_key_files() -> dict[str, bytes]:
    return {
        "empty": b"",
        "cut": b'{"store_id":"0',
        "no object": b"[]",
        "binary": bytes(range(256)),
        "unknown place": b'{"store_id":"x","place":"pocket","check":""}',
        "no base64": b'{"store_id":"x","place":"passphrase","check":"***"}',
        "nothing wrapped": b'{"store_id":"x","place":"passphrase","check":"","salt":"","nonce":"","wrapped":""}',
    }


@pytest.mark.parametrize("damage", damaged_key_files())
def test_damaged_key_file_is_said_and_the_store_is_not_touched(desk: DataFolder, damage: str) -> None:
    desk.keys.write_bytes(damaged_key_files()[damage])
    before = digest_of(desk.root)

    assert refusal_of_opening(desk, passphrase=PASSPHRASE).code == "store.key_file_damaged"
    assert digest_of(desk.root) == before


@pytest.mark.parametrize("field", ["salt", "nonce", "wrapped", "store_id"])
def test_changed_byte_in_the_key_file_never_gives_a_key(desk: DataFolder, field: str) -> None:
    document = msgspec.json.decode(desk.keys.read_bytes())
    first = document[field][0]
    document[field] = ("B" if first != "B" else "C") + document[field][1:]
    desk.keys.write_bytes(msgspec.json.encode(document))

    with pytest.raises(UserError, match=r"store\.wrong_passphrase"):
        load_key(desk, passphrase=PASSPHRASE)


def test_second_desk_in_the_same_folder_is_refused_and_the_first_still_opens(desk: DataFolder) -> None:
    before = digest_of(desk.root)

    with pytest.raises(UserError, match=r"store\.exists"):
        new_desk(desk, passphrase=PASSPHRASE)
    desk.keys.rename(desk.keys.with_suffix(".away"))
    with pytest.raises(UserError, match=r"store\.exists"):
        create_key(desk, passphrase=PASSPHRASE)
    desk.keys.with_suffix(".away").rename(desk.keys)

    assert digest_of(desk.root) == before
    with at_work(desk) as made:
        assert made.counter.verification.verify().is_sound


def test_impossible_slice_makes_nothing(folder: DataFolder) -> None:
    with pytest.raises(UserError):
        create_desk(
            folder,
            passphrase=PASSPHRASE,
            unit=OWN_UNIT,
            desk_name=DESK_NAME,
            number_slice=msgspec.structs.replace(NUMBER_SLICE, low=0),
            clock=DeskClock(),
        )

    assert not folder.root.exists()


def test_enrolling_that_fails_half_way_leaves_nothing_in_the_way(folder: DataFolder) -> None:
    class BrokenClock:
        def now(self) -> None:
            raise OSError("no clock")

    with pytest.raises(OSError, match="no clock"):
        create_desk(
            folder,
            passphrase=PASSPHRASE,
            unit=OWN_UNIT,
            desk_name=DESK_NAME,
            number_slice=NUMBER_SLICE,
            clock=BrokenClock(),  # type: ignore[arg-type]
        )

    assert digest_of(folder.root) == {}
    new_desk(folder, passphrase=PASSPHRASE)


@pytest.mark.parametrize("name", ["Dữ liệu quầy", "a?b#c%20d;e", "it's 'so'"])
def test_folder_with_an_unusual_name_holds_its_own_store(tmp_path: Path, name: str) -> None:
    folder = DataFolder(tmp_path / name, state_root=tmp_path / "state")

    new_desk(folder, passphrase=PASSPHRASE)

    assert folder.store.stat().st_size > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]
