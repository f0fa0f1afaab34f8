"""One scenario: a seed, what it does to desks, their hall, the province and their lines, and what must be true then."""

import shutil
import time
from itertools import pairwise

from tests.chaos.crew import Child
from tests.chaos.hall_steps import HALL_WEIGHTS, HallSteps
from tests.chaos.judging import judge
from tests.chaos.paper_steps import PAPER_WEIGHTS, PaperSteps
from tests.chaos.province import Tables
from tests.chaos.scene import DAY, Backup, Bundle
from tests.chaos.world import DESKS, TO_HALL, World

STEPS = 8
ROUNDS = 12
"""After so many rounds of exchanges on whole lines nobody may have anything new."""

_WEIGHTS = {
    "work": 5,
    "exchange": 4,
    "exchange_all": 3,
    "kill_at_work": 3,
    "kill_at_exchange": 3,
    "kill_province": 3,
    "back_up_desk": 1,
    "restore_desk": 2,
    "back_up_province": 1,
    "restore_province": 2,
    "give_bundle": 1,
    "take_bundle": 2,
    "clone_desk": 2,
    "fill_disk": 2,
    "move_clock": 1,
    "decide": 1,
}


class Scenario(HallSteps, PaperSteps):
    """Plays one seed."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self._bundles: list[Bundle] = []
        self._backups: list[Backup] = []
        self._province_backup: tuple[Tables, set[str]]

    def play(self) -> None:
        """Do everything; AssertionError or `tests.chaos.crew.ChildEndedError` where something is not as it must be."""
        try:
            self._begin()
            weights = self._weigh()
            for _ in range(STEPS):
                step = self._dice.choices(list(weights), weights=list(weights.values()))[0]
                self.log.append(step)
                getattr(self, f"_{step}")()
            self._heal()
            self._end()
        finally:
            for child in (*self._desks, self._province, self._hall):
                if child is not None:
                    self._end_quietly(child)
            shutil.rmtree(self._root, ignore_errors=True)

    def _weigh(self) -> dict[str, int]:
        return _WEIGHTS | (HALL_WEIGHTS if self.has_hall else {}) | (PAPER_WEIGHTS if self.has_papers else {})

    @staticmethod
    def _end_quietly(child: Child) -> None:
        try:
            child.kill()
        except Exception:  # noqa: BLE001 - what failed before is the news
            return

    def _begin(self) -> None:
        for place in self._places:
            shutil.copytree(self._world.template(place), self._disk(place))
        self._world.database.restore(self._world.beginning)
        self._world.papers.set_back(set())
        self._world.proxy.ask({"lines": [*range(TO_HALL + DESKS)], "is_dead": False, "faults": []})
        self._start_province()
        ids = self._world.database.ids()
        self._province_backup = (self._world.beginning, ids)
        self._backups = [Backup(self._world.template(place), ids) for place in self._places]
        if self.has_hall:
            self._begin_hall()

    # What goes on at a desk.

    def _work(self) -> None:
        self._hear(self._place(), {"do": "work", "steps": self._dice.randint(1, 4)})

    def _decide(self) -> None:
        self._hear(self._place(), {"do": "decide"})

    def _exchange(self) -> None:
        place = self._place()
        self._spoil(self._lines[place])
        self._hear(place, {"do": "exchange"})

    def _exchange_all(self) -> None:
        for place in self._places:
            self._spoil(self._lines[place])
        self._together({"do": "exchange"})

    def _move_clock(self) -> None:
        place, minutes = self._place(), self._dice.choice((-3 * DAY, -45, 90, 3 * DAY))
        self._clocks[place] += minutes
        self._hear(place, {"do": "move_clock", "minutes": minutes})
        self.counts["clock wrong"] += 1

    def _fill_disk(self) -> None:
        place = self._place()
        self._hear(place, {"do": "fill", "spare_bytes": self._dice.choice((8_192, 60_000, 200_000))})
        last = self._hear(place, {"do": "work", "steps": 4})
        self._spoil(self._lines[place])
        later = self._hear(place, {"do": "exchange"})
        self.counts["disk full"] += "refused" in last or str(later.get("error", "")).startswith("disk.")
        self._hear(place, {"do": "free"})

    def _give_bundle(self) -> None:
        giver, receiver = self._dice.sample(sorted(set(self._lines)), 2)
        path = self._root / f"{len(self._bundles)}.bundle"
        made = self._hear(giver, {"do": "give", "to": self._world.ids[receiver], "path": str(path)})
        if "error" not in made:
            self._bundles.append(Bundle(path, receiver))

    def _take_bundle(self) -> None:
        """What was given may be taken late, twice, or never."""
        if not self._bundles:
            self._give_bundle()
        if self._bundles:
            bundle = self._dice.choice(self._bundles)
            self._hear(bundle.receiver, {"do": "take", "path": str(bundle.path)})
            self.counts["bundle"] += 1

    # What is killed and put back.

    def _kill_at_work(self) -> None:
        self._kill_during(self._place(), {"do": "work", "steps": 6}, longest_s=0.1)

    def _kill_at_exchange(self) -> None:
        place = self._place()
        self._hear(place, {"do": "work", "steps": 2})
        self._kill_during(place, {"do": "exchange"}, longest_s=0.09)

    def _kill_province(self) -> None:
        for place in self._places:
            self._hear(place, {"do": "work", "steps": 1})
        for place in self._places:
            self._desk(place).start({"do": "exchange"})
        self._let_pass(0.12)
        self._stop_province()
        answers = [self._note(place, list(self._desk(place).answers())) for place in self._places]
        self.counts["province killed"] += any("error" in answer for answer in answers)
        self._start_province()

    def _back_up_desk(self) -> None:
        place = self._place()
        ids = self._ids(place)
        self._kill(place)
        target = self._root / f"backup-{place}-{len(self.log)}"
        shutil.copytree(self._disk(place), target)
        self._backups[place] = Backup(target, ids)

    def _restore_desk(self) -> None:
        """The disk is gone; what neither the backup nor another machine has is gone with it, its numbers are not."""
        place = self._place()
        self._kill(place)
        # Only the disk: what lies in the state folder of the machine stays.
        shutil.rmtree(self._disk(place) / "desk")
        shutil.copytree(self._backups[place].path / "desk", self._disk(place) / "desk")
        self._forget(self._lines[place], self._world.database.ids())
        self.counts["desk restored"] += 1

    def _clone_desk(self) -> None:
        """A copy of the disk is put to work beside the first, on a machine that cannot tell, or on one that can."""
        if len(self._places) > len(set(self._lines)):
            return
        place, clone = self._place(), len(self._places)
        ids = self._ids(place)
        self._kill(place)
        target = self._root / f"backup-{clone}"
        for copy in (self._disk(clone), target):
            shutil.copytree(self._disk(place) / "desk", copy / "desk")
        self._places = range(clone + 1)
        self._lines.append(self._lines[place])
        self._machines.append(self._dice.choice(("", "another machine")))
        self._clocks.append(self._clocks[place])
        self._desks.append(None)
        self._backups.append(Backup(target, ids))
        for each in (place, clone):
            self._hear(each, {"do": "work", "steps": 2})
        self.counts["desk cloned"] += 1

    def _back_up_province(self) -> None:
        self._province_backup = (self._world.database.back_up(), self._world.database.ids())
        self._kept_papers = self._world.papers.whole()

    def _restore_province(self) -> None:
        """The database is put back; every desk still has what it wrote, unless its disk was put back too."""
        self._stop_province()
        tables, ids = self._province_backup
        self._world.database.restore(tables)
        if self._dice.random() < 0.5:  # the disk with the papers too, or only the database
            self._world.papers.set_back(self._kept_papers)
        for line in set(self._lines):
            self._forget(line, ids)
        self._start_province()
        self.counts["province restored"] += 1

    def _forget(self, line: int, elsewhere: set[str]) -> None:
        """Expect no more of a desk's entries than some machine of its own or the province still has."""
        here = elsewhere.union(*(self._ids(place) for place in self._places if self._lines[place] == line))
        desk, before = self._world.ids[line], len(self._told)
        self._told = [one for one in self._told if one.desk != desk or one.entry in here]
        self.counts["lost with a disk"] += before - len(self._told)

    # The end.

    def _heal(self) -> None:
        """Let every line be whole and exchange until nobody has anything new, then carry what only desks still hold."""
        self._world.proxy.ask({"lines": [*range(TO_HALL + DESKS)], "is_dead": False, "faults": []})
        if self.has_hall and not any(self.counts[name] for name in _SET_BACK) and self._lies is None:
            self._carry_by_hall()
        if self.has_papers and self.counts["province restored"]:
            self._together({"do": "move_clock", "minutes": 31 * DAY})  # what was confirmed is asked for again by then
        self._exchange_until_quiet()
        # A disk that was set back may leave what it gave away by bundle with nobody but the receiver.
        is_left = self.counts["desk restored"] and (self.counts["bundle"] or self.has_hall)
        if is_left or (self.counts["province restored"] and any(self.counts[name] for name in _FROM_ELSEWHERE)):
            for giver, receiver in pairwise(sorted(set(self._lines)) * 2):
                path = self._root / f"last-{giver}-{receiver}-{time.monotonic_ns()}.bundle"
                self._hear(giver, {"do": "give", "to": self._world.ids[receiver], "path": str(path)})
                self._hear(receiver, {"do": "take", "path": str(path)})
            self._exchange_until_quiet()

        if self.has_papers:  # once more: what one machine sent just now, another of the same desk brings back
            self._together({"do": "exchange"})

    def _exchange_until_quiet(self) -> None:
        """The last round shows that nobody has anything to say; only some scenarios spend it when all are equal."""
        is_thorough = self._seed % 5 == 0
        for number in range(ROUNDS):
            if number == ROUNDS // 2:  # a disk that is gone may have been given an epoch
                self._world.database.let_grants_lapse()
            answers = self._together({"do": "exchange"})
            assert all("answer" in one for one in answers), answers
            if self.has_hall:
                self._exchange_hall()
            is_quiet = all(one["answer"]["pushed"] == one["answer"]["received"] == 0 for one in answers)
            if is_quiet or (not is_thorough and self._are_equal()):
                return
        raise AssertionError(f"not quiet after {ROUNDS} rounds")

    def _are_equal(self) -> bool:
        held = {chain: seq for chain, (seq, _hash) in self._world.database.heads().items()}
        return all(self._heads(place) == held for place in self._places)

    def _end(self) -> None:
        looks = self._together({"do": "look"})
        if self.has_hall:
            answers = self._together({"do": "meet"})
            assert self._lies is not None or all("met" in one for one in answers), answers
            self._judge_hall()
        if self.has_papers:
            self._judge_papers(self._together({"do": "papers"}))
        has_clone = bool(self.counts["desk cloned"])
        judge(
            looks,
            self._world.database,
            told=self._told,
            printed=self._printed,
            has_clone=has_clone,
            was_set_back=bool(self.counts["desk restored"]),
        )
        self.counts["held"] += len(looks[0]["reasons"])
        self.counts["epochs"] += len(looks[0]["heads"]) - DESKS
        self.counts["told"] += len(self._told)


#: After these a desk may hold what its own writer and the province have lost: then a stick carries it.
_FROM_ELSEWHERE = ("desk restored", "desk cloned", "bundle", "met")
#: After these a hall cannot bring everything: somebody has to go on under a new epoch first, or passed over as no
#: desk's what the hall had damaged, and hears of it by the province.
_SET_BACK = ("desk restored", "desk cloned", "province restored", "bundle", "hall lied")
