"""What one exchange with the province has come to so far."""


class Tally:
    """Counts while an exchange runs."""

    def __init__(self) -> None:
        self.pushed = self.acknowledged = self.received = self.refused = 0
        self.forks: set[tuple[str, int]] = set()
        self.own_lines: list[bytes] = []
        self.parted: dict[int, int] = {}
        self.new_epoch: int | None = None
        self.latest_epoch = 0
        self.was_set_back = False

    def look_for_forks(self) -> None:
        """Begin to look anew."""
        self.forks.clear()
        self.own_lines.clear()
        self.parted.clear()
