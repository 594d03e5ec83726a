"""The line at the window's foot: what went well or wrong in one sentence, and what one can do about it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QDateTime, QLocale, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from app import theme
from app.panels.describing import describe
from app.panels.focus_mark import came_by_mouse, rest_at
from app.panels.steady_label import SteadyLabel
from app.plain_words import as_written

KEPT_MESSAGES = 50
FADE_MS = 8000
MARGIN = 2  # above and below the line
LEAST_QUOTED = 16  # characters of a path that stay
KINDS = {"info": "muted", "good": "good", "warning": "warning", "error": "error"}
"""The kinds of a message, and the colour of each one's dot."""


@dataclass(frozen=True)
class Message:
    """What was said, and when."""

    text: str
    kind: str
    time: QDateTime


class MessageBar(QFrame):
    """Shows the last message and, at the right, a status that changes often; keeps the last 50 messages to read again.

    "info" and "good" messages turn muted after a while, "warning" and "error" ones stay as they are.
    """

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Messages", object_name="messageBar")
        self.messages: deque[Message] = deque(maxlen=KEPT_MESSAGES)
        self._do: list[Callable[[], object]] = []
        self._dot = _Dot(self)
        self._dot.hide()
        self._sentence = describe(_Sentence(self), object_name="messageText")
        self._actions = [describe(QPushButton(self), object_name=name) for name in ("messageAction", "otherAction")]
        for number, button in enumerate(self._actions):
            button.hide()
            button.clicked.connect(lambda checked=False, number=number: self._act(number))
        self._history = describe(
            QToolButton(self), "Earlier messages", "Earlier messages; choose one to copy it", "messageHistory"
        )
        self._history.setIcon(theme.icon("chevron-up"))
        self._history.setIconSize(QSize(14, 14))
        self._history.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._history.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._history.setEnabled(False)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._history.setMenu(self._menu)
        self._status = describe(SteadyLabel(self), "Status of the training", object_name="statusText")
        self._status.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_role(self._status, "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, MARGIN, 12, MARGIN)
        row.setSpacing(theme.GAP)
        row.addWidget(self._dot)
        row.addWidget(self._sentence, 1)
        for button in self._actions:
            row.addWidget(button)
        row.addWidget(self._history)
        row.addWidget(self._status)
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(FADE_MS)
        self._fading.timeout.connect(self._fade)

    def show_message(
        self, text: str, kind: str = "info", action_label: str = "", action: Callable[[], object] | None = None
    ) -> None:
        """Say one sentence; with `action_label` a button stands beside it that calls `action` once.

        `kind` is "info", "good", "warning" or "error"; ValueError for another.
        """
        if kind not in KINDS:
            raise ValueError(f"A message is one of {', '.join(KINDS)}, not “{kind}”.")
        self.messages.append(Message(text, kind, QDateTime.currentDateTime()))
        self._history.setEnabled(True)
        self._dot.show_colour(KINDS[kind])
        self._dot.show()
        theme.set_role(self._sentence, "")
        self._sentence.show_text(text)
        self.offer({action_label: action} if action_label and action is not None else {})
        if kind in ("info", "good"):
            self._fading.start()
        else:
            self._fading.stop()
        self._announce(text, urgent=kind in ("warning", "error"))

    def offer(self, actions: Mapping[str, Callable[[], object]]) -> None:
        """At most two buttons by label beside the sentence that stands; one is pressed once, then all are gone."""
        self._do = list(actions.values())
        labels = [*actions, "", ""]
        for button, label in zip(self._actions, labels, strict=False):
            button.setText(label)
            button.setAccessibleName(label)
            button.setVisible(bool(label))

    def withdraw(self) -> None:
        """Take the sentence away that stands, unless it offers something; it stays among the earlier ones."""
        if all(button.isHidden() for button in self._actions):
            self._fading.stop()
            self._dot.hide()
            self._sentence.show_text("")

    def withdraw_failure(self, text: str | None = None) -> None:
        """Take away what went wrong, or only that sentence, when what it was about is tried again or is past."""
        if not self.messages:
            return
        standing = self.messages[-1]
        if standing.text == text or (text is None and standing.kind in ("warning", "error")):
            self.withdraw()

    def show_status(self, text: str) -> None:
        """The words at the right: epoch, loss, images per second."""
        self._status.setText(text)

    # Qt's name

    def minimumSizeHint(self) -> QSize:
        """A message with a button does not move the window: there is room for one, as tall as it is dressed by now."""
        needed = self._actions[0].sizeHint().height() + 2 * MARGIN
        return super().minimumSizeHint().expandedTo(QSize(0, needed))

    # inside

    def _act(self, number: int) -> None:
        do, pressed = self._do[number], self._actions[number]
        if pressed.hasFocus() and came_by_mouse(pressed):
            rest_at(self)
        self.offer({})
        do()

    def _fade(self) -> None:
        self._dot.show_colour("line")
        theme.set_role(self._sentence, "muted")

    def _fill_menu(self) -> None:
        self._menu.clear()
        for message in reversed(self.messages):
            clock = QLocale().toString(message.time.time(), QLocale.FormatType.ShortFormat)
            line = self._menu.addAction(f"{clock}  {message.text.replace('&', '&&')}")
            line.triggered.connect(lambda checked=False, text=message.text: _copy(text))
        self._menu.addSeparator()
        everything = self._menu.addAction(theme.icon("copy"), "Copy all")
        everything.triggered.connect(self._copy_all)

    def _copy_all(self) -> None:
        _copy("\n".join(f"{m.time.toString(Qt.DateFormat.ISODate)} {m.kind}: {m.text}" for m in self.messages))

    def _announce(self, text: str, urgent: bool) -> None:
        event = QAccessibleAnnouncementEvent(self, text)
        if urgent:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)


class _Sentence(QLabel):
    """One line of text that can be marked and copied; when it is too long its whole is in the tool tip.

    What is quoted, most often a path, gives way in its middle before the sentence loses its end, which says why.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(80)

    def show_text(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics, room = self.fontMetrics(), self.width() - 2
        shown = self._whole
        quoted = max(re.findall("“([^“”]+)”", shown), key=len, default="")
        beyond = metrics.horizontalAdvance(shown) - room
        if quoted and beyond > 0:
            width = max(LEAST_QUOTED * metrics.averageCharWidth(), metrics.horizontalAdvance(quoted) - beyond)
            shown = shown.replace(quoted, metrics.elidedText(quoted, Qt.TextElideMode.ElideMiddle, width), 1)
        shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room)
        self.setText(shown)
        self.setToolTip("" if shown == self._whole else as_written(self._whole))


class _Dot(QWidget):
    """A small disc in a colour of the theme."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._role = "line"
        self.setFixedSize(8, 8)

    def show_colour(self, role: str) -> None:
        self._role = role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(getattr(theme.colours(), self._role)))
            painter.drawEllipse(QRectF(self.rect()))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
