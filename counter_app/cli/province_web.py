"""What ``province serve`` is told about its web pages."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from counter_app.core.errors import UserError

if TYPE_CHECKING:
    from counter_app.province.server import Server
    from counter_app.province.service import Province


@contextmanager
def web_pages(province: "Province", server: "Server", options: argparse.Namespace) -> Iterator[str]:
    """Serve the pages if they are wanted; gives where they are reached on this machine, "" without them.

    Raises:
        AppError: as `counter_app.province.web.running.web_served`.
    """
    if options.web is None:
        if options.web_proxy or options.web_certificate:
            raise UserError("cli.bad_usage", detail="--web HOST:PORT")
        yield ""
        return
    from counter_app.province.web.running import web_served
    from counter_app.province.web.server import WebOptions

    web = WebOptions(
        listen=options.web,
        proxy=options.web_proxy,
        certificate=Path(options.web_certificate) if options.web_certificate else None,
        name=urlsplit(options.web_url or "").hostname or "",
    )
    with web_served(province, web, server.traffic) as url:
        yield url
