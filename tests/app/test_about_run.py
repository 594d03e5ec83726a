"""The line about a run: its buttons stand behind the sentence where there is room, else below it, and are never cut."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from app.panels.about_run import AboutRun

SENTENCE = "This network was trained on clean images: it has not learned to remove damage."


@pytest.mark.parametrize(("width", "beside"), [(600, True), (320, False)])
def test_buttons_leave_the_sentence_its_room(qtbot, width: int, beside: bool) -> None:
    first, second = QPushButton("Open the denoising run"), QPushButton("Train with this")
    line = AboutRun("about", first, second)
    qtbot.addWidget(line)
    line.say(SENTENCE)
    line.resize(width, 120)
    line.show()
    words = line.findChild(QLabel, "about")
    assert words is not None
    qtbot.waitUntil(lambda: (words.geometry().bottom() < first.y()) is not beside)
    assert (words.geometry().right() < first.x()) is beside
    assert words.width() >= 160
    for button in (first, second):
        assert button.width() >= button.sizeHint().width()


def test_they_come_up_again_when_one_of_them_goes(qtbot) -> None:
    first, second = QPushButton("Open the denoising run"), QPushButton("Train with this")
    line = AboutRun("about", first, second)
    qtbot.addWidget(line)
    line.say(SENTENCE)
    line.resize(320, 120)
    line.show()
    words = line.findChild(QLabel, "about")
    assert words is not None
    qtbot.waitUntil(lambda: words.geometry().bottom() < second.y())
    first.hide()
    qtbot.waitUntil(lambda: words.geometry().right() < second.x())
