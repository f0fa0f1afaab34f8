"""What the hand-over page says about manifests, bags and scans."""

from counter_app.domain.manifest import ItemState, Manifest
from counter_app.services.answers.bags import AcknowledgedBag, Counted
from counter_app.services.answers.manifests import ManifestItem
from ui.custody.state import CustodyState, HandRow, Mode, RowState
from ui.formats import show_moment
from ui.theme.tokens import Tone
from ui.words import Words

_ROW_TONES = {RowState.OPEN: Tone.INFO, RowState.COUNTING: Tone.CAUTION}
_ITEM_TONES = {ItemState.MISSING: Tone.BAD, ItemState.EXTRA: Tone.BAD, ItemState.OK: Tone.GOOD}
_MODE_TONES = {Mode.FILLING: Tone.INFO, Mode.COUNTING: Tone.CAUTION, Mode.CONFIRMING: Tone.CAUTION}


def say_item(item: ManifestItem) -> str:
    """Return the code, whose dossier it is, and about what, as far as this desk knows."""
    return " · ".join(part for part in (item.code, item.applicant_name, item.procedure_name) if part)


def say_counted(words: Words, counted: Counted) -> str:
    """Return what one scan came to."""
    return words(f"custody.scan.{counted.outcome.value}", item=say_item(counted.item))


def say_received(words: Words, said: AcknowledgedBag) -> str:
    """Return what another desk says it received."""
    missing = sum(1 for one in said.differences if one.state is ItemState.MISSING)
    facts = {"by": said.received_by, "desk": said.received_desk, "code": said.code}
    if not said.differences:
        return words("custody.acknowledged_whole", **facts)
    return words("custody.acknowledged", **facts, missing=missing, extra=len(said.differences) - missing)


def say_row_state(words: Words, row: HandRow) -> str:
    """Return what a line of the list asks for."""
    return words(f"custody.row.{row.state.value}")


def say_row_count(row: HandRow) -> str:
    """Return how many dossiers, and how many of them are scanned where a bag is being counted."""
    return str(row.expected) if row.found is None else f"{row.found}/{row.expected}"


def tone_of_row(row: HandRow) -> Tone:
    """Return the tone of a line of the list."""
    return _ROW_TONES.get(row.state, Tone.NEUTRAL)


def say_item_state(words: Words, item: ManifestItem, mode: Mode) -> str:
    """Return what became of an item; on a list that is not counted yet there is nothing to say."""
    if item.state is ItemState.LISTED:
        return words("custody.not_scanned") if mode is Mode.COUNTING else ""
    return words(f"manifest.item.{item.state.value}")


def tone_of_item(item: ManifestItem) -> Tone:
    """Return the tone of an item: red for whatever has to be settled."""
    return _ITEM_TONES.get(item.state, Tone.NEUTRAL)


def say_mode(words: Words, state: CustodyState) -> tuple[str, Tone]:
    """Return where the manifest in hand stands."""
    if state.mode is Mode.SHOWN and state.view is not None:
        return words(f"manifest.state.{state.view.state.value}"), Tone.GOOD
    if state.mode in (Mode.NONE, Mode.MAKING, Mode.SHOWN):
        return "", Tone.NEUTRAL
    return words(f"custody.mode.{state.mode.value}"), _MODE_TONES.get(state.mode, Tone.NEUTRAL)


def say_counter(words: Words, state: CustodyState) -> str:
    """Return the figure that grows with each scan."""
    if state.count is not None:
        return words("custody.counted", found=state.count.found, expected=state.count.expected)
    if state.mode is Mode.COLLECTING and state.parts.total:
        return words("custody.collected", found=len(state.parts.texts), total=state.parts.total)
    if state.view is None:
        return ""
    return words("custody.listed", count=len(state.view.manifest.codes))


def say_manifest(words: Words, manifest: Manifest) -> str:
    """Return from whom to whom, what, in which bag, and when it was closed."""
    parts = [
        words(f"manifest.kind.{manifest.kind.value}"),
        words("custody.from_to", giver=manifest.giver, receiver=manifest.receiver),
        words("custody.bag_is", bag=manifest.bag) if manifest.bag else "",
        words("custody.seal_is", seal=manifest.seal) if manifest.seal else "",
        words("custody.closed_at", moment=show_moment(manifest.closed_at)) if manifest.closed_at else "",
    ]
    return " · ".join(part for part in parts if part)
