"""What must be true when everything is whole again and nobody has anything new to say."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from resources.texts import has_text
from tests.chaos.crew import Message
from tests.chaos.province import ProvinceDatabase

if TYPE_CHECKING:
    from tests.chaos.scene import Told


def judge(
    looks: list[Message],
    database: ProvinceDatabase,
    *,
    told: Sequence["Told"],
    printed: Sequence[str],
    has_clone: bool,
    was_set_back: bool,
) -> None:
    """Look at every desk and the province; AssertionError for anything that is lost, twice, different or silent."""
    entries = database.entries()
    ids = {entry_id for _desk, _epoch, _seq, entry_id, _hash in entries}
    assert len(ids) == len(entries), "an entry is at the province twice"
    _judge_chains(database, entries)
    # Also those that were lost with a disk: they are on paper.
    assert has_clone or len(set(printed)) == len(printed), "a number was printed twice"
    for one in told:
        assert one.entry in ids, f"lost: {one}"
    heads = [[desk, epoch, seq, digest] for (desk, epoch), (seq, digest) in sorted(database.heads().items())]
    at_province = {sha256[:16] for sha256 in database.received_papers()}
    for place, look in enumerate(looks):
        # A paper that was nowhere but on a disk that was lost is lost with it, and the desk says so.
        lost = [one for one in look["findings"] if one[0] == "verify.paper_damaged" and one[1] not in at_province]
        found = [one for one in look["findings"] if not was_set_back or one not in lost]
        assert found == [], f"desk {place}: {found}"
        assert look["heads"] == heads, f"desk {place} and the province differ"
        for name, value in look["picture"].items():
            assert value == looks[0]["picture"][name], f"desk {place}: {name} differ"
        assert all(map(has_text, look["reasons"])), f"desk {place}: {look['reasons']}"
        held = set(look["code taken"]) if has_clone else set()
        _judge_codes(place, look["dossiers"], [one for one in told if one.dossier not in held], has_clone=has_clone)


def _judge_codes(place: int, dossiers: dict[str, str], told: Sequence["Told"], *, has_clone: bool) -> None:
    """Look for a code that two dossiers have. A clone may have printed one twice; then one of the two has a new one.

    Where the machine that printed it is gone, it stays held for a day.
    """
    assert len(set(dossiers.values())) == len(dossiers), f"desk {place}: a code twice"
    for one in filter(lambda one: one.dossier, told):
        assert one.dossier in dossiers, f"desk {place}: {one.code} is missing"
        assert has_clone or dossiers[one.dossier] == one.code, f"desk {place}: {one.code} has another code"


def _judge_chains(database: ProvinceDatabase, entries: list[tuple[str, int, int, str, str]]) -> None:
    for before, after in pairwise(entries):
        is_next = after[:2] == before[:2] and after[2] == before[2] + 1
        assert is_next or (after[:2] != before[:2] and after[2] == 1), f"a gap before {after}"
    last = {(desk, epoch): (seq, digest) for desk, epoch, seq, _id, digest in entries}
    assert last == database.heads(), "the province's own heads are not its entries"
