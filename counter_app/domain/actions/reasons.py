"""Coded reasons: asked with an action, kept with it, and written out on its paper."""

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import RULES, Action
from resources.reasons import OTHER, Reason
from resources.texts import Language


def takes_reason_code(action: Action) -> bool:
    """Whether an action asks or offers a coded reason."""
    rule = RULES[action]
    return "reason_code" in (*rule.needs, *rule.offers)


def with_reason(action: Action, facts: ActionFacts, known: tuple[Reason, ...]) -> ActionFacts:
    """Return the facts with the reason written out: the words of its code, then whatever was added freely.

    A reason given in free words alone has the code ``other``. Papers are in Vietnamese, and so are the words.

    Raises:
        UserError: ``action.unknown_reason`` with the codes there are.
    """
    if not takes_reason_code(action):
        return facts
    code = facts.reason_code or (OTHER if facts.reason else "")
    if code in ("", OTHER):
        return msgspec.structs.replace(facts, reason_code=code)
    found = next((reason for reason in known if reason.code == code), None)
    if found is None:
        codes = ", ".join([*(reason.code for reason in known), OTHER])
        raise UserError("action.unknown_reason", code=code[:40], known=codes)
    words = found.words(Language.VIETNAMESE)
    return msgspec.structs.replace(
        facts, reason_code=code, reason=f"{words}: {facts.reason}" if facts.reason else words
    )
