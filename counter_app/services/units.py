"""Units this desk knows: its own, and those it may receive for."""

import re
from io import BytesIO

import msgspec
from sqlalchemy import select

from counter_app.core.changes import Topic
from counter_app.core.errors import UserError
from counter_app.core.text import nfc, sort_key
from counter_app.domain.dossier_code import check_unit_code
from counter_app.domain.forms.kinds import Form
from counter_app.domain.unit import LOGO_BYTES, Role, Unit
from counter_app.domain.working_time import WorkingCalendar
from counter_app.journal.entries import UnitSaved
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.store.tables import organisation


class Units:
    """Reads and edits units."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session

    def own(self) -> Unit:
        """Return the desk's own unit."""
        with self._desk.store.reading() as connection:
            return self._desk.read_unit(connection)

    def list_all(self) -> tuple[Unit, ...]:
        """Return all units, own first, then by name."""
        with self._desk.store.reading() as connection:
            found = [
                msgspec.json.decode(row.facts, type=Unit)
                for row in connection.execute(select(organisation.unit.c.facts))
            ]
        own = self._desk.desk.unit_code
        return tuple(sorted(found, key=lambda unit: (unit.code != own, sort_key(unit.name))))

    def save(self, unit: Unit) -> None:
        """Add or replace a unit.

        Raises:
            UserError: ``unit.code_missing``, ``code.bad_unit_code``, ``unit.name_missing``,
                ``session.not_allowed`` for a plain clerk,
                ``due.bad_timetable`` when its working hours overlap or run backwards,
                ``unit.bad_logo``, ``unit.bad_signer``, ``unit.bad_slip_link``.
        """
        signed_in = self._session.require()
        if signed_in.clerk.role is Role.CLERK:
            raise UserError("session.not_allowed")
        unit = _cleaned(unit)
        if not unit.code:
            raise UserError("unit.code_missing")
        check_unit_code(unit.code)
        if not unit.name:
            raise UserError("unit.name_missing")
        WorkingCalendar(unit.timetable)
        _check_paper(unit)
        with self._desk.transaction() as connection:
            body = UnitSaved(unit=unit)
            self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=unit.code)
        self._desk.announcer.announce(Topic.UNITS)


_LINES = (
    "code",
    "name",
    "parent_name",
    "desk_name",
    "place_name",
    "address",
    "hotline",
    "lookup_url",
    "tax_code",
    "slip_link",
)
# What the alphanumeric mode of a QR holds (ISO/IEC 18004, table 5): anything else would make the code too large.
_LINK = re.compile(r"HTTPS?://[0-9A-Z$%*+\-./:]{1,60}/")


_MOST_LINE, _MOST_LINES, _MOST_PIXELS = 300, 20, 4_000_000


def _cleaned(unit: Unit) -> Unit:
    """Return a unit whose lines are clean and short enough for paper.

    Raises:
        UserError: ``unit.too_long``.
    """
    lines = {name: nfc(getattr(unit, name)) for name in _LINES}
    notes = tuple(nfc(note) for note in unit.notes)
    signers = {form: nfc(title) for form, title in unit.signers.items()}
    if len(notes) > _MOST_LINES or any(len(line) > _MOST_LINE for line in (*lines.values(), *notes, *signers.values())):
        raise UserError("unit.too_long", most=_MOST_LINE, most_lines=_MOST_LINES)
    return msgspec.structs.replace(unit, **lines, notes=notes, signers=signers)


def _is_logo(data: bytes) -> bool:
    """Whether the bytes are a whole PNG or JPEG that is cheap to draw; says nothing about how it looks."""
    from PIL import Image

    if len(data) > LOGO_BYTES:
        return False
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return False
            picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True


def _check_paper(unit: Unit) -> None:
    if unit.logo and not _is_logo(unit.logo):
        raise UserError("unit.bad_logo", most_kb=LOGO_BYTES // 1024)
    known = {form.value for form in Form}
    wrong = next((name for name in unit.signers if name not in known), None)
    if wrong is not None:
        raise UserError("unit.bad_signer", form=wrong[:40])
    if unit.slip_link and not _LINK.fullmatch(unit.slip_link):
        raise UserError("unit.bad_slip_link")
