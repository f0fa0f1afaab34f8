"""The typeface of the official papers: Tinos, as wide as Times New Roman, licensed under the SIL OFL 1.1.

Nghị định 30/2020/NĐ-CP, phụ lục I, asks for Times New Roman in Unicode; Tinos has its metrics and every
Vietnamese letter, and may be embedded and passed on.
"""

from importlib.resources import files


def read_font(name: str) -> bytes:
    """Return the TrueType file of a face, for example ``Tinos-Bold``.

    Raises:
        FileNotFoundError: the program was installed without that face.
    """
    return (files(__name__) / f"{name}.ttf").read_bytes()
