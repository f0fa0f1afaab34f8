"""The post office page: a pile handed in, the bags of the day, waybills."""

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from ui.actions import ActionId, PageId
from ui.page import Page, PageContext
from ui.post.bags_lane import BagsLane
from ui.post.batch_lane import BatchLane
from ui.post.lane import Lane
from ui.post.waybills_lane import WaybillsLane
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind


class PostPage(Page):
    """F3 takes in a pile, F4 makes bags, F6 follows waybills; a waybill that is scanned anywhere opens here."""

    page_id: ClassVar[PageId] = PageId.POST
    title_key: ClassVar[str] = "ui.page.post"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.batch, self.bags, self.waybills = BatchLane(context), BagsLane(context), WaybillsLane(context)
        self._lanes: dict[ActionId, Lane] = {
            ActionId.POST_BATCH: self.batch,
            ActionId.POST_BAGS: self.bags,
            ActionId.POST_WAYBILLS: self.waybills,
        }
        self._tabs = {action: ActionButton(ButtonKind.SECONDARY, action, self) for action in self._lanes}
        self._views = QStackedWidget(self)
        self._lay_out()
        self.words.language_changed.connect(self.retranslate)
        self.retranslate()
        self.show_lane(ActionId.POST_BATCH)

    @property
    def lane(self) -> Lane:
        """The kind of work in front."""
        lane = self._views.currentWidget()
        return lane if isinstance(lane, Lane) else self.batch

    def activate(self, argument: str = "") -> None:
        """Read anew; the argument is a waybill's number to show."""
        if argument:
            self.show_lane(ActionId.POST_WAYBILLS)
            self.waybills.open(argument)
            return
        self.lane.load()
        self.lane.focus_first()

    def show_lane(self, action: ActionId) -> None:
        """Bring a kind of work forward."""
        self._views.setCurrentWidget(self._lanes[action])
        for one, tab in self._tabs.items():
            tab.set_kind(ButtonKind.SECONDARY if one is action else ButtonKind.QUIET)

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read anew when dossiers or waybills changed."""
        if topics & {Topic.DOSSIERS, Topic.POST, Topic.UNITS}:
            self.lane.load()

    def handle_scan(self, raw: bytes | str) -> bool:
        """Hand a card to the lane in front."""
        return self.lane.take_card(raw)

    def handle_dossier(self, code: str) -> bool:
        """Hand a scanned dossier to the lane in front."""
        return self.lane.take_dossier(code)

    def perform(self, action: ActionId) -> bool:
        """Answer the keys of the lanes, then those of the lane in front."""
        if action in self._lanes:
            self.show_lane(action)
            self.lane.load()
            self.lane.focus_first()
            return True
        if action is ActionId.REFRESH:
            self.lane.load()
            return False
        return self.lane.perform(action)

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        names = {ActionId.POST_BATCH: "batch", ActionId.POST_BAGS: "bags", ActionId.POST_WAYBILLS: "waybills"}
        for action, tab in self._tabs.items():
            tab.set_text(self.words(f"post.lane.{names[action]}"))
        for lane in self._lanes.values():
            lane.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        for action, tab in self._tabs.items():
            tab.clicked.connect(self._showing(action))
            head.addWidget(tab)
            self._views.addWidget(self._lanes[action])
            self._lanes[action].left_for.connect(self.page_requested)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addLayout(head)
        column.addWidget(self._views, 1)

    def _showing(self, action: ActionId) -> Callable[[], object]:
        return lambda: self.perform(action)
