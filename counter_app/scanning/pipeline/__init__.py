"""The steps from a raw page to one that is fit to keep, in their one order.

A step takes a page and returns a page; it may be left out, never moved: each says what it expects of those before.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from counter_app.scanning.page import Page
from counter_app.scanning.pipeline.blank import flag_blank
from counter_app.scanning.pipeline.colours import choose_mode
from counter_app.scanning.pipeline.crop import crop_to_paper
from counter_app.scanning.pipeline.orientation import turn_upright
from counter_app.scanning.pipeline.skew import straighten
from counter_app.scanning.pipeline.whiten import despeckle, whiten

Step = Callable[[Page], Page]

#: Held by whoever makes copies of a whole page: each of 26 MB, several at once, and for so short that others can wait.
ONE_WITH_COPIES = threading.Lock()

ORDER: tuple[Step, ...] = (crop_to_paper, flag_blank, turn_upright, straighten, whiten, despeckle, choose_mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The steps in force. Slow (some 0.3 s a page at 300 dpi): run it in a pool; it shares nothing between pages."""

    steps: tuple[Step, ...] = ORDER

    def run(self, page: Page) -> Page:
        """Return the page after every step; a blank one stays as it is after it was flagged."""
        return self.take([page])

    def take(self, handed_over: list[Page]) -> Page:
        """Do the same with the one page in a list, which nobody holds any longer: its pixels are let go on the way."""
        page = handed_over.pop()
        for step in self.steps:
            if step is turn_upright:
                page = step(page)
            else:
                with ONE_WITH_COPIES:
                    page = step(page)
            if page.is_blank:
                break
        return page


def pipeline_without(*left_out: Step) -> Pipeline:
    """Return the pipeline without some steps, for example without cropping for a picture that a camera took."""
    return Pipeline(steps=tuple(step for step in ORDER if step not in left_out))
