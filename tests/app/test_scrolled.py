"""An area that scrolls: its sheet settles, also where pictures are lower in less width and a bar takes width."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.panels.scrolled import FocusInSight, ScrollArea, scrolled


class Square(QWidget):
    """As high as it is wide; remembers its widths."""

    def __init__(self) -> None:
        super().__init__()
        self.widths: list[int] = []

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.widths.append(self.width())
        self.setFixedHeight(self.width())


@pytest.fixture
def area(qtbot) -> Iterator[ScrollArea]:
    """Of 300 x 400, around a square above words that take two lines or three."""
    sheet = QWidget()
    words = QLabel("Some words that take more than one line in this width, and another one in less of it.")
    words.setWordWrap(True)
    column = QVBoxLayout(sheet)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(Square())
    column.addWidget(words)
    made = scrolled(sheet)
    qtbot.addWidget(made)
    made.resize(300, 400)
    made.show()
    yield made


def settled(area: ScrollArea) -> Square:
    """The area's square, after all that was to happen has happened."""
    for _ in range(20):
        QApplication.processEvents()
    found = area.widget().findChild(Square)
    assert isinstance(found, Square)
    return found


def test_where_all_has_its_room_the_sheet_has_the_whole_width(area: ScrollArea) -> None:
    assert settled(area).width() == 300
    assert not area.verticalScrollBar().isVisible()


@pytest.mark.parametrize("height", range(296, 360, 4))
def test_a_bar_that_less_width_makes_needless_does_not_come_and_go(area: ScrollArea, height: int) -> None:
    """Qt's own area may show and hide it until the process ends."""
    settled(area)
    area.resize(300, height)
    square = settled(area)
    before = len(square.widths)
    assert len(settled(area).widths) == before, "it has settled"
    sheet, bar = area.widget(), area.verticalScrollBar().sizeHint().width()
    assert sheet.width() in (300, 300 - bar)
    assert sheet.height() >= area.viewport().height()
    assert sheet.height() >= square.height() + 2 * sheet.fontMetrics().height() - 4, "nothing is squeezed"
    area.resize(300, 400)
    assert settled(area).width() == 300, "with more room it is as wide as it was"


def test_a_bar_goes_with_what_it_came_for_however_often(qtbot, area: ScrollArea) -> None:
    """A line that tells what is being measured comes and goes; after the third time the bar had stayed for good."""
    more = QLabel("More\nand more")
    more.hide()
    area.widget().layout().addWidget(more)
    area.resize(300, 360)
    for _ in range(5):
        more.show()
        assert settled(area).width() < 300 and area.verticalScrollBar().isVisible()
        more.hide()
        assert settled(area).width() == 300 and not area.verticalScrollBar().isVisible()
        qtbot.waitUntil(lambda: area._given_back == 0)  # it has stayed free


def test_the_keyboard_may_come_to_what_lies_beside_the_sheet(qtbot, qtlog) -> None:
    room = QWidget()
    area, other = QScrollArea(room), QPushButton("Other", room)
    area.setWidget(QLabel("The sheet"))
    offer = QPushButton("Fit", area)
    qtbot.addWidget(room)
    FocusInSight(room)
    with qtbot.waitActive(room):
        room.show()
    other.setFocus()
    offer.setFocus()
    assert offer.hasFocus() and [each.message for each in qtlog.records if "mapTo" in each.message] == []
