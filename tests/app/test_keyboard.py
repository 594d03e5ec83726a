"""The keyboard reaches every tool of every view: with Tab, from the place where a view takes it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QScrollArea,
    QScrollBar,
    QWidget,
)

from app.amounts import signed
from app.main_window import MainWindow

TOOLS = (QAbstractButton, QComboBox, QAbstractSlider, QAbstractSpinBox)
MOST = 200  # more than the window has


def spoken(widget: QWidget) -> str:
    """The name that a screen reader hears; a combo box tells its value in that place, and its name by its labels."""
    interface = QAccessible.queryAccessibleInterface(widget)
    if not isinstance(widget, QComboBox):
        return interface.text(QAccessible.Text.Name)
    by_labels = [each for each, kind in interface.relations() if kind & QAccessible.RelationFlag.Label]
    return ", ".join(each.text(QAccessible.Text.Name) for each in by_labels)


def tools_of(view: QWidget) -> list[QWidget]:
    """What can be used; of buttons of which one is down, Tab comes to that one and arrow keys to the others."""
    found = [each for each in view.findChildren(QWidget) if isinstance(each, TOOLS) and each.isVisible()]
    found = [each for each in found if each.isEnabled() and not isinstance(each, QScrollBar)]
    return [each for each in found if each.focusPolicy() & Qt.FocusPolicy.TabFocus]


@pytest.mark.parametrize(
    "name",
    ["map", "manifold", "reconstructions", "twins", "axes", "regularity", "denoising", "sparsity", "anomalies"]
    + ["compression", "rate"],
)
def test_tab_comes_to_every_tool_of_a_view(borrowed_window: MainWindow, let_turns_pass, name: str) -> None:
    window = borrowed_window
    window.views.show_view(name)
    let_turns_pass()
    view = window.views.made(name)
    assert view.isAncestorOf(window.focusWidget()) or window.focusWidget() is view, "it takes the keyboard"
    reached: set[QWidget | None] = set()
    left = False
    for _ in range(MOST):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        now = window.focusWidget()
        left = left or not view.isAncestorOf(now)
        if left and now in reached and view.isAncestorOf(now):
            break  # once round
        reached.add(now)
    assert left, "and out of it again"
    assert [each.objectName() for each in tools_of(view) if each not in reached] == []


@pytest.mark.parametrize(
    "name",
    ["map", "manifold", "reconstructions", "twins", "axes", "regularity", "denoising", "sparsity", "anomalies"]
    + ["compression", "rate"],
)
def test_every_tool_of_a_view_is_named_for_tests_and_for_those_who_do_not_see_it(
    borrowed_window: MainWindow, name: str
) -> None:
    borrowed_window.views.show_view(name)
    view = borrowed_window.views.made(name)
    tools = [
        each for each in view.findChildren(QWidget) if isinstance(each, TOOLS) and not isinstance(each, QScrollBar)
    ]
    assert tools or name == "rate"
    lacking = [(each.objectName(), spoken(each)) for each in (view, *tools)]
    assert [each for each in lacking if not all(each) and not each[0].startswith("qt_")] == []


def test_a_screen_reader_hears_the_names_of_all_boxes(borrowed_window: MainWindow, let_turns_pass) -> None:
    boxes = borrowed_window.findChildren(QComboBox)
    assert len(boxes) > 12
    assert {each.objectName(): spoken(each) for each in boxes if spoken(each) != each.accessibleName()} == {}
    names = {each.objectName(): spoken(each) for each in boxes}
    assert names["planeShown"] == "Plane shown on the map" and names["presetPicker"] == "Preset"
    assert names["activationField"] == "Activation", "by one label, not two"


def test_ctrl_0_fits_what_is_seen_and_nothing_else(borrowed_window: MainWindow, let_turns_pass) -> None:
    window, views = borrowed_window, borrowed_window.views

    def zoomed(name: str) -> list[float]:
        """How fine the scales of a view are."""
        if name == "axes":
            return [views.made(name).canvas._high - views.made(name).canvas._low]
        planes = {"map": [window.latent_map.view]}
        if name == "twins":
            planes["twins"] = [each.view for each in views.made(name).maps.values()]
        return [each.frame().scale_x for each in planes.get(name) or [views.made(name).view]]

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(window.focusWidget(), key, modifier)
        let_turns_pass()

    views.show_view("map")
    let_turns_pass()
    fitted_map = zoomed("map")
    press(Qt.Key.Key_Plus)
    finer_map = zoomed("map")
    for name in ("manifold", "regularity", "twins", "axes", "reconstructions"):
        views.show_view(name)
        let_turns_pass()
        before = zoomed(name) if name != "reconstructions" else []
        for _ in range(2):
            press(Qt.Key.Key_Plus)
        assert not before or zoomed(name)[0] != pytest.approx(before[0]), name
        press(Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
        assert not before or zoomed(name) == pytest.approx(before, rel=1e-3), name
        assert zoomed("map") == pytest.approx(finer_map), "it is not seen"
    views.show_view("map")
    press(Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert zoomed("map") == pytest.approx(fitted_map)


def scrolled_with(widget: QWidget) -> list[QScrollArea]:
    """The areas that a widget moves with."""
    return [each for each in widget.window().findChildren(QScrollArea) if each.isAncestorOf(widget)]


def is_in_sight(widget: QWidget) -> bool:
    """No area hides a part of it, or, where it is larger than the area, all of it."""
    for area in scrolled_with(widget):
        room, place = area.viewport().rect(), QRect(widget.mapTo(area.viewport(), QPoint(0, 0)), widget.size())
        fits = place.width() <= room.width() and place.height() <= room.height()
        if not (room.contains(place) if fits else room.intersects(place)):
            return False
    return True


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
@pytest.mark.parametrize("size", [(1280, 800), (960, 640)])
def test_what_has_the_keyboard_is_in_sight(
    borrowed_window: MainWindow, let_turns_pass, size: tuple[int, int], key: Qt.Key
) -> None:
    window = borrowed_window
    window.resize(*size)
    form = window.training_panel
    form.show_more_settings(True)
    window.views.show_view("anomalies")
    let_turns_pass()
    reached: set[QWidget] = set()
    hidden = []
    for _ in range(MOST):
        QTest.keyClick(window.focusWidget(), key)
        now = window.focusWidget()
        if now in reached:
            break
        reached.add(now)
        if not is_in_sight(now):
            hidden.append(now.objectName())
    form.show_more_settings(False)
    assert {area.objectName() for each in reached for area in scrolled_with(each)} >= {"settingsScroll"}
    assert hidden == []


def test_a_press_of_the_mouse_scrolls_nothing(borrowed_window: MainWindow, let_turns_pass) -> None:
    window, form = borrowed_window, borrowed_window.training_panel
    form.show_more_settings(True)
    let_turns_pass()
    window.latent_map.view.setFocus()
    area, field = form.findChild(QScrollArea, "settingsScroll"), form.findChild(QWidget, "learning_rateField")
    bar, low = area.verticalScrollBar(), QPoint(20, field.height() - 6)
    bar.setValue(field.mapTo(area.widget(), field.rect().center()).y())
    before = bar.value()
    assert not is_in_sight(field)
    QTest.mousePress(field, Qt.MouseButton.LeftButton, pos=low)
    after = bar.value()
    QTest.mouseRelease(field, Qt.MouseButton.LeftButton, pos=low)
    form.show_more_settings(False)
    assert field.hasFocus()
    assert after == before, "or the button would come up over another place"


@pytest.mark.parametrize(
    ("name", "pressed"),
    [("map", "kind_vae"), ("map", "sketchRawCanvas"), ("reconstructions", "worstImages"), ("twins", "twinStripsPage")]
    + [("anomalies", "plainScore"), ("regularity", "nearestLayer")],
)
def test_tab_enters_buttons_in_a_row_at_the_one_that_is_down(
    borrowed_window: MainWindow, let_turns_pass, name: str, pressed: str
) -> None:
    window = borrowed_window
    window.views.show_view(name)
    let_turns_pass()
    button = next(each for each in window.findChildren(QAbstractButton, pressed) if each.isVisible())
    was = button.group().checkedButton()
    button.setChecked(True)
    reached = []
    for _ in range(MOST):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        reached.append(window.focusWidget())
    inside = {each.objectName() for each in reached if each in button.group().buttons()}
    was.setChecked(True)
    assert inside == {pressed}


@pytest.mark.parametrize("name", ["map", "manifold", "regularity"])
def test_a_screen_reader_hears_where_keys_take_the_pin(borrowed_window: MainWindow, let_turns_pass, name: str) -> None:
    def said(which: QAccessible.Text) -> str:
        return QAccessible.queryAccessibleInterface(window.focusWidget()).text(which)

    window = borrowed_window
    look = window.session.look
    window.views.show_view(name)
    look.set_code(np.array([0.5, -1.25], np.float32))
    let_turns_pass()
    assert "rrow keys move the" in said(QAccessible.Text.Name)
    assert said(QAccessible.Text.Description) == "Pinned: z1 is 0.50, z2 is −1.25."
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Right)
    let_turns_pass()
    x, y = look.pin.code
    assert x > 0.5 and said(QAccessible.Text.Description) == f"Pinned: z1 is {signed(x)}, z2 is {signed(y)}."


def test_it_hears_where_keys_take_a_twins_pin(borrowed_window: MainWindow, qtbot, let_turns_pass) -> None:
    window = borrowed_window
    window.views.show_view("twins")
    let_turns_pass()
    view = window.views.made("twins")
    map_ = view.maps["left"]
    qtbot.waitUntil(lambda: map_.marks.pinned is not None)
    before = map_.view.accessibleDescription()
    assert window.focusWidget() is map_.view
    QTest.keyClick(map_.view, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: map_.view.accessibleDescription() != before)
    x, y = map_.marks.pinned
    assert map_.view.accessibleDescription() == f"Pinned: z1 is {signed(x)}, z2 is {signed(y)}."
