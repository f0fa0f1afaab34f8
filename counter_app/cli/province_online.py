"""``province online``: requests that came in online are handed over to the province, and how each was answered."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from counter_app.cli.output import Output, iso, shown

if TYPE_CHECKING:
    from counter_app.province.online import TakenSubmission
    from counter_app.province.service import Province


def manage_online_requests(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Take requests from files, each by itself, or list those there are.

    Raises:
        UserError: as `counter_app.province.online`; requests of files before it are taken.
    """
    from counter_app.province.online import list_submissions, read_drop, take_drop

    if options.doing == "list":
        with province.database.transaction() as connection:
            found = list_submissions(connection)
        output.answer([_document(one, output) for one in found], *(_line(one, output) for one in found))
        return
    taken = []
    for name in options.files:
        drop = read_drop(Path(name))
        now = province.clock.now()
        taken.append(take_drop(province.database, province.papers, province.authority, drop, now=now))
    lines = [output.words("online.taken" if one.is_new else "online.known", number=one.number) for one in taken]
    output.answer([_document(one, output) | {"new": one.is_new} for one in taken], *lines)


def _document(one: "TakenSubmission", output: Output) -> dict[str, object]:
    status = {"status": None, "status_name": None} if one.status is None else output.status(one.status)
    return {
        **status,
        "id": one.id,
        "number": one.number,
        "unit": one.unit,
        "handed_in_at": iso(one.handed_in_at),
        "dossier": one.code or None,
    }


def _line(one: "TakenSubmission", output: Output) -> str:
    answered = one.code or output.words("online.waiting")
    return f"{one.number}  {one.unit}  {shown(one.handed_in_at)}  {answered}"
