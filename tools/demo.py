"""The main job without a display: a card becomes a dossier with a receipt; then pictures of the window.

    python -m tools.demo build/demo

Everything goes through the command line, as a script of an office would do it. The people are invented.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CARD = "036199001234|012345678|Nguyễn Thị Tưởng Tượng|01021999|Nữ|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
PROCEDURE = "2.000815"


def counter(data: Path, *arguments: str) -> Any:
    """Run one command on a data folder and return its JSON document; a failure ends the demo with its exit code."""
    finished = subprocess.run(
        [sys.executable, "-m", "counter_app", "--data", str(data), *arguments, "--json"],
        stdout=subprocess.PIPE,
        check=False,
    )
    if finished.returncode != 0:
        sys.exit(finished.returncode)
    return json.loads(finished.stdout)


def receive(data: Path, out: Path) -> None:
    """Receive one dossier from a card and leave its receipt in `out`."""
    print("1. A sample desk: invented units, clerks, procedures and a month of dossiers")
    counter(data, "demo")
    print("2. A card is read")
    fields = counter(data, "parse-card", CARD)
    print(f"   {fields['full_name']}, {fields['birth_date']}, {fields['id_number']}")
    print(f"3. The dossier is received under {PROCEDURE}")
    papers = [{"name": "Bản chính giấy tờ, văn bản", "original": 1}]
    request = data.with_name("intake.json")
    request.write_text(json.dumps({"card": CARD, "procedure": PROCEDURE, "components": papers}), encoding="utf-8")
    received = counter(data, "intake", str(request))
    for line in (received["code"], *received["due_explanation"], *received["warnings"]):
        print(f"   {line}")
    shutil.copyfile(received["receipt_pdf"], out / "receipt.pdf")
    print("4. The journal is checked")
    report = counter(data, "verify")
    print(f"   entries: {report['entries']}, sound: {report['ok']}")


def main() -> None:
    """Do the job and say where things are."""
    if len(sys.argv) != 2:
        sys.exit("Say where the receipt and the pictures shall go: python -m tools.demo FOLDER")
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("COUNTER_APP_PASSPHRASE", "sample desk, invented people")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
        data = Path(folder) / "desk"
        receive(data, out)
        print("5. Pictures of the window")
        subprocess.run([sys.executable, "-m", "tools.screenshots", str(out), "--few"], check=True)
    print(f"Look at {out / 'receipt.pdf'} and the pictures beside it.")


if __name__ == "__main__":
    main()
