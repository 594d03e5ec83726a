"""The centre of the window: views of which one is seen, chosen by the tabs above it.

A view is made when it is first looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.keys import called_here
from app.panels.titled import tight
from app.view_tabs import ViewTabs

NARROWEST = 336
"""Pixels that the views can do with: what a window of 960 leaves beside both columns at their narrowest."""


class Views(QWidget):
    """Holds the views; add them in the order of their tabs, the first is seen."""

    shown = Signal(str)
    """name of the view that is seen now"""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("views")
        self.setMinimumWidth(NARROWEST)
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self._made: dict[str, QWidget] = {}
        self._firsts: dict[str, QWidget] = {}
        self._row = ViewTabs(self)
        self.tabs = self._row.bar
        self._stack = QStackedWidget(self)
        whole = tight(QVBoxLayout(self), 2)
        whole.addWidget(self._row)
        whole.addWidget(self._stack, 1)
        self._row.chosen.connect(self._show_current)

    def add(self, name: str, words: str, tip: str, make: Callable[[], QWidget]) -> None:
        """A view called `name`, with the words of its tab; `make` is called when it is first looked at."""
        self._makers[name] = make
        number = len(self._makers)
        self._row.add(words, called_here(f"{tip} (Ctrl+{number})") if number < 10 else tip)

    def menu_entries(self, menu: str) -> list[tuple[str, str, str, Callable[[], object]]]:
        """An entry a view for `Menus`, the first nine with Ctrl and their number, and two to go from view to view."""
        views = [
            (menu, self.tabs.tabText(index), f"Ctrl+{index + 1}" if index < 9 else "", partial(self.show_view, name))
            for index, name in enumerate(self._makers)
        ]
        return [
            *views,
            (menu, "Next view", "Ctrl+PgDown", partial(self._go, 1)),
            (menu, "View before", "Ctrl+PgUp", partial(self._go, -1)),
            (menu, "-", "", lambda: None),
        ]

    def _go(self, steps: int) -> None:
        names = self.names()
        self.show_view(names[(self.tabs.currentIndex() + steps) % len(names)])

    def names(self) -> list[str]:
        """All views in the order of their tabs."""
        return list(self._makers)

    def current(self) -> str:
        """The view that is seen."""
        return self.names()[self.tabs.currentIndex()]

    def show_view(self, name: str) -> None:
        """Look at a view, with the keyboard."""
        self.tabs.setCurrentIndex(self.names().index(name))
        self._firsts[name].setFocus()

    def fit(self) -> None:
        """Show all that the view which is seen can show, if it is one that can be zoomed."""
        fit = getattr(self._made[self.current()], "fit", None)
        if fit is not None:
            fit()

    def made(self, name: str) -> QWidget | None:
        """A view if it has been looked at."""
        return self._made.get(name)

    def _show_current(self) -> None:
        name = self.current()
        if name not in self._made:
            self._made[name] = self._makers[name]()
            self._firsts[name] = _taker(self._made[name])
            self._stack.addWidget(self._made[name])
        self._stack.setCurrentWidget(self._made[name])
        self.shown.emit(name)


def _taker(view: QWidget) -> QWidget:
    """The part of a view that takes the keyboard: its focus proxy, which is taken away.

    From a widget with a proxy inside it Tab goes straight there, and never to the tools that stand before.
    """
    taker, inner = view, view.focusProxy()
    while inner is not None:
        taker, inner = inner, inner.focusProxy()
    for each in (view, *view.findChildren(QWidget)):
        proxy = each.focusProxy()
        if proxy is not None and each.isAncestorOf(proxy):
            each.setFocusProxy(None)  # type: ignore[arg-type]  # the stub does not know that there may be none
    return taker
