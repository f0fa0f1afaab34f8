"""Which of several packs counts, and what is in force without one of them: the same in whatever order they came.

Of two packs the one of the later day counts, of two for one day the one of the higher number. Each keeps what it took
the place of; a pack that comes in below another, or is taken out below it, changes what that other one keeps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from counter_app.domain.procedure import Procedure
from counter_app.domain.working_time import DayOverride
from counter_app.sync.packs import ConfigurationPack


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack took the place of: the versions in force until then, and the days as they were worked."""

    procedures: tuple[Procedure, ...] = ()
    days: tuple[DayOverride, ...] = ()


@dataclass
class Placed:
    """A pack in force, and what would be in its place without it: versions by code, days by date."""

    pack: ConfigurationPack
    procedures: dict[str, Procedure]
    days: dict[date, DayOverride]

    @classmethod
    def of(cls, pack: ConfigurationPack, before: Before) -> "Placed":
        """Return a pack with what it keeps."""
        return cls(pack, {one.code: one for one in before.procedures}, {one.day: one for one in before.days})

    def before(self) -> Before:
        """Return what the pack keeps now."""
        return Before(procedures=tuple(self.procedures.values()), days=tuple(self.days.values()))

    def counts_more(self, than: ConfigurationPack) -> bool:
        """Whether this pack wins over another one that sets the same."""
        return (self.pack.effective_on, self.pack.number) > (than.effective_on, than.number)

    def find_version(self, code: str) -> Procedure | None:
        """Return what the pack says of a procedure."""
        return next((one for one in self.pack.procedures if one.code == code), None)

    def sets(self, day: date) -> bool:
        """Whether the pack says of a day that it is worked, or not."""
        return any(one.day == day for one in self.pack.days)


def put_in(placed: Placed, above: Sequence[Placed]) -> tuple[list[Procedure], list[DayOverride]]:
    """Return what of a pack comes into force below those that count more, the least of them first.

    What the packs keep is changed where they were not the first to come.
    """
    procedures = [one for one in placed.pack.procedures if not _put_version_in(placed, one, above)]
    days = []
    for one in placed.pack.days:
        over = next((other for other in above if other.sets(one.day)), None)
        if over is None:
            days.append(one)
        else:
            placed.days[one.day] = over.days.get(one.day, one)
            over.days[one.day] = one
    return procedures, days


def _put_version_in(placed: Placed, version: Procedure, above: Sequence[Placed]) -> bool:
    """Whether a pack above says something else of the same procedure from the same day on."""
    code = version.code
    for over in above:
        others = over.find_version(code)
        if others is None:
            continue
        kept = over.procedures.get(code)
        is_hidden = others.effective_on == version.effective_on
        if is_hidden:
            placed.procedures.pop(code, None)
            if kept is not None:
                placed.procedures[code] = kept
        if is_hidden or kept is None or kept.effective_on <= version.effective_on:
            over.procedures[code] = version
        return is_hidden
    return False


def take_out(placed: Placed, above: Sequence[Placed]) -> None:
    """Let the packs above keep what this one kept, where that was what this one says."""
    for one in placed.pack.procedures:
        holder = next((other for other in above if other.find_version(one.code) is not None), None)
        was = placed.procedures.get(one.code)
        if holder is not None and was is not None and says_the_same(holder.procedures.get(one.code), one):
            holder.procedures[one.code] = was
    for day in placed.pack.days:
        holder = next((other for other in above if other.sets(day.day)), None)
        if holder is not None and holder.days.get(day.day) == day:
            holder.days[day.day] = placed.days.get(day.day, day)


def iter_versions_to_restore(
    placed: Placed, above: Sequence[Placed], *, on: date
) -> Iterator[tuple[Procedure, Procedure]]:
    """Yield each version of a pack that no pack above has replaced by that day, with the one before it."""
    for one in placed.pack.procedures:
        was = placed.procedures.get(one.code)
        later = (other.find_version(one.code) for other in above)
        if was is not None and not any(other is not None and other.effective_on <= on for other in later):
            yield one, was


def iter_days_to_restore(placed: Placed, above: Sequence[Placed]) -> Iterator[tuple[DayOverride, DayOverride]]:
    """Yield each day of a pack that no pack above sets, with the day as it was before."""
    for one in placed.pack.days:
        if one.day in placed.days and not any(other.sets(one.day) for other in above):
            yield one, placed.days[one.day]


def skip_undone(version: Procedure, undone: Sequence[Placed]) -> Procedure:
    """Return what was before a version that came by a pack which was undone; one that a pack brought stays."""
    for _pack in undone:
        for other in undone:
            if other.find_version(version.code) == version:
                version = other.procedures.get(version.code, version)
    return version


def has_put_back(undone: Placed, version: Procedure, *, over: Procedure) -> bool:
    """Whether a version is what was before a pack that was undone, put back later than the day of another one."""
    is_since = version.effective_on >= undone.pack.effective_on and version.effective_on > over.effective_on
    return is_since and says_the_same(undone.procedures.get(version.code), version)


def says_the_same(one: Procedure | None, other: Procedure) -> bool:
    """Whether two versions differ in their day at most: one that was put back has another."""
    return one is not None and msgspec.structs.replace(one, effective_on=other.effective_on) == other
