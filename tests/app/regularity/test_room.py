"""The sheet in its room: what scrolls, and what need not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel, QScrollArea

from app.main_window import MainWindow
from tests.app.conftest import made_ready
from tests.app.regularity.conftest import regularity, wait


def shown(qtbot, window: MainWindow, width: int, height: int):  # type: ignore[no-untyped-def]
    window.resize(width, height)
    window.views.show_view("regularity")
    wait(qtbot, window)
    QApplication.processEvents()
    return regularity(window).scrolling


def test_without_a_posterior_nothing_is_kept_free_for_one(
    qtbot, make_window: Callable[..., MainWindow], ae4_file: Path
) -> None:
    scrolling = shown(qtbot, made_ready(qtbot, make_window(ae4_file)), 1280, 800)
    assert not scrolling.verticalScrollBar().isVisible()
    assert not scrolling.horizontalScrollBar().isVisible()
    assert scrolling.widget().size() == scrolling.viewport().size()


def test_a_low_window_scrolls_up_and_down_only(qtbot, make_window: Callable[..., MainWindow], vae_file: Path) -> None:
    scrolling = shown(qtbot, made_ready(qtbot, make_window(vae_file)), 1280, 640)
    down, across = scrolling.verticalScrollBar(), scrolling.horizontalScrollBar()
    assert down.isVisible() and down.maximum() > 0
    assert not across.isVisible() and scrolling.widget().width() == scrolling.viewport().width()
    scrolling.window().resize(1280, 900)
    QApplication.processEvents()
    assert not down.isVisible() and scrolling.widget().size() == scrolling.viewport().size()


def test_the_numbers_of_a_draw_are_seen_to_their_ends(
    qtbot, make_window: Callable[..., MainWindow], vae_file: Path
) -> None:
    """In a low window a bar stood over eps."""
    window = made_ready(qtbot, make_window(vae_file))
    shown(qtbot, window, 1366, 749)
    draws = regularity(window).draws
    area = draws.findChild(QScrollArea, "drawnNumbers")
    qtbot.waitUntil(lambda: draws.posterior is not None and area.viewport().height() >= draws.formula.height())
    assert not area.verticalScrollBar().isVisible() and draws.formula.sizeHint().width() <= area.viewport().width()


def test_in_the_smallest_window_no_figure_lies_over_another(
    qtbot, make_window: Callable[..., MainWindow], ae4_file: Path
) -> None:
    window = made_ready(qtbot, make_window(ae4_file))
    scrolling = shown(qtbot, window, *window.minimumSize().toTuple())
    assert scrolling.verticalScrollBar().isVisible()
    figures = regularity(window).figures

    def laid() -> list[QLabel]:
        labels = [each for each in figures.findChildren(QLabel) if each.text() and each.isVisible()]
        return sorted(labels, key=lambda each: each.y())

    def apart(above: QLabel, below: QLabel) -> bool:
        return below.y() == above.y() or below.y() >= above.geometry().bottom()

    def all_are_whole() -> bool:
        return all(each.height() >= each.heightForWidth(each.width()) for each in laid())

    # The run beside it may be measured only now: then the note has a line more, and the sheet is as high a turn later.
    qtbot.waitUntil(lambda: all_are_whole() and all(apart(*pair) for pair in itertools.pairwise(laid())))
    assert len({each.y() for each in laid()}) > 8, "a line each"
