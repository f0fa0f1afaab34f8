"""What another desk has done that the present state does not allow: found alike by every store that folds entries."""

from datetime import UTC, datetime

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.life import Setting, find_refusal
from counter_app.domain.actions.state import DossierState
from counter_app.domain.actions.table import Action
from counter_app.domain.unit import Role

# Whether it was in time, who may and with whose authorisation was decided at the desk that did it, by its clock then.
_ANY_TIME = datetime.min.replace(tzinfo=UTC)


def find_contradiction(state: DossierState, action: Action, facts: ActionFacts, *, desk_line: str) -> str:
    """Return the code of what stands against an action that was done already, "" when nothing does.

    Only what two desks can do at the same time is looked at: the status, and conditions on what happened so far.
    A rule made stricter would hold back what stood for years; it needs a new version of the entry.
    """
    setting = Setting(at=_ANY_TIME, role=Role.ADMINISTRATOR, desk_line=desk_line, owner_name=facts.receiver)
    refusal = find_refusal(state, action, setting)
    return refusal.code.removeprefix("action.").removeprefix("refused.") if refusal is not None else ""
