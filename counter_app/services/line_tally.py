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
        self.heard = b""
        self.is_own_read = False

    def look_for_forks(self) -> None:
        """Begin to look anew."""
        self.forks.clear()
        self.begin_own()
        self.is_own_read = False

    def begin_own(self) -> None:
        """Begin to read anew what the province has of this desk."""
        self.own_lines.clear()
        self.parted.clear()
        self.is_own_read = True
