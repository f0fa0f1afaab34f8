"""``portal``: what the national portal is told about a dossier."""

import argparse
import json

from counter_app.cli.opening import reading
from counter_app.cli.output import Output
from counter_app.core.paths import DataFolder


def show_portal(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Answer with the bodies of both calls, and with what the portal demands and nobody said.

    Raises:
        UserError: ``dossier.unknown_code``.
    """
    with reading(folder) as made:
        payload = made.counter.portal_payloads.get(options.code)
    document = {"dossier": payload.dossier, "progress": list(payload.progress), "missing": list(payload.missing)}
    bodies = [json.dumps(body, ensure_ascii=False, indent=2) for body in (payload.dossier, *payload.progress)]
    said = output.words("portal.missing", fields=", ".join(payload.missing)) if payload.missing else ""
    output.answer(document, *bodies, *filter(None, [said]))
