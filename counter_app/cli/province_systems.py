"""``province systems``: what other systems were asked, answered, refused."""

import argparse
from typing import TYPE_CHECKING

from counter_app.cli.output import Output, iso

if TYPE_CHECKING:
    from counter_app.province.service import Province


def show_systems(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Answer with the counts of each system and every question that has no answer, perhaps after asking again."""
    from counter_app.province.report_sending import list_reports
    from counter_app.province.system_queue import ask_again, list_unanswered, read_standings

    with province.database.transaction() as connection:
        again = ask_again(connection) if options.again else 0
        standings, unanswered = read_standings(connection), list_unanswered(connection)
        reports = list_reports(connection)
    document = {
        "systems": {one.system.value: one.counts for one in standings},
        "unanswered": [
            {
                "code": one.code,
                "unit": one.unit,
                "system": one.system.value,
                "state": one.state.value,
                "reason": one.reason or None,
            }
            for one in unanswered
        ],
        "reports": [
            {
                "unit": one.unit,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "times": one.times,
                "state": one.state.value,
                "answered_at": iso(one.answered_at),
            }
            for one in reports
        ],
        "asked_again": again,
    }
    lines = [
        output.words("systems.counts", name=output.words(f"systems.name.{one.system.value}"), **one.counts)
        for one in standings
    ]
    lines += [
        output.words(
            "systems.unanswered_line",
            code=one.code,
            unit=one.unit,
            name=output.words(f"systems.name.{one.system.value}"),
            reason=one.reason or output.words(f"systems.state.{one.state.value}"),
        )
        for one in unanswered
    ]
    lines += [
        output.words(
            "systems.report_line",
            unit=one.unit,
            first=f"{one.first:%d/%m/%Y}",
            last=f"{one.last:%d/%m/%Y}",
            times=one.times,
            state=output.words(f"systems.state.{one.state.value}"),
        )
        for one in reports
    ]
    if options.again:
        lines.append(output.words("systems.again", count=again))
    output.answer(document, *(lines or [output.words("systems.none")]))
