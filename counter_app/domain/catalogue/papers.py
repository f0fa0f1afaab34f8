"""Telling papers from remarks, and the words of a paper from the condition it is asked for under.

Published lists mix them: "Trường hợp trẻ em bị bỏ rơi thì phải có biên bản ..." is a paper with a condition, "Người
tiếp nhận có trách nhiệm ..." is a remark. The word lists come from reading the portal's commune lists of July 2026.
"""

import re

from counter_app.core.text import fold
from counter_app.domain.catalogue.cleaning import clean_name
from counter_app.domain.procedure import Component

_PAPER = re.compile(
    r"(?:0?\d+ |mot trong cac |cac |ban chinh |ban sao |ban chup )*"
    r"(?:to khai|to trinh|don|giay|van ban|ban sao|ban chinh|ban chup|ban khai|ban cam ket|ban dich|ban ve|ban do|"
    r"ban ke|ban tom tat|ban goc|bien ban|bien lai|hop dong|quyet dinh|chung cu|so ho|so do|so yeu|phieu|ho chieu|the|"
    r"can cuoc|chung minh|mau|bieu mau|danh sach|cong van|bao cao|anh|du thao|du an|du toan|de an|thong bao|trich luc|"
    r"trich do|di chuc|phuong an|ke hoach|ly lich|bang|chung chi|ho so|manh trich do|hoa don|chung tu|xac nhan|"
    r"ket luan|thuyet minh|tai lieu|huan chuong|huy chuong|giao dich)\b"
)
_REMARK = re.compile(
    r"co trach nhiem|chiu trach nhiem|khong duoc yeu cau|khong phai nop|khong phai tai|khong phai xuat trinh|"
    r"khong yeu cau|duoc su dung|co quyen|thuc hien theo quy dinh|^(?:luu y|vi du)\b"
)
_FORM = re.compile(r"(?:to khai|don |giay de nghi|mau |van ban de nghi|phieu yeu cau|don$)")

_CONDITION_FIRST = re.compile(
    r"^(?P<when>(?:Trường hợp|Đối với|Nếu)\s.+?)[,;]?\s+(?:thì\s+)?(?:phải có|phải nộp lại|phải nộp|phải xuất trình|"
    r"thì nộp|thì xuất trình|thì có|cần có|nộp kèm|kèm theo)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION_COLON = re.compile(r"^(?P<when>(?:Trường hợp|Đối với|Nếu)\s[^:]{3,200}):\s*(?P<what>\S.+)$", re.IGNORECASE)
_CONDITION_LAST = re.compile(
    r"^(?P<what>.{5,}?)[,;]?\s+(?P<when>(?:trong trường hợp|đối với (?:các )?trường hợp)\s.+|"
    r"\((?:nếu|trường hợp|đối với|áp dụng)[^()]*\)|\(nếu có\)|nếu có)\.?$",
    re.IGNORECASE | re.DOTALL,
)
_SENTENCE_END = re.compile(r"(?:(?<=\w{3})|(?<=[\d)]))[.]\s+(?=[A-ZÀ-Ỹ])|;\s+(?=(?:trường hợp|nếu)\s)", re.IGNORECASE)
_ONLINE_ONLY = re.compile(r"neu (?:nguoi|nop)[^()]*truc tuyen|dien tu tuong tac")
_CERTIFIED = re.compile(r"ban sao (?:co |duoc )?chung thuc")

NAME_CHARS = 300


def names_paper(name: str) -> bool:
    """Whether the words begin like a paper a person can hold, and do not read like an instruction."""
    folded = fold(name)
    return bool(_PAPER.match(folded)) and not _REMARK.search(folded)


def reads_as_remark(name: str) -> bool:
    """Whether the words instruct somebody instead of naming a paper."""
    folded = fold(name)
    return bool(_REMARK.search(folded)) and not _PAPER.match(folded)


def is_form(name: str) -> bool:
    """Whether the paper is what the applicant fills in; it stands first on a checklist."""
    return bool(_FORM.match(fold(name)))


def component_of(
    words: str, *, code: str, original: int, certified: int, copy: int, form_name: str, required: bool, note: str
) -> Component:
    """Return the checklist line: the paper's name by itself, its condition and further sentences in the note.

    A condition makes the line optional, unless it is only that the dossier is handed in at the desk; what is needed for
    handing in online is optional too.
    """
    name, condition, rest = _take_apart(words)
    notes = [part for part in (note, condition, rest) if part]
    if copy and not original and not certified and _CERTIFIED.match(fold(name)):
        certified, copy = copy, 0
    return Component(
        name=name,
        code=code,
        original=original,
        certified=certified,
        copy=copy,
        required=required and not _ONLINE_ONLY.search(fold(words)) and (not condition or _only_at_the_desk(condition)),
        form_name=form_name,
        note=". ".join(part.rstrip(".") for part in notes),
    )


def _take_apart(words: str) -> tuple[str, str, str]:
    """Return (name, condition, further sentences) of the words of one row."""
    for pattern in (_CONDITION_FIRST, _CONDITION_COLON):
        match = pattern.match(words)
        if match is not None and _PAPER.match(fold(match["what"])):
            name, rest = _first_sentence(match["what"])
            return _short(name, rest, clean_name(match["when"]))
    name, rest = _first_sentence(words)
    match = _CONDITION_LAST.match(name)
    if match is not None:
        return _short(match["what"], rest, clean_name(match["when"].strip("() ")))
    condition = clean_name(name) if re.match(r"(?:truong hop|neu) ", fold(name)) else ""
    return _short(name, rest, condition)


def _first_sentence(words: str) -> tuple[str, str]:
    match = _SENTENCE_END.search(words)
    if match is None or match.start() < 8 or words[: match.start()].count("(") != words[: match.start()].count(")"):
        return words, ""
    return words[: match.start()], clean_name(words[match.end() :])


def _short(name: str, rest: str, condition: str) -> tuple[str, str, str]:
    """A name too long for a checklist keeps its beginning; the whole of it goes to the note."""
    clean = clean_name(name).rstrip(".")
    if len(clean) <= NAME_CHARS:
        return clean, condition, rest
    cut = clean.rfind(" ", 0, NAME_CHARS - 1)
    return clean[: cut if cut > 0 else NAME_CHARS - 1] + "…", condition, ". ".join(filter(None, (clean, rest)))


def _only_at_the_desk(condition: str) -> bool:
    folded = fold(condition)
    return "truc tiep" in folded and "truc tuyen" not in folded
