"""``province update``: update packs offered to the desks, first to a share of them."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from counter_app.cli.output import Output
from counter_app.core.errors import UserError

if TYPE_CHECKING:
    from counter_app.province.service import Province

_MEGABYTE = 1024 * 1024


def add_province_update(
    update: argparse.ArgumentParser,
    *,
    parents: Callable[[], argparse.ArgumentParser],
    words: Callable[[str], str],
    parser_class: type[argparse.ArgumentParser],
) -> None:
    """Add the actions of ``province update``."""
    actions = update.add_subparsers(dest="update_action", required=True, parser_class=parser_class)
    giving = actions.add_parser("give", parents=[parents()], help="offer a pack to the desks, which fetch it")
    giving.add_argument("file", type=words, metavar="FILE")
    giving.add_argument("--share", type=_share, default=100, metavar="PERCENT", help="of the desks (default: 100)")
    sharing = actions.add_parser("share", parents=[parents()], help="offer a version to more desks, or to none (0)")
    sharing.add_argument("version_given", type=words, metavar="VERSION")
    sharing.add_argument("share", type=_share, metavar="PERCENT")
    actions.add_parser("list", parents=[parents()], help="packs offered, and to how many desks")


def _share(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise UserError("cli.bad_usage", detail="PERCENT: 0-100")
    return int(text)


def manage_province_updates(province: "Province", options: argparse.Namespace, output: Output) -> None:
    """Offer a pack, change its share, or list what is offered.

    Raises:
        AppError: as `counter_app.province.updates`.
    """
    from counter_app.province.updates import list_offered, offer, set_share

    with province.database.transaction() as connection:
        match options.update_action:
            case "give":
                path, now = Path(options.file), province.clock.now()
                found = [offer(connection, province.papers, path, share=options.share, now=now)]
            case "share":
                found = set_share(connection, options.version_given, options.share)
            case _:
                found = list_offered(connection)
    lines = [
        output.words(
            "update.offered",
            version=one.version,
            platform=one.platform,
            share=one.share,
            mb=-(-one.size_bytes // _MEGABYTE),
        )
        for one in found
    ]
    output.answer([msgspec.to_builtins(one) for one in found], *(lines or [output.words("update.none_offered")]))
