"""What happens to digitised papers on their way to the province and back."""

from tests.chaos.crew import ChildEndedError, Message
from tests.chaos.scene import Scene
from tests.chaos.world import World

PAPER_WEIGHTS = {
    "scan": 5,
    "open": 4,
    "kill_at_papers": 3,
    "kill_province_at_papers": 2,
    "fill_province": 2,
}
_SIZES = (100, 16_384, 40_000, 90_000)


class PaperSteps(Scene):
    """Scans at desks, of some pieces each."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self._kept_papers: set[str] = set()

    def _scan(self) -> None:
        place = self._place()
        self._scan_at(place)
        self._spoil(self._lines[place])
        self._hear(place, {"do": "exchange"})

    def _scan_at(self, place: int) -> Message:
        said = self._hear(place, {"do": "scan", "size_bytes": self._dice.choice(_SIZES)})
        self.counts["scanned"] += "paper" in said
        return said

    def _open(self) -> None:
        """Another desk asks for papers, perhaps before they have come up."""
        place = self._place()
        self._spoil(self._lines[place])
        self._hear(place, {"do": "exchange"})
        self._spoil(self._lines[place])
        self.counts["paper asked for"] += self._hear(place, {"do": "open", "most": 3})["fetched"]

    def _kill_at_papers(self) -> None:
        place = self._place()
        self._scan_at(place)
        self._kill_during(place, {"do": "exchange"}, longest_s=0.15)

    def _kill_province_at_papers(self) -> None:
        for place in self._places:
            self._scan_at(place)
        for place in self._places:
            self._desk(place).start({"do": "exchange"})
        self._let_pass(0.2)
        self._stop_province()
        answers = [self._note(place, list(self._desk(place).answers())) for place in self._places]
        self.counts["province killed"] += any("error" in answer for answer in answers)
        self._start_province()

    def _fill_province(self) -> None:
        """No paper fits on the province's disk; records go on."""
        place = self._place()
        self._scan_at(place)
        self._limit_province(self._dice.choice((1, 20_000)))
        answer = self._hear(place, {"do": "exchange"})
        self.counts["province's disk full"] += "error" in answer
        self._limit_province(0)

    def _limit_province(self, most_bytes: int) -> None:
        if self._province is None:
            raise ChildEndedError("no province")
        self._province.ask({"most_bytes": most_bytes})

    def _judge_papers(self, looks: list[Message]) -> None:
        """Every paper that was not lost with a disk is at the province, and every desk can open it."""
        whole, said = self._world.papers.whole(), self._world.database.received_papers()
        assert said <= whole, f"the province says it has {said - whole}"
        for place, look in enumerate(looks):
            lacking = set(look["papers"]) - said
            assert not lacking, f"desk {place} has papers that the province has not: {lacking}"
            assert look["left"] == 0 or self.counts["desk restored"], f"desk {place} waits for {look['left']} papers"
        if not self.counts["desk restored"]:
            lost = {paper for _desk, paper in self._papers} - said
            assert not lost, f"papers are lost: {lost}"
        for place in self._places:
            opened = self._hear(place, {"do": "open", "most": 1_000})
            self.counts["paper asked for"] += opened["fetched"]
            missing = set(opened["missing"]) & said
            assert not missing, f"desk {place} cannot open {missing}"
        self.counts["papers"] += len(said)
