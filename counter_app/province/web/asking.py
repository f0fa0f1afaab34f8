"""What a browser asked, and what it is answered."""

import msgspec

from resources.texts import Language, text

HTML = "text/html; charset=utf-8"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request, bounded and decoded. `address` is the asker's own, behind a proxy too."""

    method: str
    path: str
    query: dict[str, str] = {}
    form: dict[str, str] = {}
    address: str = ""
    session: str = ""
    bearer: str = ""
    language: Language = Language.VIETNAMESE

    def words(self, key: str, **context: str | int) -> str:
        """Return a text of the web pages in the reader's language."""
        return text(key, self.language, **context)


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """`route` names what was answered, for figures and logs: the path itself may hold a code."""

    route: str
    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    headers: dict[str, str] = {}


def choose_language(wanted: str, accepted: str) -> Language:
    """Return the language that was asked for, else the first that the browser accepts and we speak, else Vietnamese."""
    offered = [wanted, *(part.partition(";")[0].strip()[:2].lower() for part in accepted[:200].split(","))]
    known = {language.value: language for language in Language}
    return next((known[one] for one in offered if one in known), Language.VIETNAMESE)
