"""A province and two desks as processes: enrolled by code, a dossier goes up and comes down, one desk is revoked."""

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from counter_app.core.errors import EnvironmentFailure
from counter_app.province.s3_place import read_place
from counter_app.services.sentences import sentence
from resources.texts import Language
from tests.e2e.program import PASS_PHRASE, Program
from tests.fakes.daemons import wait_until
from tests.fakes.national_packets import packet
from tests.fakes.national_portal import portal_server
from tests.fakes.other_systems import systems_server
from tests.fakes.province import province_folder
from tests.fakes.s3_server import KEYS, S3Process, keys_file, s3_served

INTAKE: dict[str, Any] = {
    "procedure": "1.001193",
    "applicant": {"full_name": "Nguyễn Thị Tưởng Tượng", "id_number": "036199000001"},
}


@contextmanager
def served(data: Path, *arguments: str) -> Iterator[str]:
    """Give the address of a province that runs as a process of its own."""
    with saying(data, *arguments) as said:
        yield said["url"]


@contextmanager
def saying(data: Path, *arguments: str) -> Iterator[dict[str, Any]]:
    """Give what such a province says of itself."""
    program = Program(data)
    command = program.command("province", "serve", "--listen", "127.0.0.1:0", "--json", *arguments)
    with subprocess.Popen(command, env=program.variables(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        while not said.endswith("\n}\n"):
            line = process.stdout.readline()
            assert line, "the province did not start"
            said += line
        try:
            yield json.loads(said)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def enrolled(province: Program, data: Path, url: str, name: str) -> Program:
    made = province.run("province", "enrol", "H99.14", "--kind", "desk", "--name", name, "--json").json()
    desk = Program(data)
    answer = desk.run("init", "--enrol", made["code"], "--province", url, "--json", COUNTER_APP_PASSWORD=PASS_PHRASE)
    assert answer.json()["unit"] == "H99.14"
    return desk


def received(desk: Program, folder: Path) -> str:
    file = folder / f"{desk.data.name}.json"
    file.write_text(json.dumps(INTAKE), encoding="utf-8")
    return str(desk.run("intake", file, "--json").json()["code"])


def given_out_from_the_national_list(province: Program, folder: Path) -> int:
    """Fetch the list of a national portal and give out its draft; returns the pack's number."""
    account, draft = folder / "account.json", folder / "draft.json"
    with portal_server() as portal:
        portal.portal.procedures = {code: packet(code) for code in ("1.900001", "odd")}
        account.write_text(json.dumps(portal.account()), encoding="utf-8")
        options = ("--portal", account, "--agency", "H99", "--out", draft)
        answer = province.run("province", "catalogue", "fetch", *options, "--json")
    said = answer.json()
    assert answer.err.splitlines() == [f"{done} of 2 procedures asked for" for done in (0, 1, 2)]
    assert (said["files"], list(said["changes"])) == ([str(draft)], ["1.900001"])
    assert [one["code"] for one in said["left_open"]] == ["odd"]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    giving = ("province", "pack", "give", draft, "--name", "TTHC", "--effective-on", tomorrow)
    return int(province.run(*giving, "--json").json()["number"])


def papers_are_where_it_says(province: Program, bucket: S3Process, said: dict[str, Any]) -> None:
    """The service says where papers lie, the fleet that they are away; wrong keys start nothing."""
    assert (read_place(said["place"]), said["up"], said["trouble"]) == (bucket.place, True, None)
    bucket.kill()
    away = sentence(EnvironmentFailure("province.papers_away"), Language.ENGLISH)
    assert away in province.run("province", "fleet").out
    bucket.start()
    wrong = {"COUNTER_APP_S3_ACCESS_KEY": KEYS.access_key, "COUNTER_APP_S3_SECRET_KEY": "wrong"}
    options = ("--listen", "127.0.0.1:0", "--papers", bucket.address)
    assert Program(province.data.parent / "second", wrong).run("province", "serve", *options).is_refusal(3)


def numbers_are_given_once(province: Program, folder: Path, code: str) -> None:
    """Put the province back beside itself, into a database of its own PostgreSQL: it is refused a desk, and told."""
    backup, again = folder / "province.backup", Program(province.data.parent / "again")
    province.ask("province", "backup", backup)
    own = f"host={province.data}/postgresql/s user=province"
    with psycopg.connect(f"{own} dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE again")
    again.ask("province", "restore", backup, "--database", f"{own} dbname=again")
    invited = ("province", "enrol", "H99.14", "--name", "Quầy 9")
    refused = again.run(*invited)
    assert refused.is_refusal(2)
    assert "--numbers-checked" in refused.err
    assert again.ask(*invited, "--slice", "5000-5499", "--numbers-checked")["code"]
    assert again.ask(*invited)["code"]
    assert again.ask("province", "show", code)["entries"]


def identity_checked(province: Program, desk: Program, url: str, folder: Path) -> None:
    """Start the province again at its address, with a population database that knows another name by this number."""

    def asked() -> dict[str, Counter[str]]:
        told = province.ask("province", "systems")["systems"]
        return {"population": Counter(), **{name: Counter(counts) for name, counts in told.items()}}

    settings, at = folder / "systems.json", ("--listen", url.removeprefix("https://"))
    assert desk.ask("checks", "list") == []  # nobody said yet that anything is asked
    with systems_server() as server:
        server.systems.population[INTAKE["applicant"]["id_number"]] = ("Nguyễn Thị Khác", "1999", "2")
        settings.touch(0o600)
        settings.write_text(json.dumps(server.settings("population")), encoding="utf-8")
        with served(province.data, *at, "--systems", str(settings)):
            wait_until(lambda: asked()["population"]["answered"] == 1, "the answer at the province")
            assert desk.ask("sync", "--once")["refused"] == 0
    (debt,) = desk.ask("checks", "list")
    assert (debt["state"], debt["system"], debt["full_name"]) == (
        "answered",
        "population",
        INTAKE["applicant"]["full_name"],
    )
    assert "name" in debt["sentence"]


def test_a_dossier_goes_up_is_acknowledged_and_comes_down_to_the_other_desk(tmp_path: Path) -> None:
    with province_folder() as folder, s3_served() as bucket:
        province = Program(folder / "province")
        papers = ("--papers", bucket.address, "--papers-keys", str(keys_file(tmp_path / "papers.json")))
        with saying(province.data, *papers) as said:
            url = said["url"]
            papers_are_where_it_says(province, bucket, said["papers"])
            one = enrolled(province, tmp_path / "one", url, "Quầy 1")
            other = enrolled(province, tmp_path / "other", url, "Quầy 2")
            code = received(one, tmp_path)

            sent = one.run("sync", "--once", "--json").json()
            assert sent["pushed"] == sent["acknowledged"] > 0
            assert (sent["oldest_unsent_s"], sent["held"], sent["refused"]) == (None, 0, 0)
            held = province.run("province", "show", code, "--json").json()

            number = given_out_from_the_national_list(province, tmp_path)
            got = other.run("sync", "--once", "--json").json()
            assert got["received"] == sent["pushed"]
            assert other.run("show", code, "--json").json()["status"] == held["status"]
            assert got["refused"] == 0
            pending = other.run("catalogue", "pending", str(number), "--json").json()
            assert [changed["code"] for changed in pending["procedures"]] == ["1.900001"]

            invited = province.run("province", "enrol", "H99.14", "--kind", "desk", "--name", "Quầy 3", "--json").json()
            new = Program(tmp_path / "new")
            asked = ("bootstrap", "--enrol", invited["code"], "--province", url, "--json")
            made = new.run(*asked, COUNTER_APP_PASSWORD=PASS_PHRASE).json()
            assert made["received"] == sent["pushed"] + got["pushed"]
            assert new.run("show", code, "--json").json()["status"] == held["status"]

            fleet = {desk["name"]: desk for desk in province.ask("province", "fleet")}
            assert fleet["Quầy 1"]["unsent"] == 0
            assert fleet["Quầy 1"]["entries"] == sent["pushed"]
            province.run("province", "revoke", "Quầy 2", "--json").json()
            refused = other.run("sync", "--once", "--json")
            assert refused.is_refusal(3)
            assert "revoked" in refused.err
            numbers_are_given_once(province, tmp_path, code)
        identity_checked(province, one, url, tmp_path)
