"""What every page has around its content: language, way to the content, headings, foot."""

from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from counter_app.province.web.asking import Answered, Asked
from counter_app.province.web.elements import Child, document, element


def page(
    asked: Asked, route: str, title: str, *content: Child, status: int = 200, here: str = "/", navigation: Child = None
) -> Answered:
    """Return a page. `here` is the address that shows it again; the link to the other language leads there."""
    words = asked.words
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", f"{title} – {words('web.site')}"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="robots", content="noindex"),
        element("link", rel="stylesheet", href="/style.css"),
    )
    body = element(
        "body",
        element("a", words("web.skip"), class_="skip", href="#content"),
        element("header", element("p", words("web.site")), element("nav", navigation, _other_language(asked, here))),
        element("main", element("h1", title), *content, id="content"),
        element("footer", element("p", words("web.footer"))) if route != "fleet" else None,
        class_="wide" if route == "fleet" else None,
    )
    root = element("html", head, body, lang=asked.language.value)
    return Answered(route=route, status=status, body=document(root))


def message(asked: Asked, route: str, key: str, *, status: int, **context: str | int) -> Answered:
    """Return a page that says one thing and leads back to the look-up."""
    words = asked.words
    back = element("p", element("a", words("web.home"), href=address(asked, "/")))
    notice = element("p", words(key, **context), class_="notice", role="status")
    return page(asked, route, words("web.title"), notice, back, status=status)


def address(asked: Asked, path: str, **query: str) -> str:
    """Return an address within these pages that keeps a language that was chosen."""
    if "lang" in asked.query:
        query = {"lang": asked.language.value, **query}
    return f"{path}?{urlencode(query)}" if query else path


def field(asked: Asked, name: str, *, label: str, hint: str = "", secret: bool = False) -> list[Element]:
    """Return a labelled field with its hint."""
    hint_id = f"{name}-hint" if hint else None
    box = element(
        "input",
        id=name,
        name=name,
        type="password" if secret else "text",
        autocomplete="off",
        autocapitalize="none" if secret else "characters",
        spellcheck="false",
        required=True,
        maxlength=400,
        aria_describedby=hint_id,
    )
    said = [element("p", asked.words(hint), class_="hint", id=hint_id)] if hint else []
    return [element("label", asked.words(label), for_=name), *said, box]


def _other_language(asked: Asked, here: str) -> Element:
    code = asked.words("web.other_language_code")
    there = f"{here}{'&' if '?' in here else '?'}lang={code}"
    return element("a", asked.words("web.other_language"), href=there, lang=code, hreflang=code, rel="nofollow")
