"""``province catalogue fetch``: the national list of procedures as the draft of a pack, with what it would change."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from counter_app.cli.output import Output
from counter_app.cli.packs import say_change
from counter_app.core.clock import local_date
from counter_app.core.replacing import replace_file

if TYPE_CHECKING:
    from counter_app.domain.catalogue.drafting import LeftOpen, PackDraft
    from counter_app.province.national_catalogue import Fetched
    from counter_app.province.service import Province


_STEPS = 10


def add_catalogue_fetch(catalogue: argparse.ArgumentParser, *, words: Callable[[str], Any]) -> None:
    """Add the options of ``province catalogue``."""
    catalogue.add_argument("doing", choices=["fetch"])
    catalogue.add_argument("--portal", type=Path, required=True, metavar="FILE", help="the account of serve --portal")
    catalogue.add_argument("--agency", type=words, required=True, metavar="UNIT", help="the province's identifier code")
    catalogue.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="the draft, for pack give")
    catalogue.add_argument("--procedure", type=words, action="append", metavar="CODE", help="only these (repeatable)")


def fetch_national_catalogue(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Write the draft and say what it changes and what it leaves open; gives out nothing.

    Raises:
        UserError, EnvironmentFailure: as `counter_app.province.national_catalogue` and `read_account`.
    """
    from counter_app.province.national_catalogue import fetch_catalogue, split_draft
    from counter_app.province.national_portal import NationalPortal, read_account
    from counter_app.province.packs import read_newest

    portal = NationalPortal(read_account(options.portal))
    with province.database.transaction() as connection:
        known = read_newest(connection, province.authority.signer.public_key)
    today = local_date(province.clock.now())
    fetched = fetch_catalogue(
        portal,
        known,
        agency=options.agency,
        codes=options.procedure or (),
        today=today,
        progressed=lambda done, of: _tell_progress(output, done, of),
    )
    parts = split_draft(fetched.draft) if fetched.draft.procedures else []
    files = [_part_path(options.out, number) for number in range(1, len(parts) + 1)]
    for path, part in zip(files, parts, strict=True):
        replace_file(path, msgspec.json.format(msgspec.json.encode(part), indent=1))
    document = {
        "files": [str(path) for path in files],
        "listed": fetched.listed,
        "unreadable": fetched.unreadable,
        "missing": list(fetched.missing),
        "changes": msgspec.to_builtins(fetched.draft.changes),
        "left_open": msgspec.to_builtins(fetched.draft.left_open),
    }
    output.answer(document, *_lines(fetched, files, output))


def _tell_progress(output: Output, done: int, of: int) -> None:
    """Say each tenth that is done."""
    if done == 0 or done * _STEPS // of > (done - 1) * _STEPS // of:
        output.tell(output.words("pack.fetching", done=done, of=of))


def _part_path(out: Path, number: int) -> Path:
    return out if number == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}")


def _lines(fetched: "Fetched", files: list[Path], output: Output) -> Iterator[str]:
    draft = fetched.draft
    yield from _changed(draft, output)
    for one in draft.left_open:
        yield output.words("pack.left_open_kept" if one.is_kept else "pack.left_open_out", **_named(one, output))
        for doubt in one.doubts:
            yield f"  {output.words(doubt.code)} {doubt.source_text}".rstrip()
    if fetched.missing:
        yield output.words("pack.not_listed", codes=", ".join(fetched.missing))
    yield output.words(
        "pack.drafted",
        listed=fetched.listed,
        changed=len(draft.procedures),
        open=len({one.code for one in draft.left_open}),
        unreadable=fetched.unreadable,
    )
    yield output.words("pack.draft_files", files=", ".join(map(str, files))) if files else output.words("pack.no_draft")


def _changed(draft: "PackDraft", output: Output) -> Iterator[str]:
    for procedure in draft.procedures:
        yield f"{procedure.code} {procedure.name}"
        for one in draft.changes[procedure.code]:
            yield f"  {say_change(output, one.what, one.about, one.before, one.after)}"


def _named(one: "LeftOpen", output: Output) -> dict[str, str]:
    return {"code": one.code, "name": one.name, "part": output.words(f"pack.part.{one.part.value}")}
