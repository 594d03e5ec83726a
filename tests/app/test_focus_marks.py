"""Whoever uses the keyboard sees where it is: what has it looks otherwise than without, but not in a saved picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from app.background import Background
from app.main_window import MainWindow
from app.panels.axes.cards import Card
from app.panels.bar_chart import BarChart
from app.panels.chip import Chip
from app.panels.lessons.formula import TermView
from app.panels.rate.canvas import RateCanvas
from app.panels.twins.draws import TwinDraws
from app.phase import Phase
from models.config import RunConfig
from tests.app.conftest import made_ready, open_view
from tests.app.sweep_made_up import made_up
from tests.app.twin_hands import click

MOST = 200  # more than the window has
ROOM = 4  # pixels: two of the mark, two of paper
LISTED = {
    "map": {"mapPlane"},
    "manifold": {"manifoldSurface"},
    "reconstructions": {"reconstructionGrid"},
    "twins": {"twinPlaneLeft", "twinPlaneRight", "twinDraws"},
    "axes": {"parallelCanvas"},
    "regularity": {"regularitySurface", "drawnNumbers"},
    "denoising": {"denoisingGrid"},
    "sparsity": {"unitGrid", "excitingImages", "activationHistogram", "activeUnits"},
    "anomalies": {"suspects", "anomalyHistogram", "anomalyRoc"},
    "compression": {"compressionRows", "bitsPlot"},
}


def looks(widget: QWidget) -> QImage:
    return widget.grab().toImage()


@pytest.mark.parametrize("name", LISTED)
def test_tab_is_seen_to_come_to_what_is_drawn(borrowed_window: MainWindow, let_turns_pass, qtbot, name: str) -> None:
    window = borrowed_window
    window.views.show_view(name)
    if name == "twins":
        window.views.made(name).show_page("draws")
    let_turns_pass()
    qtbot.waitUntil(lambda: not any(each.busy for each in window.session.findChildren(Background)))
    let_turns_pass()
    unmarked, reached = set(), set()
    for _ in range(MOST):
        widget = window.focusWidget()
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        if widget.objectName() in LISTED[name] and widget is not window.focusWidget():
            without = looks(widget)
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            reached.add(widget.objectName())
            if looks(widget) == without:
                unmarked.add(widget.objectName())
            QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert (reached, unmarked) == (LISTED[name], set())


def test_the_map_is_marked_as_the_window_opens_until_the_mouse_takes_it(window: MainWindow, let_turns_pass) -> None:
    view = window.latent_map.view
    assert window.focusWidget() is view
    marked = looks(view)
    window.top_bar.lessons.setFocus()
    let_turns_pass()
    plain = looks(view)
    assert plain != marked
    QTest.mouseClick(view.viewport(), Qt.MouseButton.MiddleButton, pos=QPoint(5, 5))
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert looks(view) == plain


@pytest.mark.parametrize("make", [lambda: BarChart(False, lambda low, high, count: ""), RateCanvas])
def test_plots_are_marked_too(qtbot, make) -> None:
    chart, other = make(), QWidget()
    for widget in (other, chart):
        qtbot.addWidget(widget)
    chart.resize(300, 200)
    with qtbot.waitActive(chart):
        chart.show()
    chart.clearFocus()
    without = looks(chart)
    chart.setFocus()
    assert chart.hasFocus() and looks(chart) != without


def test_words_beside_the_rate_plot_leave_the_mark_its_room(qtbot) -> None:
    chart = RateCanvas()
    qtbot.addWidget(chart)
    chart.resize(400, 300)
    chart.show_results(made_up((2, 1.0, 0, 6.5, 138.0), (16, 1.0, 0, 24.0, 77.0)).done, "nats per image", True)
    picture = looks(chart)
    within = picture.rect().adjusted(3, 3, -3, -3)
    edge = (QPoint(x, y) for x in range(picture.width()) for y in range(picture.height()))
    assert len({picture.pixel(each) for each in edge if not within.contains(each)}) == 1, "nothing but paper"


PAINTED_WORDS = {
    "compression": {"bitsPlot": "left top right bottom", "compressionRows": "left foot"},
    "sparsity": {"activationHistogram": "left top right bottom", "activeUnits": "left top right bottom"},
    "anomalies": {"anomalyRoc": "left top bottom foot", "anomalyHistogram": "left bottom foot"},
}
"""By view: what paints words beside what it shows, and at which of its edges nothing else may stand."""


@pytest.mark.parametrize("name", PAINTED_WORDS)
def test_painted_words_leave_the_mark_its_room(borrowed_window: MainWindow, let_turns_pass, qtbot, name: str) -> None:
    window = borrowed_window
    window.resize(1280, 800)
    view = open_view(window, name)
    let_turns_pass()
    qtbot.waitUntil(lambda: not any(each.busy for each in window.session.findChildren(Background)))
    window.setFocus()
    for chart, edges in PAINTED_WORDS[name].items():
        picture = looks(view.findChild(QWidget, chart))
        wide, high = picture.width(), picture.height()
        strips = {
            "left": (0, 0, ROOM, high),
            "top": (0, 0, wide, ROOM),
            "right": (wide - ROOM, 0, ROOM, high),
            "bottom": (0, high - ROOM, wide, ROOM),
            "foot": (wide - ROOM, high - high // 6, ROOM, high // 6),  # of the right edge
        }
        paper = picture.pixel(ROOM // 2, high // 2)
        for edge in edges.split():
            strip = picture.copy(*strips[edge])
            places = ((x, y) for x in range(strip.width()) for y in range(strip.height()))
            assert {strip.pixel(*place) for place in places} == {paper}, f"{chart}: nothing but paper at its {edge}"


SAVED = ["map", "manifold", "reconstructions", "twins", "axes", "regularity", "denoising", "sparsity", "anomalies"]


@pytest.mark.parametrize("name", [*SAVED, "compression"])
def test_a_saved_picture_has_no_mark(
    borrowed_window: MainWindow, let_turns_pass, qtbot, tmp_path: Path, name: str
) -> None:
    window = borrowed_window
    window.views.show_view(name)
    let_turns_pass()
    qtbot.waitUntil(lambda: not any(each.busy for each in window.session.findChildren(Background)))
    let_turns_pass()
    view = window.views.made(name)
    window.focusWidget().setFocus(Qt.FocusReason.TabFocusReason)
    let_turns_pass()
    view.grab()  # on the screen the mark is there
    with_focus, without = tmp_path / "with.png", tmp_path / "without.png"
    view.save_picture_to(with_focus)
    window.top_bar.lessons.setFocus()
    let_turns_pass()
    view.save_picture_to(without)
    assert QImage(str(with_focus)) == QImage(str(without))


def reached(view: QWidget) -> list[QWidget]:
    """What Tab can reach of what is painted by hand in a picture: entries of legends, cards, terms and draws."""
    kinds = (Chip, Card, TermView, TwinDraws)
    return [each for each in view.findChildren(QWidget) if isinstance(each, kinds) and each.isVisible()]


@pytest.mark.parametrize("name", ["map", "axes", "twins", "lessons"])
def test_nor_has_it_one_around_what_tab_can_reach_in_it(
    borrowed_window: MainWindow, let_turns_pass, qtbot, tmp_path: Path, name: str
) -> None:
    window = borrowed_window
    window.views.show_view("map" if name == "lessons" else name)
    view = window.views.made("map" if name == "lessons" else name)
    if name == "lessons":
        window.lessons.toggle()
        view = window.lessons.panel
    elif name == "axes":
        next(each for each in view.tools.add.menu().actions() if each.text() == "Random").trigger()
    elif name == "twins":
        click(view, "twinDraw")
    let_turns_pass()
    qtbot.waitUntil(lambda: not any(each.busy for each in window.session.findChildren(Background)))
    let_turns_pass()
    save = view.save_page_to if name == "lessons" else view.save_picture_to
    found = reached(view)
    assert found
    for widget in (found[0], found[-1]):
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        assert widget.hasFocus()
        if isinstance(widget, TwinDraws):
            QTest.keyClick(widget, Qt.Key.Key_Right)
        else:
            let_turns_pass()
        save(tmp_path / "with.png")
        window.top_bar.lessons.setFocus()
        let_turns_pass()
        save(tmp_path / "without.png")
        assert QImage(str(tmp_path / "with.png")) == QImage(str(tmp_path / "without.png")), widget
    if name == "lessons":
        window.lessons.toggle()


@pytest.mark.parametrize(("name", "part"), [("reconstructions", "reconstructionGrid"), ("sparsity", "unitGrid")])
def test_what_is_pressed_with_the_mouse_has_no_mark_until_a_key_leads_there(
    window: MainWindow, let_turns_pass, qtbot, name: str, part: str
) -> None:
    window.views.show_view(name)
    let_turns_pass()
    qtbot.waitUntil(lambda: not any(each.busy for each in window.session.findChildren(Background)))
    widget = window.findChild(QWidget, part)
    window.top_bar.lessons.setFocus()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() - 2, 2))
    let_turns_pass()
    assert widget.hasFocus()
    pressed = looks(widget)
    widget.clearFocus()
    window.top_bar.lessons.setFocus()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    assert looks(widget) != pressed


SMALL = RunConfig(encoder=(16,), decoder=(16,), batch_size=25, epochs=2000)
LEFT = Qt.MouseButton.LeftButton


def begun_with_the_mouse(window: MainWindow, qtbot) -> None:
    window.training_panel.choose(SMALL, "cpu")
    QTest.mouseClick(window.training_panel.buttons.start, LEFT)
    phase = window.session.training
    qtbot.waitUntil(lambda: phase.phase is Phase.TRAINING and len(phase.history().steps) > 0, timeout=60_000)


def test_train_pressed_with_the_mouse_takes_the_mark_from_the_map(window: MainWindow, qtbot, let_turns_pass) -> None:
    made_ready(qtbot, window)
    assert window.focusWidget() is window.latent_map.view and window.latent_map.marks.focused
    begun_with_the_mouse(window, qtbot)
    assert window.focusWidget() is window.latent_map.view and not window.latent_map.marks.focused
    window.session.training.stop()
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.IDLE, timeout=60_000)


def test_no_button_gets_the_keyboard_from_what_the_mouse_has_pressed(window: MainWindow, qtbot) -> None:
    made_ready(qtbot, window)
    QTest.mouseClick(window.training_panel.form.fields["seed"].editor, LEFT)
    QTest.mouseClick(window.training_panel.form.fields["encoder"].editor, LEFT)
    begun_with_the_mouse(window, qtbot)
    assert window.focusWidget() is window.training_panel
    QTest.mouseClick(window.training_panel.buttons.stop, LEFT)
    keep = window.message_bar.findChild(QPushButton, "messageAction")
    qtbot.waitUntil(lambda: keep.isVisible() and keep.text() == "Keep it", timeout=60_000)
    QTest.mouseClick(keep, LEFT)
    assert window.focusWidget() is window.message_bar
    qtbot.waitUntil(lambda: window.message_bar.messages[-1].text.startswith("Kept as"), timeout=60_000)


def test_who_trains_with_keys_is_at_pause(window: MainWindow, qtbot) -> None:
    made_ready(qtbot, window)
    window.training_panel.choose(SMALL, "cpu")
    window.training_panel.buttons.start.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.TRAINING, timeout=60_000)
    assert window.focusWidget() is window.training_panel.buttons.pause
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert window.session.training.phase is Phase.PAUSED
    window.session.training.stop()
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.IDLE, timeout=60_000)
