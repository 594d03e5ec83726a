"""What is larger than its room is scrolled: the areas that views put their sheet into, and the keyboard in them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMargins, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from app import theme
from app.panels.focus_mark import keyboard

OFTEN_ENOUGH = 3  # while a window is laid out the sheet may be too high for a moment
STAYS_MS = 100  # a bar that calls for itself is back at once
AROUND = 3 * theme.GAP
"""Pixels around what has the keyboard: a field's name stands above it."""


class ScrollArea(QScrollArea):
    """Its widget is as large as the room, but never smaller than it must be. The keyboard is left to others.

    Qt's own, where it is told to fit the widget in, gives it the height that it would like to have; and where the
    pictures on it are lower in less width, it shows and hides its bar, each within the other, until the stack is full
    and the process ends. Here a bar's room is given back only so often in a row before it stays free; an area of
    another size begins anew, and so does one whose bar has not come back for a moment.
    """

    def __init__(self, has_words: bool = True) -> None:
        """With `has_words` the sheet holds some in several lines, which are the higher, the narrower it is."""
        super().__init__()
        self._has_words = has_words
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._room = QSize()
        self._is_barred, self._given_back = False, 0
        self._gone = QTimer(self, interval=STAYS_MS, singleShot=True)
        self._gone.timeout.connect(self._begin_anew)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def _fit(self) -> None:
        """Beside a bar there is less room: or each of the two would call for the other."""
        sheet, room = self.widget(), self.maximumViewportSize()
        if sheet is None:
            return
        if room != self._room:
            self._room, self._is_barred, self._given_back = QSize(room), False, 0
        least = self._least(sheet, room.width())
        if least.height() > room.height():
            self._is_barred = True
            self._gone.stop()
        elif self._is_barred and self._given_back < OFTEN_ENOUGH:
            self._is_barred, self._given_back = False, self._given_back + 1
            self._gone.start()
        if self._is_barred:
            room -= QSize(self.verticalScrollBar().sizeHint().width(), 0)
            least = self._least(sheet, room.width())
        if least.width() > room.width() and self.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
            room -= QSize(0, self.horizontalScrollBar().sizeHint().height())
        sheet.resize(room.expandedTo(least))

    def _begin_anew(self) -> None:
        self._given_back = 0

    def _least(self, sheet: QWidget, width: int) -> QSize:
        """What the sheet needs at least, if it is as wide as that or as it must be."""
        least, layout = sheet.minimumSizeHint(), sheet.layout()
        if self._has_words and layout is not None and layout.hasHeightForWidth():
            least.setHeight(layout.totalMinimumHeightForWidth(max(width, least.width())))
        return least


def scrolled(sheet: QWidget) -> ScrollArea:
    """An area around a sheet that is as wide as it."""
    scroll = ScrollArea()
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(sheet)
    return scroll


class FocusInSight(QObject):
    """Scrolls to what the keyboard comes to; Qt does so only where it moves from one part of an area to another."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        keyboard().moved.connect(self._follow)

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is None or QApplication.mouseButtons():
            return  # what is pressed must not move away from under the pointer
        for area in reversed(now.window().findChildren(QScrollArea)):  # the inner ones first
            sheet = area.widget()
            if sheet is not None and sheet.isAncestorOf(now):
                _bring_into_sight(area, sheet, now)


def _bring_into_sight(area: QScrollArea, sheet: QWidget, widget: QWidget) -> None:
    """Show all of a widget, and what stands around it; of one larger than the room some part is enough."""
    room = area.viewport().size()
    seen = QRect(-sheet.pos(), room)
    place = QRect(widget.mapTo(sheet, QPoint(0, 0)), widget.size())
    fits = place.width() <= room.width() and place.height() <= room.height()
    if seen.contains(place) or (not fits and seen.intersects(place)):
        return
    wanted = place.size().grownBy(QMargins(AROUND, AROUND, AROUND, AROUND)).boundedTo(room)
    area.ensureVisible(place.center().x(), place.center().y(), wanted.width() // 2, wanted.height() // 2)
