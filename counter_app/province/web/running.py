"""The web pages beside the desks' service, in the same process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from counter_app.province.metrics import Traffic
from counter_app.province.service import Province
from counter_app.province.web.server import WebOptions, WebServer
from counter_app.province.web.site import Site


@contextmanager
def web_served(province: Province, options: WebOptions, traffic: Traffic | None = None) -> Iterator[str]:
    """Serve the pages until the body ends and give where they are reached on this machine.

    Raises:
        AppError: as `counter_app.province.web.server.WebServer`.
    """
    traffic = traffic or Traffic()
    server = WebServer(options, Site(province, traffic), traffic, province.authority)
    thread = threading.Thread(target=server.serve_forever, name="web")
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
