"""``province officer``: who may see the fleet page."""

import argparse
from typing import TYPE_CHECKING

from counter_app.cli.output import Output, iso, shown
from counter_app.core.errors import UserError

if TYPE_CHECKING:
    from counter_app.province.service import Province


def manage_officers(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Add somebody and print their token once, remove somebody, or list them.

    Raises:
        UserError: ``cli.bad_usage``, and as `counter_app.province.officers`.
    """
    if options.doing == "list":
        _list(province, output)
    elif not options.name:
        raise UserError("cli.bad_usage", detail=f"province officer {options.doing} NAME")
    elif options.doing == "add":
        _add(province, options.name, output)
    else:
        _remove(province, options.name, output)


def _add(province: "Province", name: str, output: Output) -> None:
    from counter_app.province.officers import add_officer

    with province.database.transaction() as connection:
        token = add_officer(connection, name, now=province.clock.now())
    output.answer({"officer": name, "token": token}, output.words("province.officer_added", name=name, token=token))


def _remove(province: "Province", name: str, output: Output) -> None:
    from counter_app.province.officers import remove_officer

    with province.database.transaction() as connection:
        remove_officer(connection, name)
    output.answer({"officer": name, "removed": True}, output.words("province.officer_removed", name=name))


def _list(province: "Province", output: Output) -> None:
    from counter_app.province.officers import list_officers

    with province.database.transaction() as connection:
        officers = list_officers(connection)
    documents = [{"officer": name, "added_at": iso(added_at)} for name, added_at in officers]
    output.answer(documents, *(f"{name}: {shown(added_at)}" for name, added_at in officers))
