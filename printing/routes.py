"""Which printer a paper goes to, and which takes over: from the settings, per tray, at the moment it is asked."""

from collections.abc import Collection

from counter_app.domain.forms.kinds import KINDS, Form, Sheet, Tray
from counter_app.services.answers.printing import PrintJob
from counter_app.settings.settings import Settings

#: The address of PDF files in the data folder: where papers go while no printer is chosen, and the last resort.
FILES = "file:"


class Routes:
    """Reads the settings anew each time. Safe from any thread, and cheap."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def chain(self, tray: Tray) -> tuple[str, ...]:
        """Return the printers of a tray in the order in which they are tried; the last is always `FILES`."""
        first = str(self._settings.get(f"print.{tray.value}.printer"))
        if not first:
            return (FILES,)
        fallback = str(self._settings.get(f"print.{tray.value}.fallback"))
        return tuple(dict.fromkeys([first, *([fallback] if fallback else []), FILES]))

    def list_addresses(self) -> tuple[str, ...]:
        """Return every printer of every chain, once."""
        return tuple(dict.fromkeys(address for tray in Tray for address in self.chain(tray)))

    def trays_of(self, address: str) -> Collection[Tray]:
        """Return the trays whose papers go to this printer first."""
        return tuple(tray for tray in Tray if self.chain(tray)[0] == address)

    def find_next(self, job: PrintJob, address: str) -> str | None:
        """Return the printer that takes over a job from one that cannot print, None when there is none.

        A printer that a clerk asked for by name has no substitute: the clerk chooses again.
        """
        chain = self.chain(KINDS[job.form].tray)
        if job.asked or address not in chain[:-1]:
            return None
        return chain[chain.index(address) + 1]

    def is_last_resort(self, job: PrintJob, address: str) -> bool:
        """Whether a file was not what this job was meant for, so that its paper is owed."""
        return address == FILES and not job.asked and self.chain(KINDS[job.form].tray)[0] != FILES

    def sheet_of(self, form: Form) -> Sheet:
        """Return the sheet that a form is printed on where the order names none."""
        kind = KINDS[form]
        if kind.tray in (Tray.SLIP, Tray.LABEL):
            chosen = Sheet(str(self._settings.get(f"print.{kind.tray.value}.sheet")))
            if chosen in kind.sheets:
                return chosen
        return kind.sheet

    @property
    def opens_drawer(self) -> bool:
        """Whether a fee receipt opens the cash drawer of the printer it comes from."""
        return bool(self._settings.get("print.money.drawer"))
