"""Scan profiles: the standard ones, the unit's own in the settings, locked ones, and spoilt ones."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.scanning.choosing import choose_dpi, choose_mode, choose_source
from counter_app.scanning.driver import LOWEST_DPI, ColourMode, PaperSize, ScanProfile, Source
from counter_app.scanning.profiles import OWN_PROFILES, PROFILE, STANDARD, ScanProfiles, checked, read_profiles
from counter_app.settings.settings import Settings
from resources.texts import Language, text

OWN = ScanProfile(id="birth_book", name="Sổ hộ tịch", source=Source.FLATBED, dpi=400, paper=PaperSize.A3)


@pytest.fixture
def profiles(tmp_path: Path) -> ScanProfiles:
    return ScanProfiles(Settings(tmp_path / "settings.json"))


def locked(tmp_path: Path, **values: object) -> ScanProfiles:
    names = {"profile": PROFILE, "own": OWN_PROFILES}
    file = tmp_path / "locked.json"
    file.write_text(json.dumps({names[name]: value for name, value in values.items()}), encoding="utf-8")
    return ScanProfiles(Settings(tmp_path / "settings.json", locked_file=file))


@pytest.mark.parametrize("language", list(Language))
def test_every_standard_profile_is_valid_and_has_a_name_for_people(language: Language) -> None:
    names = {text(f"scan.profile.{profile.id}", language) for profile in STANDARD}

    assert len(names) == len(STANDARD)
    for profile in STANDARD:
        assert checked(ScanProfile(id=profile.id, name="x", dpi=profile.dpi)).dpi >= LOWEST_DPI


def test_own_profile_is_kept_replaced_and_taken_away_again(tmp_path: Path, profiles: ScanProfiles) -> None:
    profiles.save(OWN)
    profiles.save(ScanProfile(id="birth_book", name=" Sổ  hộ tịch cũ", dpi=600))
    again = ScanProfiles(Settings(tmp_path / "settings.json"))

    assert again.get("birth_book").name == "Sổ hộ tịch cũ"
    assert again.list_all()[1:] == STANDARD
    again.remove("birth_book")
    assert ScanProfiles(Settings(tmp_path / "settings.json")).list_all() == STANDARD


def test_own_profile_with_the_id_of_a_standard_one_stands_for_it(profiles: ScanProfiles) -> None:
    profiles.save(ScanProfile(id="papers", name="Của phường", dpi=200))

    assert profiles.get("papers").dpi == 200
    assert len(profiles.list_all()) == len(STANDARD)


def test_chosen_profile_is_remembered_and_one_that_went_gives_way(tmp_path: Path, profiles: ScanProfiles) -> None:
    assert profiles.chosen().id == "papers"
    profiles.save(OWN)
    profiles.choose("birth_book")
    assert ScanProfiles(Settings(tmp_path / "settings.json")).chosen() == OWN
    ScanProfiles(Settings(tmp_path / "settings.json")).remove("birth_book")

    assert ScanProfiles(Settings(tmp_path / "settings.json")).chosen() == STANDARD[0]
    with pytest.raises(UserError, match=r"scan\.no_profile"):
        profiles.choose("no_such")
    with pytest.raises(UserError, match=r"scan\.no_profile"):
        profiles.remove("no_such")


def test_what_an_administrator_locked_holds_and_cannot_be_changed(tmp_path: Path) -> None:
    own = json.dumps([{"id": "only", "name": "Chỉ dùng cấu hình này", "dpi": 300}])
    profiles = locked(tmp_path, profile="only", own=own)

    assert (profiles.is_locked, profiles.is_choice_locked) == (True, True)
    assert profiles.chosen().name == "Chỉ dùng cấu hình này"
    with pytest.raises(UserError, match=r"settings\.locked"):
        profiles.choose("only")
    with pytest.raises(UserError, match=r"settings\.locked"):
        profiles.save(OWN)
    with pytest.raises(UserError, match=r"settings\.locked"):
        profiles.remove("only")
    assert profiles.chosen().id == "only"


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ({"dpi": 199}, "dpi"),
        ({"dpi": 1201}, "dpi"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"id": ""}, "id"),
        ({"id": "Sổ"}, "id"),
        ({"id": "a b"}, "id"),
    ],
)
def test_profile_that_is_wrong_is_refused_with_the_field(
    profiles: ScanProfiles, spoilt: dict[str, str | int], why: str
) -> None:
    fields: dict[str, str | int] = {"id": "x", "name": "X", "dpi": 300, **spoilt}
    profile = ScanProfile(id=str(fields["id"]), name=str(fields["name"]), dpi=int(fields["dpi"]))

    with pytest.raises(UserError) as caught:
        profiles.save(profile)
    assert (caught.value.code, caught.value.context["why"]) == ("scan.bad_profile", why)
    assert profiles.list_all() == STANDARD


@given(st.text(max_size=80) | st.lists(st.dictionaries(st.text(max_size=5), st.integers()), max_size=3).map(json.dumps))
def test_any_text_in_the_settings_is_profiles_or_refused_and_never_stops_scanning(document: str) -> None:
    try:
        found = read_profiles(document)
    except UserError:
        return
    assert all(profile.dpi >= LOWEST_DPI for profile in found)


@pytest.mark.parametrize(
    "document", ["{", '[{"id":"a","name":"A","dpi":100}]', '[{"id":"a","name":"A"},{"id":"a","name":"B"}]']
)
def test_spoilt_list_leaves_the_standard_profiles(tmp_path: Path, document: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({OWN_PROFILES: document}), encoding="utf-8")

    assert ScanProfiles(Settings(file)).list_all() == STANDARD


@given(st.sampled_from(ColourMode), st.sets(st.sampled_from(ColourMode)))
def test_mode_that_a_scanner_lacks_gives_way_to_one_that_keeps_more(
    wanted: ColourMode, offered: set[ColourMode]
) -> None:
    order = list(ColourMode)
    chosen = choose_mode(wanted, tuple(offered))

    assert chosen in offered or (not offered and chosen is wanted)
    richer = {mode for mode in offered if order.index(mode) <= order.index(wanted)}
    assert not richer or chosen is max(richer, key=order.index)


@given(st.integers(200, 1200), st.sets(st.integers(50, 2400), max_size=6))
def test_resolution_is_never_below_what_an_official_copy_needs(wanted: int, offered: set[int]) -> None:
    try:
        chosen = choose_dpi(wanted, tuple(offered))
    except UserError:
        assert all(dpi < LOWEST_DPI for dpi in offered)
        return
    assert chosen in offered
    assert chosen >= min(wanted, max(offered))
    assert chosen >= LOWEST_DPI


def test_source_that_a_scanner_lacks_is_refused() -> None:
    with pytest.raises(UserError, match=r"scan\.no_source"):
        choose_source(Source.DUPLEX, (Source.FLATBED, Source.FEEDER))
