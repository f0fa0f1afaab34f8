"""``init``: a new desk, by itself or invited by a province."""

import argparse
import secrets
from pathlib import Path
from typing import Any

from counter_app.bootstrap import FirstClerk, init_desk, opened
from counter_app.cli.opening import find_password, passphrase_from_environment
from counter_app.cli.output import Output
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.unit import Slice, Unit
from counter_app.services.enrolling import Invitation, fetch_invitation, read_invitation
from counter_app.sync.roster import DeskKind


def make_desk(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Make a desk and answer what it is.

    Raises:
        AppError: as `made_desk`.
    """
    document, lines = made_desk(folder, options, output)
    output.answer(document, *lines)


def made_desk(folder: DataFolder, options: argparse.Namespace, output: Output) -> tuple[dict[str, Any], list[str]]:
    """Make a desk: all of it, the province's admission included, or nothing. Returns what is to be answered.

    Raises:
        UserError: ``cli.bad_usage``, and as `counter_app.bootstrap.init_desk`.
        EnvironmentFailure: as `counter_app.services.enrolling.fetch_invitation`.
    """
    invitation = _find_invitation(options)
    unit, desk_name, number_slice = _particulars(options, invitation, output)
    passphrase = passphrase_from_environment()
    password = find_password()
    shown_password = None
    if password is None:
        password = shown_password = secrets.token_urlsafe(9)
    admin_name = options.admin_name or output.words("cli.default_admin")
    init_desk(
        folder,
        passphrase=passphrase,
        unit=unit,
        desk_name=desk_name,
        number_slice=number_slice,
        administrator=FirstClerk(login=options.admin, full_name=admin_name, password=password),
        invitation=invitation,
    )
    with opened(folder, passphrase=passphrase) as made:
        desk = made.desk.desk
    document = {
        "desk": desk.id,
        "unit": unit.code,
        "slice": [number_slice.low, number_slice.high],
        "administrator": options.admin,
        "password": shown_password,
    }
    lines = [
        output.words("cli.desk_made", desk=desk_name, unit=unit.name, low=number_slice.low, high=number_slice.high)
    ]
    if shown_password is not None:
        lines.append(output.words("cli.first_password", login=options.admin, password=shown_password))
    return document, lines


def _find_invitation(options: argparse.Namespace) -> Invitation | None:
    if options.enrol_file is not None:
        return read_invitation(Path(options.enrol_file), code=options.enrol)
    if (options.enrol is None) != (options.province is None):
        raise UserError("cli.bad_usage", detail="--enrol CODE and --province URL go together")
    if options.enrol is None:
        return None
    invitation = fetch_invitation(options.province, options.enrol)
    if invitation.enrolment.kind is DeskKind.HALL:
        raise UserError("sync.code_of_hall")
    return invitation


def _particulars(options: argparse.Namespace, invitation: Invitation | None, output: Output) -> tuple[Unit, str, Slice]:
    """Return unit, name and numbers of the new desk; what the province says wins."""
    if invitation is not None:
        enrolment = invitation.enrolment
        return enrolment.unit, enrolment.desk_name, enrolment.number_slice
    name = options.unit_name or output.words("cli.unnamed_unit")
    unit = Unit(
        code=options.unit,
        name=name,
        level=options.level,
        parent_name=options.parent_name or name.upper(),
        desk_name=options.desk_line or output.words("cli.default_desk_line"),
        place_name=options.place,
    )
    return unit, options.desk or output.words("cli.default_desk"), options.slice
