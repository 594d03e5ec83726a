"""An entry of a legend that is clicked on twice."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from app.panels.chip import Chip

LEFT = Qt.MouseButton.LeftButton


def test_a_double_click_that_began_on_something_else_shows_nothing_alone(qtbot) -> None:
    """Two clicks on a lesson's Train: the loss plot came under the second, and hid all curves but one line."""
    around, asked = QWidget(), []
    around.resize(300, 240)
    qtbot.addWidget(around)
    chip, train = Chip("floor", "#808080", "dashes"), QPushButton("Train")
    for each in (chip, train):
        each.setParent(around)
        each.resize(100, 24)
    chip.alone_requested.connect(lambda: asked.append(chip))
    train.clicked.connect(train.hide)
    around.show()
    qtbot.waitExposed(around)
    QTest.mouseDClick(around.windowHandle(), LEFT, pos=QPoint(20, 12))
    assert not train.isVisible() and not asked and chip.isChecked()
    QTest.mouseDClick(around.windowHandle(), LEFT, pos=QPoint(20, 12))
    assert asked == [chip]
    QTest.mouseMove(around.windowHandle(), QPoint(20, 200))
    train.show()
    QTest.mouseDClick(around.windowHandle(), LEFT, pos=QPoint(20, 12))
    assert asked == [chip], "nor long after a click of its own"
