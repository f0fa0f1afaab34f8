"""The first thing a clerk sees: which unit this desk belongs to, and two fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from counter_app.core.errors import AppError
from counter_app.services.answers.session import SignedIn
from counter_app.services.sentences import sentence
from ui.tasks import Tasks
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Field, SectionCard
from ui.words import Words

if TYPE_CHECKING:
    from counter_app.services.counter import Counter
    from counter_app.services.preferences import Preferences


_WIDTH = 380
_MESSAGE_HEIGHT = 40
_LAST_LOGIN = "sign_in.login"


@dataclass(frozen=True, slots=True)
class _Welcome:
    unit_name: str
    logins: tuple[str, ...]
    sample_password: str | None


class SignInPage(QWidget):
    """Login and password; Enter goes on and signs in. `signed_in` carries the SignedIn."""

    signed_in = Signal(object)

    def __init__(self, preferences: Preferences, tasks: Tasks, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("signIn")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._counter: Counter | None = None
        self._preferences = preferences
        self._tasks = tasks
        self._words = words
        self._sample_password: str | None = None
        self._is_checking = False
        self._waits_for_store = False
        self._build()
        self._connect_signals()
        self.retranslate()

    def attach(self, counter: Counter) -> None:
        """Give the page the opened store; a sign-in that was asked for meanwhile goes on."""
        self._counter = counter
        self._welcome(counter)
        if self._waits_for_store:
            self._waits_for_store = False
            self._set_checking(is_checking=False)
            self._submit()

    def activate(self) -> None:
        """Come forward again after signing out: nothing typed is left."""
        self.password.clear()
        self.show_problem("")
        self.focus_first()
        if self._counter is not None:
            self._welcome(self._counter)

    def focus_first(self) -> None:
        """Put the cursor where typing begins."""
        first = self.password if self.login.currentText() else self.login
        # The focus can only be given once the window has shown the page; where to is decided before anything is typed.
        QTimer.singleShot(0, first, first.setFocus)

    def _welcome(self, counter: Counter) -> None:
        def welcome() -> _Welcome:
            session = counter.session
            return _Welcome(counter.units.own().name, session.list_logins(), session.sample_password())

        self._tasks.run(welcome, owner=self, done=self._show_welcome, name="sign_in.welcome")

    def show_problem(self, text: str) -> None:
        """Say underneath the password why signing in did not happen."""
        self._password_field.set_problem(text)

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._app_name.setText(words("ui.app_name"))
        self._card.set_title(words("sign_in.title"))
        self._login_field.set_label(words("sign_in.login"))
        self._password_field.set_label(words("sign_in.password"))
        self._password_field.set_hint(words("sign_in.offline"))
        self._button.set_text(words("sign_in.enter"))
        self._show_sample()

    def _build(self) -> None:
        self.login = QComboBox(self)
        self.login.setEditable(True)
        self.login.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.password = QLineEdit(self)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.login.setCurrentText(str(self._preferences.get(_LAST_LOGIN)))
        self._login_field = Field(self.login, self)
        self._password_field = Field(self.password, self, keeps_line=True)
        self._button = ActionButton(ButtonKind.PRIMARY, parent=self)
        self._app_name = QLabel(self)
        self._app_name.setProperty("role", "figure")
        self._unit_name = QLabel(self)
        self._unit_name.setProperty("role", "soft")
        self._unit_name.setWordWrap(True)
        self._sample = QLabel(self)
        self._sample.setProperty("role", "hint")
        self._sample.setWordWrap(True)
        self._sample.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._card = SectionCard(self)
        self._card.setFixedWidth(_WIDTH)
        for widget in (self._login_field, self._password_field, self._button, self._sample):
            self._card.body.addWidget(widget)
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(SPACE.medium)
        column.setContentsMargins(SPACE.wide, SPACE.large, SPACE.wide, SPACE.large)
        self.message_place = QWidget(self)
        self.message_place.setFixedHeight(_MESSAGE_HEIGHT)
        column.addWidget(self.message_place)
        column.addStretch(2)
        for label in (self._app_name, self._unit_name):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addSpacing(SPACE.small)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._card)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addStretch(3)

    def _connect_signals(self) -> None:
        self._words.language_changed.connect(self.retranslate)
        self._button.clicked.connect(self._submit)
        self.password.returnPressed.connect(self._submit)
        line = self.login.lineEdit()
        if line is not None:
            line.returnPressed.connect(self._go_to_password)

    @Slot()
    def _go_to_password(self) -> None:
        # As with Tab: what stands there is marked, and typing replaces it.
        self.password.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _submit(self) -> None:
        login, password = self.login.currentText().strip(), self.password.text()
        if self._is_checking:
            return
        if not login or not password:
            self.show_problem(self._words("sign_in.missing"))
            return
        self._set_checking(is_checking=True)
        if self._counter is None:
            self._waits_for_store = True
            return
        session, preferences = self._counter.session, self._preferences

        def sign_in() -> SignedIn:
            signed_in = session.sign_in(login, password)
            if preferences.get(_LAST_LOGIN) != login and not preferences.is_locked(_LAST_LOGIN):
                preferences.set(_LAST_LOGIN, login)
            return signed_in

        self._tasks.run(
            sign_in,
            owner=self,
            done=self._on_signed_in,
            failed=self._on_refused,
            name="sign_in",
        )

    def _set_checking(self, *, is_checking: bool) -> None:
        self._is_checking = is_checking
        self._button.set_text(self._words("sign_in.checking" if is_checking else "sign_in.enter"))
        self._button.setDisabled(is_checking)

    def _on_signed_in(self, session: SignedIn) -> None:
        self._set_checking(is_checking=False)
        self.password.clear()
        self.show_problem("")
        self.signed_in.emit(session)

    def _on_refused(self, error: AppError) -> None:
        self._set_checking(is_checking=False)
        self.show_problem(sentence(error, self._words.language))
        self.password.setFocus()
        self.password.selectAll()

    def _show_welcome(self, welcome: _Welcome) -> None:
        self._unit_name.setText(welcome.unit_name)
        self._offer_logins(welcome.logins)
        self._sample_password = welcome.sample_password
        self._show_sample()
        is_sure = len(welcome.logins) == 1 or welcome.sample_password is not None
        if is_sure and welcome.logins and not self.login.currentText():
            self.login.setEditText(welcome.logins[0])
            self.password.setFocus()

    def _offer_logins(self, logins: tuple[str, ...]) -> None:
        """Fill the list; what is being typed, its cursor and the focus stay: the store may open between two letters."""
        line = self.login.lineEdit()
        typed = self.login.currentText()
        cursor = line.cursorPosition() if line is not None else 0
        self.login.clear()
        self.login.addItems(list(logins))
        self.login.setEditText(typed)
        if line is not None:
            line.setCursorPosition(cursor)

    def _show_sample(self) -> None:
        password = self._sample_password
        self._sample.setVisible(password is not None)
        self._sample.setText("" if password is None else self._words("sign_in.sample", password=password))
