"""Both sides of a pile on a scanner that sees one: the fronts, then the pile turned over, its last sheet on top.

Pages are numbered as they lie in the finished document, so whatever interrupts the backs, each page has its place.
"""


def front_number(sheet: int) -> int:
    """Return the number of a front; sheets count from 1 in the order of the first pass."""
    return 2 * sheet - 1


def back_number(sheets: int, place: int) -> int:
    """Return the number of the back that came at a place, from 1, of the second pass; `sheets` fronts came before.

    A back too many has no front: it goes to the end, where somebody sees it.
    """
    return 2 * (sheets - place + 1) if place <= sheets else 2 * sheets + place
