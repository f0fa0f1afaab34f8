"""The action view: the form at the left, at the right the dossier that it is about."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from counter_app.services.answers.actions import ActionOffer
from counter_app.services.answers.dossiers import DossierView
from ui.actions import ActionId
from ui.dossier_actions.form import ActionForm
from ui.dossier_actions.presenter import ActionPresenter
from ui.dossier_actions.state import ActionState
from ui.dossiers.cards import DossierCards
from ui.page import PageContext
from ui.theme.tokens import SPACE

_CARDS_WIDTH = 360


class ActionView(QWidget):
    """Takes the whole page. `closed` when the clerk goes back or the action is done."""

    closed = Signal()

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.presenter = ActionPresenter(context, self)
        self.form = ActionForm(context.words, context.counter.clock.now, self)
        self.cards = DossierCards(context.words, self)
        self.cards.setFixedWidth(_CARDS_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        row.addWidget(self.form, 1)
        row.addWidget(self.cards)
        self._connect_signals()

    def open(self, view: DossierView, offer: ActionOffer) -> None:
        """Show an action's form."""
        self.cards.show_dossier(view)
        self.presenter.open(view, offer)
        self.form.focus_field()

    def renew(self, view: DossierView, offers: Sequence[ActionOffer]) -> bool:
        """Show the dossier as it is now; False when the action cannot be done any more."""
        self.cards.show_dossier(view)
        return self.presenter.renew(view, offers)

    def close_view(self) -> None:
        """Forget the action and what was written."""
        self.presenter.close()
        self.closed.emit()

    def perform(self, action: ActionId) -> bool:
        """Answer F4, F9 and Esc."""
        match action:
            case ActionId.DOSSIER_PRINT:
                self.presenter.submit()
            case ActionId.DOSSIER_ACTIONS:
                self.form.focus_field()
            case ActionId.DISMISS:
                self._step_back()
            case _:
                # The other keys of the page belong to what stands behind the form.
                return action in (ActionId.DOSSIER_PREVIEW, ActionId.DOSSIER_FILTERS)
        return True

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.form.retranslate()
        self.cards.retranslate()

    def _connect_signals(self) -> None:
        presenter, form = self.presenter, self.form
        presenter.changed.connect(self._on_changed)
        presenter.wanted.connect(form.focus_field)
        presenter.acted.connect(self._on_acted)
        form.edited.connect(presenter.edit)
        form.left.connect(presenter.check_field)
        form.confirmed.connect(presenter.submit)
        form.close_requested.connect(self._step_back)

    @Slot(object)
    def _on_changed(self, state: ActionState) -> None:
        self.form.show_state(state)

    @Slot()
    def _step_back(self) -> None:
        self.presenter.step_back()
        self.close_view()

    @Slot(object)
    def _on_acted(self, _result: object) -> None:
        self.close_view()
