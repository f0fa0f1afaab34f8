"""Scan profiles: those that come with the program, the unit's own from the settings, and which one is used.

The settings keep the unit's own profiles as one JSON text, so that an administrator can lock the whole list, the
profile in use, or both.
"""

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.scanning.driver import LOWEST_DPI, ColourMode, PaperSize, ScanProfile, Source
from counter_app.settings.settings import Settings

PROFILE = "scan.profile"
OWN_PROFILES = "scan.profiles"
HIGHEST_DPI = 1200
MOST_PROFILES = 50
_LONGEST_NAME = 60

STANDARD = (
    ScanProfile(id="papers", source=Source.FEEDER, mode=ColourMode.COLOUR, dpi=300, paper=PaperSize.A4),
    ScanProfile(id="papers_both_sides", source=Source.DUPLEX, mode=ColourMode.COLOUR, dpi=300, paper=PaperSize.A4),
    ScanProfile(id="papers_turned", mode=ColourMode.COLOUR, dpi=300, paper=PaperSize.A4, turns_pile=True),
    ScanProfile(id="grey_pile", source=Source.DUPLEX, mode=ColourMode.GREY, dpi=200, paper=PaperSize.A4),
    ScanProfile(id="glass", source=Source.FLATBED, mode=ColourMode.COLOUR, dpi=300, paper=PaperSize.A4),
    ScanProfile(id="identity_card", source=Source.FLATBED, mode=ColourMode.COLOUR, dpi=600, paper=PaperSize.CARD),
    ScanProfile(id="drawing", source=Source.FLATBED, mode=ColourMode.COLOUR, dpi=300, paper=PaperSize.A3),
)
"""Their names are the texts ``scan.profile.<id>``."""

OWN = "own"
"""The profile that a clerk puts together at the page; its name is a text as well."""


class ScanProfiles:
    """The profiles of this desk. Safe from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def is_locked(self) -> bool:
        """Whether an administrator has fixed the list of own profiles."""
        return self._settings.is_locked(OWN_PROFILES)

    @property
    def is_choice_locked(self) -> bool:
        """Whether an administrator has fixed which profile is used."""
        return self._settings.is_locked(PROFILE)

    def list_all(self) -> tuple[ScanProfile, ...]:
        """Return the unit's own profiles, then the standard ones whose id they do not take.

        A list that somebody spoilt by hand counts as empty: scanning goes on with the standard profiles.
        """
        try:
            own = read_profiles(self._settings.get(OWN_PROFILES))
        except UserError:
            own = ()
        taken = {profile.id for profile in own}
        return (*own, *(profile for profile in STANDARD if profile.id not in taken))

    def get(self, profile_id: str) -> ScanProfile:
        """Return a profile by its id.

        Raises:
            UserError: ``scan.no_profile``.
        """
        found = next((profile for profile in self.list_all() if profile.id == profile_id), None)
        if found is None:
            raise UserError("scan.no_profile", profile=nfc(profile_id)[:_LONGEST_NAME])
        return found

    def chosen(self) -> ScanProfile:
        """Return the profile in use; one that no longer exists gives way to the first."""
        wanted = self._settings.get(PROFILE)
        profiles = self.list_all()
        return next((profile for profile in profiles if profile.id == wanted), profiles[0])

    def choose(self, profile_id: str) -> None:
        """Use this profile from now on.

        Raises:
            UserError: ``scan.no_profile``, ``settings.locked``.
            EnvironmentFailure: the disk refused it.
        """
        self._settings.set(PROFILE, self.get(profile_id).id)

    def save(self, profile: ScanProfile) -> None:
        """Add one of the unit's own, or replace the one with its id.

        Raises:
            UserError: ``scan.bad_profile``, ``settings.locked``; nothing was changed.
            EnvironmentFailure: the disk refused it.
        """
        kept = [one for one in read_profiles(self._settings.get(OWN_PROFILES)) if one.id != profile.id]
        self._write((*kept, checked(profile)))

    def remove(self, profile_id: str) -> None:
        """Take one of the unit's own away; a standard one of the same id shows again.

        Raises:
            UserError: ``scan.no_profile``, ``settings.locked``.
            EnvironmentFailure: the disk refused it.
        """
        own = read_profiles(self._settings.get(OWN_PROFILES))
        kept = tuple(one for one in own if one.id != profile_id)
        if len(kept) == len(own):
            raise UserError("scan.no_profile", profile=nfc(profile_id)[:_LONGEST_NAME])
        self._write(kept)

    def _write(self, profiles: tuple[ScanProfile, ...]) -> None:
        self._settings.set(OWN_PROFILES, msgspec.json.encode(profiles).decode() if profiles else "")


def read_profiles(document: str) -> tuple[ScanProfile, ...]:
    """Return the profiles of a settings text, "" for none.

    Raises:
        UserError: ``scan.bad_profile`` with what is wrong.
    """
    if not document:
        return ()
    try:
        profiles = msgspec.json.decode(document.encode(), type=tuple[ScanProfile, ...])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as exc:
        raise UserError("scan.bad_profile", profile="-", why="json") from exc
    if len(profiles) > MOST_PROFILES:
        raise UserError("scan.bad_profile", profile="-", why=f"> {MOST_PROFILES}")
    if len({profile.id for profile in profiles}) < len(profiles):
        raise UserError("scan.bad_profile", profile="-", why="id")
    return tuple(checked(profile) for profile in profiles)


def checked(profile: ScanProfile) -> ScanProfile:
    """Return the profile with a clean name.

    Raises:
        UserError: ``scan.bad_profile``; `why` names the field: ``id``, ``name`` or ``dpi``.
    """
    name = nfc(profile.name)
    wrong = ""
    if not (profile.id.isascii() and profile.id.replace("_", "").isalnum() and len(profile.id) <= _LONGEST_NAME):
        wrong = "id"
    elif (not name and profile.id != OWN) or len(name) > _LONGEST_NAME:
        wrong = "name"
    elif not LOWEST_DPI <= profile.dpi <= HIGHEST_DPI:
        wrong = "dpi"
    if wrong:
        raise UserError("scan.bad_profile", profile=nfc(profile.id)[:_LONGEST_NAME] or "-", why=wrong)
    return msgspec.structs.replace(profile, name=name)
