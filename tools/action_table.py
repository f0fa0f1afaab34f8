"""Writes the pages that show the one table of actions, from the table itself.

    python -m tools.action_table

A test fails while the pages differ from the table.
"""

from collections.abc import Iterator
from pathlib import Path

from counter_app.domain.actions.table import RULES, Action, Rule
from counter_app.domain.dossier import Status
from resources.texts import Language, text

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
_HEADS = {
    Language.VIETNAMESE: (
        "# Việc làm với hồ sơ",
        "Trang này được tạo từ bảng trong chương trình (`python -m tools.action_table`); đừng sửa bằng tay.",
        ("Việc", "Lệnh", "Từ trạng thái", "Thành", "Ai", "Cần", "Có thể ghi", "Điều kiện", "Giấy in"),
        "giữ nguyên hoặc theo lịch sử",
    ),
    Language.ENGLISH: (
        "# What may be done with a dossier",
        "This page is made from the table in the program (`python -m tools.action_table`); do not edit it by hand.",
        ("Action", "Verb", "From status", "To", "Who", "Needs", "May say", "Conditions", "Paper"),
        "stays, or as it was before",
    ),
}


def _rows(language: Language) -> Iterator[tuple[str, ...]]:
    stays = _HEADS[language][3]
    for action in Action:
        rule = RULES[action]
        yield (
            text(f"action.name.{action.value}", language),
            f"`{action.value}`",
            ", ".join(_status(status, language) for status in rule.sources),
            _status(rule.target, language) if rule.target else stays,
            rule.role.value,
            _fields(rule.needs, language),
            _fields(rule.offers, language),
            _conditions(rule),
            f"`{rule.form.value}`" if rule.form else "",
        )


def _status(status: Status, language: Language) -> str:
    return f"{int(status)} {text(f'dossier.status.{int(status)}', language)}"


def _fields(names: tuple[str, ...], language: Language) -> str:
    return ", ".join(f"{text(f'action.field.{name}', language)} (`{name}`)" for name in names)


def _conditions(rule: Rule) -> str:
    named = [guard.value for guard in rule.guards] + (["by_waybill"] if rule.by_waybill else [])
    return ", ".join(f"`{name}`" for name in named)


def page(language: Language) -> str:
    """Return the page of a language."""
    title, note, heads, _stays = _HEADS[language]
    table = [heads, ("---",) * len(heads), *_rows(language)]
    lines = "\n".join("| " + " | ".join(cells) + " |" for cells in table)
    return f"{title}\n\n{note}\n\n{lines}\n"


def path_of(language: Language) -> Path:
    """Return where the page of a language lies."""
    return FOLDER / language.value / "actions.md"


def main() -> None:
    """Write both pages."""
    for language in Language:
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    main()
