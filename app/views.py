"""The centre of the window: views of which one is seen, chosen by tabs that stand in the title row of the view.

A view is made when it is first looked at. It is a widget with a `Titled` card, whose title gives its place to the
tabs: they cost no room.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QTabBar, QWidget

from app.panels.titled import Titled

TABS_HEIGHT = 30


class Views(QWidget):
    """Holds the views; add them in the order of their tabs, the first is seen."""

    shown = Signal(str)
    """name of the view that is seen now"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("views")
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self._made: dict[str, QWidget] = {}
        self._places: dict[str, QWidget] = {}
        self._stack = QStackedLayout(self)
        self.tabs = QTabBar(self)
        self.tabs.setObjectName("viewTabs")
        self.tabs.setAccessibleName("Views")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.currentChanged.connect(self._show_current)

    def add(self, name: str, words: str, tip: str, make: Callable[[], QWidget]) -> None:
        """A view called `name`, with the words of its tab; `make` is called when it is first looked at."""
        self._makers[name] = make
        index = self.tabs.addTab(words)
        self.tabs.setTabToolTip(index, f"{tip} (Ctrl+{index + 1})" if index < 9 else tip)

    def menu_entries(self, menu: str) -> list[tuple[str, str, str, Callable[[], object]]]:
        """An entry a view for `Menus`, the first nine with Ctrl and their number."""
        return [
            (menu, self.tabs.tabText(index), f"Ctrl+{index + 1}" if index < 9 else "", partial(self.show_view, name))
            for index, name in enumerate(self._makers)
        ] + [(menu, "-", "", lambda: None)]

    def names(self) -> list[str]:
        """All views in the order of their tabs."""
        return list(self._makers)

    def current(self) -> str:
        """The view that is seen."""
        return self.names()[self.tabs.currentIndex()]

    def show_view(self, name: str) -> None:
        """Look at a view, with the keyboard."""
        self.tabs.setCurrentIndex(self.names().index(name))
        self._made[name].setFocus()

    def made(self, name: str) -> QWidget | None:
        """A view if it has been looked at."""
        return self._made.get(name)

    def _show_current(self) -> None:
        name = self.current()
        if name not in self._made:
            view = self._makers[name]()
            self._stack.addWidget(view)
            place = view.findChildren(Titled)[0].give_up_title()
            place.installEventFilter(self)
            self._made[name], self._places[name] = view, place
        self._stack.setCurrentWidget(self._made[name])
        self._place_tabs()
        self.shown.emit(name)

    def _place_tabs(self) -> None:
        """Lay the tabs over the place of the title, as wide as the view's own tools allow."""
        place = self._places[self.current()]
        corner = place.mapTo(self, QPoint(0, (place.height() - TABS_HEIGHT) // 2))
        width = min(self.tabs.sizeHint().width(), place.width())
        self.tabs.setGeometry(corner.x(), corner.y(), width, TABS_HEIGHT)
        self.tabs.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show) and (
            watched is self._places[self.current()]
        ):
            self._place_tabs()
        return False
