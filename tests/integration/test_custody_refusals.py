"""What would leave a manifest that cannot be closed, or papers that go nowhere, is refused before it happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.services.answers.manifests import NewManifest
from tests.fakes.desks import at_work, sample_desk
from tests.fakes.manifests import holder, listed, receive


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as made:
        yield made


def test_dossier_on_an_open_manifest_is_not_transferred_beside_it(desk: OpenCounter) -> None:
    (code,) = receive(desk)
    manifest = listed(desk, [code])
    facts = ActionFacts(receiver="Phòng Tư pháp")

    for way in (desk.counter.dossiers.act, desk.counter.dossiers.check):
        with pytest.raises(UserError) as caught:
            way(code, Action.TRANSFER, facts)
        assert (caught.value.code, caught.value.context["other"]) == ("manifest.on_another", manifest)

    desk.counter.custody.remove(manifest, [code])
    desk.counter.dossiers.act(code, Action.TRANSFER, facts)
    assert holder(desk, code) == "Phòng Tư pháp"


def test_nothing_is_handed_to_the_desk_that_gives_it(desk: OpenCounter) -> None:
    (code,) = receive(desk)
    own = desk.desk.desk.name

    with pytest.raises(UserError, match=r"manifest\.to_oneself"):
        desk.counter.custody.begin(NewManifest(receiver=f" {own.upper()} "), [code])
    with pytest.raises(UserError, match="receiver_elsewhere"):
        desk.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver=own))
    assert desk.counter.custody.list_all() == ()
    assert holder(desk, code) == own
