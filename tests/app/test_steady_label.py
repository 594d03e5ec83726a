"""A label that changes often against the layout around it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.panels.steady_label import SteadyLabel


class Layouts(QObject):
    """Counts how often a widget was asked to lay itself out anew."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def test_only_a_wider_or_a_much_shorter_text_has_the_window_laid_out_anew(qtbot, let_turns_pass) -> None:
    window, label, layouts = QWidget(), SteadyLabel(), Layouts()
    row = QHBoxLayout(window)
    row.addWidget(label)
    row.addStretch()
    qtbot.addWidget(window)
    window.show()
    label.setText("17,400 images/s")
    let_turns_pass()
    window.installEventFilter(layouts)
    wide = label.width()
    label.setText("11,111 images/s")
    let_turns_pass()
    assert (layouts.count, label.width(), label.text()) == (0, wide, "11,111 images/s")
    label.setText("117,400 images/s and more")
    let_turns_pass()
    assert layouts.count > 0 and label.width() > wide
    label.setText("9 images/s")
    let_turns_pass()
    assert label.width() < wide, "its room is given back"
