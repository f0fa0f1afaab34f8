"""Configuration packs: given out by the province (``province pack``), seen and undone at a desk (``catalogue``)."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import read_file
from counter_app.cli.output import Output, shown
from counter_app.core.replacing import replace_file
from counter_app.services.answers.packs import PackPreview, PackView
from counter_app.sync.packs import MOST_BYTES

if TYPE_CHECKING:
    from counter_app.province.service import Province


def manage_packs(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """List packs, show what one changes, take one from a file, or roll one back.

    Raises:
        UserError: as `counter_app.services.packs.Packs`.
    """
    packs = made.counter.packs
    match options.action:
        case "packs":
            found = packs.list_packs()
            lines = [_line(one, output) for one in found] or [output.words("pack.none")]
            output.answer([msgspec.to_builtins(one) for one in found], *lines)
        case "pending":
            preview = packs.preview(options.number)
            output.answer(msgspec.to_builtins(preview), *_lines(preview, output))
        case "take":
            taken = packs.take(read_file(Path(options.file), most_bytes=MOST_BYTES, code="pack.bad_file"))
            output.answer(msgspec.to_builtins(taken), _line(taken, output))
        case _:
            undone = packs.roll_back(options.number)
            output.answer(msgspec.to_builtins(undone), _line(undone, output))


def _line(pack: PackView, output: Output) -> str:
    return output.words(
        "pack.line",
        number=pack.number,
        name=pack.name,
        day=f"{pack.effective_on:%d/%m/%Y}",
        state=output.words(f"pack.state.{pack.state.value}"),
        procedures=pack.procedures,
        days=pack.days,
    )


def _lines(preview: PackPreview, output: Output) -> list[str]:
    lines = [_line(preview.pack, output)]
    for procedure in preview.procedures:
        lines.append(f"{procedure.code} {procedure.name}")
        lines += [f"  {say_change(output, one.what, one.about, one.before, one.after)}" for one in procedure.changes]
    for day in preview.days:
        what = output.words("pack.day_worked" if day.working else "pack.day_off")
        lines.append(f"{day.day:%d/%m/%Y}: {what} ({day.name})")
    if preview.replayed_on is not None:
        day_text = f"{preview.replayed_on:%d/%m/%Y}"
        count, different = preview.replayed, len(preview.different)
        lines.append(output.words("pack.replayed", day=day_text, count=count, different=different))
    for one in preview.different:
        due = f"{shown(one.due_before) if one.due_before else '-'} -> {shown(one.due_after) if one.due_after else '-'}"
        lines.append(f"  {one.code}  {due}  {_fee(one.fee_before)} -> {_fee(one.fee_after)}")
    return lines


def say_change(output: Output, what: str, about: str, before: str, after: str) -> str:
    """Return one change of a procedure in words."""
    named = f"{output.words(f'pack.change.{what}')}{f' {about}' if about else ''}"
    return f"{named}: {before or '-'} -> {after or '-'}"


def _fee(amount: int | None) -> str:
    return "?" if amount is None else f"{amount:,}".replace(",", ".")


def manage_province_packs(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Give out a pack, list those given out, or write one as a file.

    Raises:
        UserError: as `counter_app.province.packs`.
    """
    from counter_app.province.packs import get_file, give_out, list_packs, read_days, read_procedures

    if options.pack_action == "list":
        with province.database.transaction() as connection:
            found = list_packs(connection)
        lines = [f"{one.number}  {one.effective_on:%d/%m/%Y}  {one.unit or '*'}  {one.name}" for one in found]
        output.answer([msgspec.to_builtins(one) for one in found], *(lines or [output.words("pack.none")]))
        return
    if options.pack_action == "write":
        with province.database.transaction() as connection:
            data = get_file(connection, options.number)
        replace_file(Path(options.out), data)
        output.answer({"file": options.out, "bytes": len(data)}, options.out)
        return
    day = options.effective_on
    procedures, doubts = read_procedures(Path(options.file), effective_on=day) if options.file else ((), ())
    days = read_days(Path(options.days)) if options.days else ()
    with province.database.transaction() as connection:
        pack = give_out(
            connection,
            province.authority,
            unit_code=options.unit or "",
            name=options.name,
            effective_on=day,
            procedures=procedures,
            days=days,
            now=province.clock.now(),
        )
    document = {**msgspec.to_builtins(pack), "doubts": msgspec.to_builtins(doubts)}
    said = output.words("pack.given_out", number=pack.number, procedures=pack.procedures, days=pack.days)
    output.answer(document, said, *(f"{one.procedure_code} {one.place}: {output.words(one.code)}" for one in doubts))
