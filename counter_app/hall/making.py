"""Making a hall of a folder from a one-time code of the province."""

import shutil

import msgspec

from counter_app.core.clock import Clock
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.core.occupying import occupying
from counter_app.core.paths import DataFolder
from counter_app.hall.keeping import HallFacts, Keeping
from counter_app.journal.chain import Signer
from counter_app.services.enrolling import Invitation
from counter_app.store.keys import create_key
from counter_app.store.store import Store
from counter_app.sync.enrolling import Admission, make_line_key
from counter_app.sync.https_line import HttpsLine, LineIdentity
from counter_app.sync.roster import DeskKind, EnrolmentClaim, read_roster, sign_claim


def hall_folder(data: DataFolder) -> DataFolder:
    """Return where a hall lies in a data folder: beside the desk's own store, where the PC has a desk too."""
    return DataFolder(data.root / "hall", state_root=data.state_root)


def make_hall(data: DataFolder, invitation: Invitation, *, passphrase: str | None, clock: Clock) -> HallFacts:
    """Have this machine admitted as a hall and make its encrypted file: all of it, or nothing is left behind.

    Raises:
        UserError: ``hall.exists``, ``hall.code_of_desk``, ``store.weak_passphrase``.
        EnvironmentFailure: as `counter_app.services.enrolling.fetch_invitation`; disk.
    """
    if invitation.enrolment.kind is not DeskKind.HALL:
        raise UserError("hall.code_of_desk")
    folder, aside = hall_folder(data), DataFolder(data.root / "hall.new", state_root=data.state_root)
    data.create()
    with occupying(data.root):
        if folder.root.exists():
            raise UserError("hall.exists")
        shutil.rmtree(aside.root, ignore_errors=True)
        try:
            key = create_key(aside, passphrase=passphrase)
            facts, roster = _claim(invitation)
            fill_hall(aside, key, facts, roster, clock)
            aside.root.replace(folder.root)
        except OSError as exc:
            raise EnvironmentFailure("disk.write_failed", retryable=True, file=folder.root.name) from exc
        finally:
            shutil.rmtree(aside.root, ignore_errors=True)
    return facts


def fill_hall(folder: DataFolder, key: bytes, facts: HallFacts, roster: bytes, clock: Clock) -> None:
    """Make the file of a hall that the province has admitted."""
    store = Store(folder.store, key, create=True)
    try:
        Keeping(store, clock, most_bytes=0).prepare(facts, roster)
    finally:
        store.close()


def _claim(invitation: Invitation) -> tuple[HallFacts, bytes]:
    """Claim the code; the key that signs the claim is used for nothing else, for a hall vouches for nothing."""
    enrolment, hall_id = invitation.enrolment, new_id()
    signer = Signer(Signer.generate()[1])
    key, request = make_line_key()
    claim = EnrolmentClaim(
        code=invitation.code, desk_id=hall_id, public_key=signer.public_key, recipient="", request=request
    )
    line = HttpsLine(LineIdentity(url=invitation.url, authority=invitation.authority))
    try:
        data = line.request("POST", "/claim", sign_claim(claim, signer.sign)).data
    finally:
        line.close()
    try:
        admission = msgspec.msgpack.decode(data, type=Admission)
    except msgspec.MsgspecError as exc:
        raise EnvironmentFailure("sync.line_refused", reason="answer") from exc
    read_roster(admission.roster, enrolment.province_key)
    identity = LineIdentity(
        url=invitation.url, authority=invitation.authority, certificate=admission.certificate, key=key
    )
    facts = HallFacts(
        hall_id=hall_id,
        name=enrolment.desk_name,
        unit_code=enrolment.unit.code,
        unit_name=enrolment.unit.name,
        province_key=enrolment.province_key,
        identity=msgspec.msgpack.encode(identity),
    )
    return facts, admission.roster
