"""``province``: the reference provincial service and what its IT officers ask of it."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from counter_app.cli.output import Output, iso, shown
from counter_app.cli.packs import manage_province_packs
from counter_app.cli.province_backups import back_up, drill, restore
from counter_app.cli.province_bundles import manage_province_bundles
from counter_app.cli.province_catalogue import fetch_national_catalogue
from counter_app.cli.province_files import admit_by_file, check_out
from counter_app.cli.province_officers import manage_officers
from counter_app.cli.province_online import manage_online_requests
from counter_app.cli.province_systems import show_systems
from counter_app.cli.province_updates import manage_province_updates
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file
from counter_app.domain.dossier_code import check_unit_code
from counter_app.domain.unit import Unit
from counter_app.sync.roster import DeskKind

if TYPE_CHECKING:
    from counter_app.province.service import Province


def manage_province(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Serve, or do one thing beside the service.

    Raises:
        EnvironmentFailure: ``province.not_installed``, and as `counter_app.province.running`.
    """
    try:
        from counter_app.province.running import administered
    except ImportError as exc:
        raise EnvironmentFailure("province.not_installed", name=str(exc.name or "psycopg")) from exc
    if options.action == "serve":
        _serve(folder.root, options, output)
        return
    if options.action == "restore":
        restore(folder.root, options, output)
        return
    with administered(folder.root) as province:
        _ACTIONS[options.action](province, options, output)


def _serve(folder: Path, options: argparse.Namespace, output: Output) -> None:
    """Answer once when it listens, then serve until the process is told to stop."""
    from counter_app.cli.province_web import web_pages
    from counter_app.province.logs import log_to
    from counter_app.province.national_portal import read_account
    from counter_app.province.running import served
    from counter_app.province.systems import read_systems
    from counter_app.province.telling import telling

    account = read_account(options.portal) if options.portal is not None else None
    systems = read_systems(options.systems) if options.systems is not None else None
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    log_to(sys.stderr)
    reached = {"listen": options.listen, "url": options.public_url, "web_url": options.web_url or ""}
    bucket = {"papers": options.papers, "papers_keys": options.papers_keys}
    with served(folder, database=options.database, **reached, **bucket) as (province, server):
        serving = threading.Thread(target=server.serve_forever, name="province")
        serving.start()
        try:
            with web_pages(province, server, options) as web_url, telling(province, folder, account, systems):
                _tell_served(province, web_url, output)
                stop.wait()
        finally:
            server.shutdown()
            serving.join()


def _look_at_papers(province: "Province", output: Output) -> tuple[dict[str, object], list[str]]:
    """Return where papers lie and what keeps them from being taken now, as a document and as one sentence or none."""
    document: dict[str, object] = {"place": province.papers.address, "up": True, "trouble": None}
    try:
        province.papers.check()
    except EnvironmentFailure as exc:
        return {**document, "up": False, "trouble": exc.code}, [output.words(exc.code, **exc.context)]
    return document, []


def _tell_served(province: "Province", web_url: str, output: Output) -> None:
    papers, troubles = _look_at_papers(province, output)
    lines = [output.words("province.served", url=province.url), *troubles]
    if web_url:
        lines.append(output.words("province.web_served", url=web_url))
    output.answer({"url": province.url, "web": web_url or None, "papers": papers}, *lines)


def _enrol(province: "Province", options: argparse.Namespace, output: Output) -> None:
    from counter_app.province import enrolment_files
    from counter_app.province.desks import VALID_FOR, level_of
    from counter_app.province.web.addresses import look_up_address, slip_link

    check_unit_code(options.unit)
    kind, out = DeskKind(options.kind), check_out(options.out)
    if out is not None and kind is DeskKind.HALL:
        raise UserError("cli.bad_usage", detail="--out: --kind desk|post")
    name = options.unit_name or options.unit
    unit = Unit(
        code=options.unit,
        name=name,
        level=level_of(kind),
        parent_name=options.parent_name or name.upper(),
        desk_name=output.words("cli.default_desk_line"),
        place_name=options.place,
        lookup_url=look_up_address(province.web_url),
        slip_link=slip_link(province.web_url),
    )
    valid_for = VALID_FOR if out is None else enrolment_files.VALID_FOR
    code = province.invite(
        unit=unit,
        kind=kind,
        name=options.name,
        number_slice=options.slice,
        valid_for=valid_for,
        numbers_checked=options.numbers_checked,
    )
    if out is not None:
        replace_file(out, enrolment_files.make_enrolment_file(province, code))
        document = {"code": code, "url": province.url, "file": str(out)}
        output.answer(document, output.words("province.enrolled_by_file", file=out.name, code=code))
        return
    words = "province.hall_enrolled" if kind is DeskKind.HALL else "province.enrolled"
    output.answer({"code": code, "url": province.url}, output.words(words, code=code, url=province.url))


def _revoke(province: "Province", options: argparse.Namespace, output: Output) -> None:
    desk = province.revoke(options.desk)
    output.answer({"desk": desk, "revoked": True}, output.words("province.revoked", desk=desk))


def _fleet(province: "Province", _options: argparse.Namespace, output: Output) -> None:
    desks = province.list_fleet()
    documents = [
        {
            "desk": desk.id,
            "unit": desk.unit,
            "name": desk.name,
            "kind": desk.kind,
            "revoked": desk.is_revoked,
            "last_seen_at": iso(desk.last_seen_at),
            "entries": desk.entries,
            "waiting": desk.waiting,
            "forks": desk.forks,
            "unsent": desk.unsent,
            "oldest_unsent_s": desk.oldest_unsent_s,
            "version": desk.version,
            "numbers_left": desk.numbers_left,
            "disk_free_bytes": desk.disk_free_bytes,
            "held": desk.held,
            "papers_waiting": desk.papers_waiting,
            "papers_bytes": desk.papers_bytes,
        }
        for desk in desks
    ]
    never = output.words("province.never_seen")
    lines = [
        output.words(
            "province.fleet_line",
            unit=desk.unit,
            name=desk.name,
            seen=shown(desk.last_seen_at) if desk.last_seen_at else never,
            entries=desk.entries,
            unsent="?" if desk.unsent is None else desk.unsent,
        )
        for desk in desks
    ]
    _papers, troubles = _look_at_papers(province, output)
    output.answer(documents, *lines, *troubles)


def _show(province: "Province", options: argparse.Namespace, output: Output) -> None:
    held = province.show_dossier(options.code)
    document = {
        "code": held.code,
        "unit": held.unit,
        "desk": held.desk,
        **({"status": None, "status_name": None} if held.status is None else output.status(held.status)),
        "due_at": iso(held.due_at),
        "entries": [
            {
                "at": iso(entry.at),
                "kind": entry.kind,
                "desk": entry.desk,
                "epoch": entry.epoch,
                "seq": entry.seq,
                "hash": entry.hash.hex(),
            }
            for entry in held.entries
        ],
    }
    status = output.words("province.status_open") if held.status is None else output.status(held.status)["status_name"]
    output.answer(document, f"{held.code}: {status}", output.words("province.holds", count=len(held.entries)))


def _portal(province: "Province", options: argparse.Namespace, output: Output) -> None:
    from counter_app.province.portal_queue import read_standing, send_again

    with province.database.transaction() as connection:
        again = send_again(connection) if options.again else 0
        standing = read_standing(connection)
    document = {
        "taken": standing.taken,
        "refused": [{"code": one.code, "unit": one.unit, "reason": one.reason} for one in standing.refused],
        "waiting": standing.waiting,
        "sent_again": again,
    }
    counts = output.words(
        "portal.counts", taken=standing.taken, refused=len(standing.refused), waiting=standing.waiting
    )
    refused = [
        output.words("portal.refused_line", code=one.code, unit=one.unit, reason=one.reason) for one in standing.refused
    ]
    lines = [counts, *refused]
    if options.again:
        lines.append(output.words("portal.again", count=again))
    output.answer(document, *lines)


_ACTIONS: dict[str, Callable[["Province", argparse.Namespace, Output], None]] = {
    "enrol": _enrol,
    "revoke": _revoke,
    "fleet": _fleet,
    "show": _show,
    "portal": _portal,
    "systems": show_systems,
    "officer": manage_officers,
    "admit": admit_by_file,
    "backup": back_up,
    "bundle": manage_province_bundles,
    "catalogue": fetch_national_catalogue,
    "drill": drill,
    "pack": manage_province_packs,
    "update": manage_province_updates,
    "online": manage_online_requests,
}
