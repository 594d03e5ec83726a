"""The tabs of the views in one row; those that find no room stand in a menu at its end."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QTabBar, QToolButton, QWidget

ROW = 30
"""Height of the row in pixels."""


class _Bar(QTabBar):
    """A tab bar that tells the width a tab takes, also of one that is hidden."""

    def width_of(self, index: int) -> int:
        return self.tabSizeHint(index).width()

    def sizeHint(self) -> QSize:
        """Of the tabs that are seen now: Qt's own is still that of those seen before."""
        seen = sum(self.width_of(index) for index in range(self.count()) if self.isTabVisible(index))
        return QSize(seen, super().sizeHint().height())


class ViewTabs(QWidget):
    """Words to choose a view by; the chosen one's always stands in the row."""

    chosen = Signal(int)
    """index of the tab that is now chosen"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(ROW)
        self.bar = _Bar(self)
        self.bar.setObjectName("viewTabs")
        self.bar.setAccessibleName("Views")
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.bar.setUsesScrollButtons(False)
        self.bar.setElideMode(Qt.TextElideMode.ElideNone)
        self.bar.currentChanged.connect(self._choose)
        self.more = QToolButton(self)
        self.more.setObjectName("moreViews")
        self.more.setText("More")
        self.more.setAccessibleName("More views")
        self.more.setToolTip("The views that find no room in the row")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.more)
        self.menu.setObjectName("moreViewsMenu")
        self.menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self.menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.bar)
        row.addWidget(self.more)
        row.addStretch(1)

    def add(self, words: str, tip: str) -> None:
        """One more tab at the end."""
        self.bar.setTabToolTip(self.bar.addTab(words), tip)
        self._fit()

    def hidden(self) -> list[int]:
        """Indices of the tabs that stand in the menu."""
        return [index for index in range(self.bar.count()) if not self.bar.isTabVisible(index)]

    def minimumSizeHint(self) -> QSize:
        """One tab and the menu: all others give way."""
        widest = max((self.bar.width_of(index) for index in range(self.bar.count())), default=0)
        return QSize(widest + self.more.sizeHint().width(), ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _choose(self, index: int) -> None:
        self._fit()
        self.chosen.emit(index)

    def _fit(self) -> None:
        """Show the first tabs that find room beside the chosen one."""
        widths = [self.bar.width_of(index) for index in range(self.bar.count())]
        current, room = self.bar.currentIndex(), self.contentsRect().width() - 8
        if sum(widths) <= room:
            seen = set(range(len(widths)))
        else:
            seen = {current}
            left = room - self.more.sizeHint().width() - widths[current]
            for index, width in enumerate(widths):
                if index != current and (left := left - width) < 0:
                    break
                seen.add(index)
        for index in range(len(widths)):
            if self.bar.isTabVisible(index) != (index in seen):  # or Qt forgets the places of the others
                self.bar.setTabVisible(index, index in seen)
        self.bar.updateGeometry()  # Qt would keep the width it had
        self.more.setVisible(len(seen) < len(widths))

    def _fill_menu(self) -> None:
        self.menu.clear()
        for index in self.hidden():
            action = self.menu.addAction(self.bar.tabText(index))
            action.setToolTip(self.bar.tabToolTip(index))
            action.triggered.connect(lambda _checked=False, index=index: self.bar.setCurrentIndex(index))
