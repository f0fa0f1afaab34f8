"""What happens to a hall and to the lines on both of its sides."""

import shutil
from pathlib import Path

from tests.chaos.crew import Child
from tests.chaos.hall import Lie
from tests.chaos.scene import Scene
from tests.chaos.world import DESKS, HALL_LINE, TO_HALL, World

HALL_WEIGHTS = {
    "meet": 4,
    "meet_all": 8,
    "hall_exchange": 6,
    "kill_hall": 5,
    "back_up_hall": 2,
    "restore_hall": 4,
    "fill_hall": 4,
    "lie": 5,
    "cut_outside": 5,
    "cut_hall": 3,
}
_MEETINGS = 2
"""At the first the hall hears of everything, at the second every desk does."""


class HallSteps(Scene):
    """A hall between the desks and the province; desks may go around it."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self._hall: Child | None = None
        self._lies: Lie | None = None
        self._hall_backup = world.hall_template.root.parent

    @property
    def _hall_root(self) -> Path:
        return self._root / "hall"

    def _begin_hall(self) -> None:
        shutil.copytree(self._hall_backup, self._hall_root)
        self._start_hall()

    def _start_hall(self, lie: Lie | None = None) -> Child:
        self._lies = lie
        self._hall = self._world.start_hall(self._hall_root, lie=lie)
        return self._hall

    def _stop_hall(self) -> None:
        if self._hall is not None:
            self._hall.kill()
        self._hall = None

    def _present_hall(self) -> Child:
        return self._hall or self._start_hall()

    def _spoil_hall(self, place: int) -> None:
        self._spoil(TO_HALL + self._lines[place])

    def _meet(self) -> None:
        place = self._place()
        self._spoil_hall(place)
        self._hear(place, {"do": "meet"})

    def _meet_all(self) -> None:
        for place in self._places:
            self._spoil_hall(place)
        answers = self._together({"do": "meet"})
        self.counts["met"] += sum("met" in answer for answer in answers)

    def _hall_exchange(self) -> None:
        self._spoil(HALL_LINE)
        before = self._count_received()
        answer = self._present_hall().ask({"do": "exchange"})
        self.counts["paper by hall"] += self._count_received() - before
        self.log.append(f"  hall: {answer}")
        self.counts["hall exchanged"] += "error" not in answer

    def _kill_hall(self) -> None:
        """It is killed while desks ask it and while it asks the province."""
        hall = self._present_hall()
        for place in self._places:
            self._hear(place, {"do": "work", "steps": 1})
        hall.start({"do": "exchange"})
        for place in self._places:
            self._desk(place).start({"do": "meet"})
        self._let_pass(0.12)
        self._stop_hall()
        answers = [self._note(place, list(self._desk(place).answers())) for place in self._places]
        self.counts["hall killed"] += any("error" in answer for answer in answers)
        self._start_hall()

    def _back_up_hall(self) -> None:
        self._stop_hall()
        self._hall_backup = self._root / f"hall-backup-{len(self.log)}"
        shutil.copytree(self._hall_root, self._hall_backup)
        self._start_hall(self._lies)

    def _restore_hall(self) -> None:
        """What only the hall still had is lost with it; desks that were not set back have what is theirs."""
        self._stop_hall()
        shutil.rmtree(self._hall_root)
        shutil.copytree(self._hall_backup, self._hall_root)
        self._start_hall()
        self.counts["hall restored"] += 1

    def _fill_hall(self) -> None:
        hall = self._present_hall()
        hall.ask({"do": "fill", "spare_bytes": self._dice.choice((8_192, 60_000))})
        for place in self._places:
            self._hear(place, {"do": "work", "steps": 2})
        answers = self._together({"do": "meet"})
        answers.append(hall.ask({"do": "exchange"}))
        self.counts["hall's disk full"] += any("error" in answer for answer in answers)
        hall.ask({"do": "free"})

    def _lie(self) -> None:
        """Put a hall in its place that has the same keys and betrays its desks."""
        self._stop_hall()
        lie = self._dice.choice(list(Lie))
        self._start_hall(lie)
        self.log.append(f"  hall: {lie}")
        answers = self._together({"do": "work", "steps": 1}) and self._together({"do": "meet"})
        self.counts["hall lied"] += any("met" in answer for answer in answers)

    def _cut_outside(self) -> None:
        """Cut every line to the province, or mend them: the hall's desks go on among themselves."""
        is_dead = self._dice.random() < 0.7
        self._world.proxy.ask({"lines": [*range(TO_HALL)], "is_dead": is_dead})
        if is_dead:
            self._together({"do": "work", "steps": 1})
            answers = self._together({"do": "meet"}) + self._together({"do": "meet"})
            self.counts["cut from outside"] += any(answer.get("met", {}).get("received", 0) for answer in answers)

    def _cut_hall(self) -> None:
        """Cut the hall from its desks, or mend that."""
        is_dead = self._dice.random() < 0.7
        self._world.proxy.ask({"lines": [*range(TO_HALL, TO_HALL + DESKS)], "is_dead": is_dead})
        self._meet_all()
        self.counts["cut from desks"] += is_dead

    def _carry_by_hall(self) -> None:
        """Let only the hall reach the province: it brings everything up and down where nobody was set back."""
        desks = [*range(HALL_LINE)]
        self._world.proxy.ask({"lines": desks, "is_dead": True})
        for _ in range(_MEETINGS):
            answers = self._together({"do": "meet"})
            assert all("met" in answer for answer in answers), answers
            self._exchange_hall()
        held = self._world.database.heads()
        wanted = [[desk, epoch, seq, digest] for (desk, epoch), (seq, digest) in sorted(held.items())]
        for place in self._places:
            assert self._hear(place, {"do": "heads"})["heads"] == wanted, f"desk {place} lacks what the hall carries"
        self.counts["carried by hall alone"] += 1
        self._world.proxy.ask({"lines": desks, "is_dead": False})

    def _exchange_hall(self) -> None:
        """Let it exchange on a whole line."""
        before = self._count_received()
        answer = self._present_hall().ask({"do": "exchange"})
        self.counts["paper by hall"] += self._count_received() - before
        assert "error" not in answer, answer
        self.counts["hall exchanged"] += self._lies is not Lie.WITHHOLDS

    def _count_received(self) -> int:
        return len(self._world.database.received_papers()) if self.has_papers else 0

    def _judge_hall(self) -> None:
        """All in a hall is genuine, and an honest one has what the province has, whatever was cloned or set back."""
        held = self._world.database.heads()
        heads = [[desk, epoch, seq, digest] for (desk, epoch), (seq, digest) in sorted(held.items())]
        look = self._present_hall().ask({"do": "look"})
        if self._lies is None and look["heads"] != heads:
            self._exchange_hall()  # the one before ended with the province's word that another line stays
            look = self._present_hall().ask({"do": "look"})
        assert look["damaged"] == [], f"hall: {look['damaged']}"
        if self._lies is None:
            assert look["heads"] == heads, "the hall and the province differ"
            self.counts["hall equal"] += 1
