"""The citizen's look-up: by the QR of a slip, or by the code and the check that the slip carries."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from counter_app.core.clock import to_local
from counter_app.core.networks import network_of
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.public_status import PublicFacts, say_public
from counter_app.domain.slip_code import looks_like_slip_code
from counter_app.province.database import Connection
from counter_app.province.limits import ASKED, FAILED, FAILED_CODE, Limit, Limits
from counter_app.province.public import find_by_check, find_by_slip
from counter_app.province.service import Province
from counter_app.province.web.asking import Answered, Asked
from counter_app.province.web.elements import Child, element
from counter_app.province.web.frame import address, field, message, page

_NOT_FOUND, _TOO_OFTEN = 404, 429


class _Answer(NamedTuple):
    """What was found, or the limit that was reached, at an instant."""

    at: datetime
    facts: PublicFacts | None = None
    reached: Limit | None = None


class LookUp:
    """Safe from any thread."""

    def __init__(self, province: Province, limits: Limits) -> None:
        self._province = province
        self._limits = limits

    def show_form(self, asked: Asked) -> Answered:
        """Return the empty form."""
        return page(asked, "form", asked.words("web.title"), *_form(asked))

    def by_slip(self, asked: Asked, text: str) -> Answered:
        """Answer whoever followed the QR of a slip."""
        here = "/s/" + quote(text[:400], safe=":$+.-")
        return self._say(asked, self._ask(asked, text, ""), here=here)

    def by_form(self, asked: Asked) -> Answered:
        """Answer whoever typed; a QR's text in the field of the code is as good as its link."""
        code, check = asked.form.get("code", "")[:400].strip(), asked.form.get("check", "")[:40]
        return self._say(asked, self._ask(asked, code, check), here="/")

    def _ask(self, asked: Asked, code: str, check: str) -> _Answer:
        """Count, look, and count right answers out again, in one transaction that is committed either way."""
        now, who = self._province.clock.now(), network_of(asked.address)
        is_slip = looks_like_slip_code(code)
        counted = [(ASKED, who), (FAILED, who), *([] if is_slip else [(FAILED_CODE, _spelled(code))])]
        with self._province.database.transaction() as connection:
            for limit, whose in counted:
                if not self._limits.take(connection, limit, whose, now=now):
                    return _Answer(now, reached=limit)
            found = _find(connection, code, check, is_slip=is_slip, now=now)
            if found is not None:
                for limit, whose in counted[1:]:
                    self._limits.give_back(connection, limit, whose, now=now)
        return _Answer(now, facts=found)

    def _say(self, asked: Asked, answer: _Answer, *, here: str) -> Answered:
        words = asked.words
        if answer.reached is not None:
            wait_s = answer.reached.period_s
            said = message(asked, "look_up", "web.too_often", status=_TOO_OFTEN, minutes=wait_s // 60)
            said.headers["Retry-After"] = str(wait_s)
            return said
        if answer.facts is None:
            notice = element("p", words("web.not_found"), class_="notice", role="alert")
            return page(asked, "look_up", words("web.title"), notice, *_form(asked), status=_NOT_FOUND, here=here)
        title = words("web.answer_title", code=answer.facts.code)
        again = element("p", element("a", words("web.again"), href=address(asked, "/")))
        return page(asked, "look_up", title, _told(asked, answer.facts), _as_of(asked, answer.at), again, here=here)


def _find(connection: Connection, code: str, check: str, *, is_slip: bool, now: datetime) -> PublicFacts | None:
    if is_slip:
        return find_by_slip(connection, code, now=now)
    return find_by_check(connection, code, check, now=now)


def _spelled(code: str) -> str:
    """Return a code as it is counted: every way of typing it is one."""
    return parse_dossier_code(code).format() if looks_like_dossier_code(code) else "".join(code.upper().split())[:100]


def _form(asked: Asked) -> list[Child]:
    form = element(
        "form",
        *field(asked, "code", label="web.code", hint="web.code_hint"),
        *field(asked, "check", label="web.check", hint="web.check_hint"),
        element("button", asked.words("web.ask"), type="submit"),
        method="post",
        action=address(asked, "/"),
    )
    return [element("p", asked.words("web.intro")), form]


def _told(asked: Asked, facts: PublicFacts) -> Child:
    """Return what ``show --public`` says at a desk, the status in front; the code is the page's title already."""
    said = say_public(facts, asked.language, {})
    lines = [line for line in said.text.splitlines()[1:] if line]
    lines.sort(key=lambda line: said.status_name not in line)
    first, *others = lines
    return element(
        "div", element("p", first, class_="main-line"), *(element("p", line) for line in others), class_="answer"
    )


def _as_of(asked: Asked, at: datetime) -> Child:
    return element("p", asked.words("web.asked_at", moment=f"{to_local(at):%H:%M %d/%m/%Y}"), class_="hint")
