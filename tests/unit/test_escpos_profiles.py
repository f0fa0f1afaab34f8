import msgspec
import pytest

from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import Sheet
from printing.profiles import Completion, DrawerPulse, StatusSupport, TextMode, get_profile, list_profiles
from printing.renderers.escpos_stream import iter_commands


def test_every_profile_says_where_its_figures_come_from_and_none_claims_to_be_tried() -> None:
    profiles = list_profiles()

    assert {"generic-80", "generic-58", "xprinter-80", "xprinter-58"} <= {profile.name for profile in profiles}
    assert {profile.text for profile in profiles} == set(TextMode)
    assert all(len(profile.source) > 40 for profile in profiles)
    assert not any(profile.verified for profile in profiles)


def test_every_profile_prints_no_wider_than_its_roll_and_in_bands_of_four_kilobytes() -> None:
    widths = {Sheet.ROLL_80: 80, Sheet.ROLL_58: 58}

    for profile in list_profiles():
        assert profile.width_mm < widths[profile.sheet], profile.name
        assert profile.columns * 12 <= profile.width_dots, profile.name
        assert profile.band_rows * profile.width_dots // 8 <= 4096, profile.name


def test_every_profiles_first_bytes_are_commands_that_are_known() -> None:
    for profile in list_profiles():
        commands = list(iter_commands(profile.init_bytes + b"\n"))

        assert commands == [] or commands[-1] == b"\n", profile.name


def test_a_printer_that_promises_to_say_when_it_has_printed_also_promises_its_status() -> None:
    for profile in list_profiles():
        if profile.completion is Completion.PROCESS_ID:
            assert profile.status is StatusSupport.YES


def test_an_unknown_profile_is_named_with_the_known_ones() -> None:
    with pytest.raises(UserError) as caught:
        get_profile("laser-3000")

    assert caught.value.code == "printer_profile.unknown"
    assert caught.value.context["name"] == "laser-3000"
    assert "generic-80" in str(caught.value.context["known"])


@pytest.mark.parametrize(
    "change",
    [
        {"width_dots": 570},
        {"band_rows": 256},
        {"text": "tcvn3"},
        {"text": "cp1258", "code_pages": (1, 2)},
        {"init": "1g"},
        {"density": 0},
        {"colour": "red"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_profile_that_cannot_be_printed_with_is_refused(change: dict[str, object]) -> None:
    facts = msgspec.to_builtins(get_profile("generic-80"))

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**facts, **change}, type(get_profile("generic-80")))


def test_a_pulse_longer_than_esc_p_can_say_is_refused() -> None:
    with pytest.raises(ValueError, match="pulse"):
        DrawerPulse(pin=2, on_ms=600, off_ms=100)
