"""The model of Vietnamese that reads text (Tesseract): where it is, without loading the reader."""

import os
import sys
from pathlib import Path

LANGUAGE = "vie"


def can_read() -> bool:
    """Whether the model is on this machine; without it papers are kept without text."""
    return find_model() is not None


def find_model() -> Path | None:
    """Return the model's file: beside the program, where TESSDATA_PREFIX says, or where Debian puts it."""
    named = os.environ.get("TESSDATA_PREFIX")
    folders = [Path(sys.prefix) / "tessdata", Path(sys.executable).parent / "tessdata"]
    folders += [Path(named)] if named else []
    folders += sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)
    return next((path for path in (folder / f"{LANGUAGE}.traineddata" for folder in folders) if path.is_file()), None)
