"""The starter catalogue: one TOML file per field, written for this project, to be checked before use.

`tables` hands out the parsed files as they are; `counter_app.domain.catalogue.starter` makes procedures of them.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def tables() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return every file of the starter catalogue as (name, parsed content), by name. Read once; any thread."""
    found = sorted((file for file in files(__name__).iterdir() if file.name.endswith(".toml")), key=lambda f: f.name)
    return tuple((file.name, tomllib.loads(file.read_text(encoding="utf-8"))) for file in found)
