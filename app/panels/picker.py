"""Long words in the little room at the window's top: cut with an ellipsis, and whole in the tooltip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter

from app import theme
from app.exporting_views import is_painting_file
from app.plain_words import as_written

NARROWEST, WIDEST = 200, 340
KEPT = 150
"""Pixels that one short line keeps for itself."""
AROUND_TEXT = 44
"""Pixels of a combo box beside its text."""


class ShortBox(QComboBox):
    """A list to choose from that cuts what it says with an ellipsis, never through a letter."""

    def shown_text(self) -> str:
        """What the box says, as far as there is room for it."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        return self._cut(option)

    def _cut(self, option: QStyleOptionComboBox) -> str:
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()
        words = self.currentText() or self.placeholderText()
        metrics = self.fontMetrics()
        if metrics.horizontalAdvance(words) <= room:  # as much as a box is given that is as wide as it wants to be
            return words
        return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room - 2)  # a pixel on either side stays free

    # Qt's name

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self._cut(option)
        painter = QStylePainter(self)
        with painter:  # its stub gives back a plain QPainter
            if is_painting_file():  # nobody can open a list there
                painter.setPen(QColor(theme.colours().text))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, option.currentText)
                return
            painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
            painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class Picker(ShortBox):
    """As wide as its words, within limits; a wheel that passes over it changes nothing.

    While its list is open nothing moves in it: another entry would be taken than the one that is meant.
    """

    opening = Signal()
    """its list is about to be seen"""

    def __init__(self, like: str = "") -> None:
        """Words `like` what comes and goes have room from the first, so that nothing moves when they come."""
        super().__init__()
        self._like = like
        self._is_open = False
        self._waiting: list[Callable[[], object]] = []
        self.setMinimumWidth(NARROWEST)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_words(self, words: str) -> None:
        """What the box says while none of its entries is chosen."""
        self.setPlaceholderText(words)
        self.updateGeometry()

    def when_closed(self, change: Callable[[], object]) -> None:
        """Change entries, or which one is chosen: now, or when the list that is open has been closed."""
        if change not in self._waiting:
            self._waiting.append(change)
        if not self._is_open:
            self._catch_up()

    def _catch_up(self) -> None:
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            change()

    # Qt's names

    def sizeHint(self) -> QSize:
        texts = [self.itemText(index) for index in range(self.count())] + [self.placeholderText(), self._like]
        widest = max(self.fontMetrics().horizontalAdvance(text) for text in texts) + AROUND_TEXT
        return QSize(min(max(widest, NARROWEST), WIDEST), super().sizeHint().height())

    def showPopup(self) -> None:
        self.opening.emit()
        super().showPopup()
        self._is_open = self.view().isVisible()
        self.view().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """However the list is closed: a choice is told only after it."""
        if event.type() == QEvent.Type.Hide and self._is_open:
            self._is_open = False
            QTimer.singleShot(0, self, self._catch_up)
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # it passes over on its way


class ShortLabel(QLabel):
    """One line that gives way: what does not fit is left out in its middle, where a path is least missed, or before."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self._cut = Qt.TextElideMode.ElideMiddle
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str, cut: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        """Say something; `cut` tells where the ellipsis goes."""
        self._whole, self._cut = text, cut
        self.setToolTip(as_written(text))
        self.setAccessibleName(text)
        self.updateGeometry()
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._cut, self.width()))

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for a download's few words: the boxes beside it give way."""
        return QSize(min(self.sizeHint().width(), KEPT), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
