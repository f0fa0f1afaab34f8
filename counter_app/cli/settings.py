"""Settings from the command line: what is declared, what holds, and setting one."""

import argparse
from typing import Any

from counter_app.cli.output import Output
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.settings.declared import DECLARED, Setting
from counter_app.settings.settings import Settings, open_settings


def manage_settings(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """List every setting with its value, or set one.

    Raises:
        UserError: ``settings.unknown``, ``settings.wrong_value``, ``settings.locked``; nothing was changed.
    """
    settings = open_settings(folder)
    if options.action == "set":
        settings.set(options.name, _value(options.name, options.value))
    shown = [_shown(setting, settings) for setting in DECLARED.values()]
    output.answer(shown, *(f"{entry['name']} = {entry['value']}" for entry in shown))


def _shown(setting: Setting, settings: Settings) -> dict[str, Any]:
    return {
        "name": setting.name,
        "value": settings.get(setting.name),
        "default": setting.default,
        "choices": list(setting.choices),
        "locked": settings.is_locked(setting.name),
        "meaning": setting.meaning,
    }


def _value(name: str, text: str) -> str | int | bool:
    setting = DECLARED.get(name)
    if setting is None:
        raise UserError("settings.unknown", name=name[:60])
    if isinstance(setting.default, bool):
        if text.lower() not in ("true", "false"):
            raise UserError("settings.wrong_value", name=name)
        return text.lower() == "true"
    if isinstance(setting.default, int):
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise UserError("settings.wrong_value", name=name)
        return int(text)
    return text
