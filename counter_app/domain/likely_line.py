"""Which line of a checklist a paper could belong to, by its own title. A proposal: nothing is put anywhere by it."""

import re
from collections.abc import Sequence

from counter_app.core.text import fold

_HEAD_WORDS = 120
_TITLE_WORDS = 14
_FEWEST_WORDS = 3
_LEAST_SHARE = 0.6
_WORD = re.compile(r"[a-z0-9]+")


def find_likely_line(text: str, names: Sequence[str]) -> int:
    """Return the place, from 1, of the line whose name the beginning of a paper says; 0 for none, or for two alike.

    A line counts when at least three words of its title, and six in ten of them, follow each other on the paper.
    """
    head = f" {' '.join(_WORD.findall(fold(text))[:_HEAD_WORDS])} "
    runs = [_longest_run(head, name) for name in names]
    longest = max(runs, default=0)
    return runs.index(longest) + 1 if longest and runs.count(longest) == 1 else 0


def _longest_run(head: str, name: str) -> int:
    """Return how many words of a line's title follow each other in the head; 0 for too few."""
    # What comes after the title of the paper is about whom it concerns and how it is handed in.
    title = re.split(r"[;:.,(\n]", fold(name), maxsplit=1)[0]
    words = _WORD.findall(title)[:_TITLE_WORDS]
    longest = 0
    for start in range(len(words)):
        end = start + longest + 1
        while end <= len(words) and f" {' '.join(words[start:end])} " in head:
            longest, end = end - start, end + 1
    return longest if longest >= max(_FEWEST_WORDS, _LEAST_SHARE * len(words)) else 0
