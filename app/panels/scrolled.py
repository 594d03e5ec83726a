"""What is larger than its room is scrolled: the areas that views put their sheet into."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class ScrollArea(QScrollArea):
    """Its widget is as large as the room, but never smaller than it must be. Keys are left to what it lies in.

    Qt's own, where it is told to fit the widget in, gives it the height that it would like to have.
    """

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
        sheet = self.widget()
        if sheet is None:
            return
        room, least = self.maximumViewportSize(), sheet.minimumSizeHint()
        if least.height() > room.height():
            room -= QSize(self.verticalScrollBar().sizeHint().width(), 0)
        if least.width() > room.width():
            room -= QSize(0, self.horizontalScrollBar().sizeHint().height())
        sheet.resize(room.expandedTo(least))


def scrolled(sheet: QWidget) -> QScrollArea:
    """An area around a sheet that is as wide as it, without a frame and without the keyboard."""
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setWidget(sheet)
    return scroll
