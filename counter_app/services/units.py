"""Units this desk knows: its own, and those it may receive for."""

from counter_app.domain.unit import Unit


class Units:
    """Reads and edits units."""

    def own(self) -> Unit:
        """Return the desk's own unit."""
        raise NotImplementedError

    def list_all(self) -> tuple[Unit, ...]:
        """Return all units, own first, then by name."""
        raise NotImplementedError

    def save(self, unit: Unit) -> None:
        """Add or replace a unit (head or administrator)."""
        raise NotImplementedError
