"""The row of tabs: those that find no room stand in the menu at its end, the chosen one never."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QTextBrowser

from app.main_window import MainWindow
from app.view_tabs import ViewTabs
from app.views import Views

LEFT = Qt.MouseButton.LeftButton
WORDS = ("Map", "Twins", "Axes", "Manifold", "Reconstructions", "Denoising", "Sparsity")


@pytest.fixture
def views(qtbot) -> Views:
    """Seven views that only say their names."""
    made = Views()
    qtbot.addWidget(made)
    for word in WORDS:
        made.add(word.lower(), word, f"About {word}", lambda word=word: QLabel(word))
    made.resize(1000, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def row(views: Views) -> ViewTabs:
    return views.findChild(ViewTabs)


def words_in_the_menu(views: Views) -> list[str]:
    row(views).menu.aboutToShow.emit()
    return [action.text() for action in row(views).menu.actions()]


def seen(views: Views) -> list[str]:
    return [WORDS[index] for index in range(len(WORDS)) if index not in row(views).hidden()]


def test_with_room_for_all_there_is_no_menu(views: Views) -> None:
    assert not row(views).more.isVisible() and seen(views) == list(WORDS)


def test_a_narrow_row_keeps_the_first_tabs_whole_and_puts_the_rest_into_the_menu(qtbot, views: Views) -> None:
    views.resize(330, 300)
    qtbot.waitUntil(row(views).more.isVisible, timeout=1000)
    shown = seen(views)
    assert shown == list(WORDS[: len(shown)]) and 2 <= len(shown) < len(WORDS)
    assert words_in_the_menu(views) == list(WORDS[len(shown) :])
    bar, more = views.tabs, row(views).more
    for index in range(len(shown)):
        assert bar.tabRect(index).width() >= bar.fontMetrics().horizontalAdvance(WORDS[index])
        assert bar.mapTo(views, bar.tabRect(index).topRight()).x() <= more.x()
    assert more.geometry().right() < views.width()


def test_tabs_that_find_room_again_are_painted_again(qtbot, views: Views) -> None:
    views.show_view("axes")
    views.resize(row(views).minimumSizeHint().width(), 300)
    hidden = row(views).hidden()
    views.resize(sum(views.tabs.width_of(index) for index in range(len(WORDS))), 300)  # a little too narrow for all
    back = [index for index in hidden if index not in row(views).hidden()]
    assert back and row(views).hidden()
    for index in back:
        assert views.tabs.tabRect(index).width() >= views.tabs.fontMetrics().horizontalAdvance(WORDS[index])


def test_a_view_chosen_from_the_menu_gets_its_tab_in_the_row(qtbot, views: Views) -> None:
    views.resize(330, 300)
    qtbot.waitUntil(row(views).more.isVisible, timeout=1000)

    def choose() -> None:
        menu = row(views).menu
        action = next(each for each in menu.actions() if each.text() == "Sparsity")
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())

    row(views).menu.aboutToShow.connect(choose, Qt.ConnectionType.QueuedConnection)
    QTest.mouseClick(row(views).more, LEFT)
    qtbot.waitUntil(lambda: views.current() == "sparsity")  # Qt 6.12 does not wait for the menu, earlier ones do
    assert "Sparsity" in seen(views)
    assert views.made("sparsity").isVisible() and "Map" in seen(views)
    views.resize(1000, 300)
    qtbot.waitUntil(lambda: not row(views).more.isVisible(), timeout=1000)
    assert seen(views) == list(WORDS) and views.current() == "sparsity"


def test_the_smallest_window_still_offers_every_view(qtbot, window: MainWindow) -> None:
    window.resize(window.minimumSizeHint().expandedTo(window.minimumSize()))
    tabs = row(window.views)
    offered = {tabs.bar.tabText(index) for index in range(tabs.bar.count())}
    tabs.menu.aboutToShow.emit()
    in_menu = {action.text() for action in tabs.menu.actions()}
    in_row = {tabs.bar.tabText(i) for i in range(tabs.bar.count()) if tabs.bar.isTabVisible(i)}
    assert in_menu | in_row == offered and not in_menu & in_row
    assert bool(in_menu) == tabs.more.isVisible()
    right = tabs.more if tabs.more.isVisible() else tabs.bar
    assert right.mapTo(window.views, QPoint(right.width(), 0)).x() <= window.views.width()


def test_the_keyboard_reaches_a_view_without_room(qtbot, views: Views) -> None:
    views.resize(330, 300)
    qtbot.waitUntil(row(views).more.isVisible, timeout=1000)
    menu, was_open = row(views).menu, []

    def close() -> None:
        was_open.append(menu.isVisible())
        QTest.keyClick(menu, Qt.Key.Key_Escape)

    menu.aboutToShow.connect(close, Qt.ConnectionType.QueuedConnection)
    row(views).more.setFocus()
    assert row(views).more.hasFocus()
    QTest.keyClick(row(views).more, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: was_open == [True] and not menu.isVisible())  # Qt 6.12 does not wait for the menu
    views.show_view("sparsity")
    assert "Sparsity" in seen(views)


def test_the_keys_are_told_beside_the_window_that_goes_on(qtbot, window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1)
    sheet = window.findChild(QDialog, "help")
    assert sheet.isVisible() and not sheet.isModal() and sheet.height() <= window.height()
    told = sheet.findChild(QTextBrowser).toPlainText()
    for key in ("Ctrl+Return", "Ctrl+L", "Ctrl+Page Down", "Ctrl+Z", "F11"):
        assert key in told
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(QDialog, "help") is None, timeout=2000)
