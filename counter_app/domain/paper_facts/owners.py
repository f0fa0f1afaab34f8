"""Whose paper it is: the name and the identity number that stand behind their labels.

Labels as on the forms of civil status (Thông tư 04/2020/TT-BTP and later) and on identity cards; read in public
samples. A paper names parents, spouses and officials too: their labels say so, and are left alone.
"""

import re
from collections.abc import Iterator

from counter_app.core.text import nfc
from counter_app.domain.identity_card.id_numbers import check_id_number
from counter_app.domain.paper_facts.reading import Candidate, FactField, ReadPage, Run

_NAME_LABEL = re.compile(r"(?:ho va ten|ho,? chu dem,? (?:va )?ten|ho ten|ong ?[/(] ?ba\)?)(?P<more>[^:]{0,40}):")
_MORE = re.compile(r"(?: ?khai sinh| ?nguoi duoc[\w ,]*| ?/ ?full name| ?\(.*\)| ?trong [\w ]*)?\s*")
_NEXT_LABEL = re.compile(
    r"\s*[;,]?\s*(?:gioi tinh|nam|nu\b|sinh ngay|ngay sinh|ngay,|dan toc|quoc |so dinh danh|so cccd|cccd|cmnd|"
    r"can cuoc|dien thoai|dia chi|noi |chuc vu|sinh nam)"
)
_NAME = re.compile(r"[^\W\d_]+(?:[ '’][^\W\d_]+){1,6}")
_ID_LABEL = re.compile(
    r"(?:so dinh danh|so (?:the )?cccd|cccd|can cuoc|so cmnd|cmnd|chung minh nhan dan|so ?/ ?no|ma so dinh danh)"
)
_TWELVE = re.compile(r"(?<!\d)\d(?: ?\d){11}(?! ?\d)")
_NINE = re.compile(r"(?<!\d)\d(?: ?\d){8}(?! ?\d)")
_OLD = re.compile(r"cmnd|chung minh nhan dan")
_BETWEEN = 40


def iter_names(page: ReadPage) -> Iterator[Candidate]:
    """Yield the names behind a label that names nobody but the owner."""
    lines = [Run(line) for line in page.lines if line]
    for place, line in enumerate(lines):
        label = _NAME_LABEL.search(line.flat)
        if label is None or not _MORE.fullmatch(label["more"]):
            continue
        found = _name_in(line, label.end(), page.number)
        if found is None and not line.text[label.end() :].strip(" .…_"):
            following = lines[place + 1] if place + 1 < len(lines) else None
            is_card_line = following is not None and following.text.upper() == following.text
            found = _name_in(following, 0, page.number) if following is not None and is_card_line else None
        if found is not None:
            yield found


def iter_id_numbers(page: ReadPage) -> Iterator[Candidate]:
    """Yield the numbers of twelve digits behind a label, those of nine only where the label says an old card."""
    for words in page.lines:
        line = Run(words)
        for label in _ID_LABEL.finditer(line.flat):
            reach = line.flat[label.end() : label.end() + _BETWEEN]
            found = _TWELVE.search(reach) or (_NINE.search(reach) if _OLD.match(label[0]) else None)
            if found is not None:
                span = (label.end() + found.start(), label.end() + found.end())
                number = found[0].replace(" ", "")
                is_plain = not check_id_number(number, None, None)
                yield line.candidate(FactField.OWNER_ID_NUMBER, number, span, page.number, is_plain=is_plain)


def _name_in(line: Run, start: int, page: int) -> Candidate | None:
    label = _NEXT_LABEL.search(line.flat, start)
    end = label.start() if label else len(line.text)
    piece = line.text[start:end]
    value = nfc(piece.strip(" .,;:…_-"))
    if not _NAME.fullmatch(value) or not all(word[0].isupper() for word in value.split()):
        return None
    at = start + max(0, piece.find(value))
    return line.candidate(FactField.OWNER_NAME, value, (at, at + len(value)), page, is_plain=True)
