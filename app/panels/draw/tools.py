"""The small tools at the title of the drawing panel: undo, redo, eraser, clear, brush size, examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.keys import called_here
from app.naming import with_article
from app.panels.describing import describe
from app.panels.digit_image import grey_image
from app.panels.draw.examples import Example, ink_of
from app.panels.draw.sheet import LARGEST_BRUSH, SMALLEST_BRUSH, Sheet
from app.panels.titled import tight

TOOL = 26
THUMB = 44
COLUMNS = 5
SLIDER_STEPS = 1000  # thousandths of the canvas


class SketchTools(QWidget):
    """Buttons and a slider that work on one sheet and mirror it."""

    def __init__(self, sheet: Sheet) -> None:
        """Connect the tools with the sheet."""
        super().__init__()
        self.undo = tool("undo", "Undo", called_here("Take the last stroke back (Ctrl+Z)"), sheet.undo)
        self.redo = tool("redo", "Redo", called_here("Bring the stroke back (Ctrl+Shift+Z)"), sheet.redo)
        self.eraser = tool("eraser", "Eraser", "Rub out instead of drawing (E, or the right mouse button)")
        self.clear = tool("clear", "Clear the canvas", "Clear the canvas (Delete); can be undone", sheet.clear)
        self.brush = QSlider(Qt.Orientation.Horizontal)
        self.eraser.setCheckable(True)
        self.eraser.toggled.connect(sheet.set_eraser)
        sheet.eraser_changed.connect(self.eraser.setChecked)
        sheet.history_changed.connect(self._show_history)
        self._show_history(False, False)
        self._set_up_brush(sheet)
        row = tight(QHBoxLayout(self), 0)
        for widget in (self.undo, self.redo, self.eraser, self.clear, self.brush):
            row.addWidget(widget)

    def _set_up_brush(self, sheet: Sheet) -> None:
        self.brush.setRange(round(SMALLEST_BRUSH * SLIDER_STEPS), round(LARGEST_BRUSH * SLIDER_STEPS))
        self.brush.setValue(round(sheet.brush() * SLIDER_STEPS))
        self.brush.setPageStep(20)
        self.brush.setMinimumWidth(40)
        self.brush.setMaximumWidth(96)
        describe(self.brush, "Brush size", "Brush size ([ and ] on the canvas)", "sketchBrush")
        self.brush.valueChanged.connect(lambda value: sheet.set_brush(value / SLIDER_STEPS))
        sheet.brush_changed.connect(self._show_brush)

    def _show_brush(self, diameter: float) -> None:
        self.brush.blockSignals(True)  # the slider's steps are coarser than the brush
        self.brush.setValue(round(diameter * SLIDER_STEPS))
        self.brush.blockSignals(False)

    def _show_history(self, can_undo: bool, can_redo: bool) -> None:
        self.undo.setEnabled(can_undo)
        self.redo.setEnabled(can_redo)


class ExamplePicker(QFrame):
    """A small sheet of thumbnails that opens below its button; one click draws the example."""

    chosen = Signal(object)  # Example

    def __init__(self, examples: Sequence[Example], parent: QWidget | None = None) -> None:
        """Lay the digits out first, and the things that no network has seen below them."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.buttons: list[QToolButton] = []
        self._grid = QButtonGroup(self)  # in a group, the arrow keys go by what lies above, below and beside
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(4)
        for title, digits in (("Digits", True), ("Never seen in training", False)):
            label = QLabel(title)
            theme.set_role(label, "title")
            column.addWidget(label)
            grid = QGridLayout()
            grid.setSpacing(4)
            grid.setColumnStretch(COLUMNS, 1)
            for place, example in enumerate(e for e in examples if e.is_digit == digits):
                grid.addWidget(self._button(example), place // COLUMNS, place % COLUMNS)
            column.addLayout(grid)

    def _button(self, example: Example) -> QToolButton:
        words = f"Draw {with_article(example.title)}"
        button = describe(QToolButton(), words, words, f"example-{example.name}")
        picture = grey_image(ink_of(example)).scaled(
            2 * THUMB, 2 * THUMB, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        picture.setDevicePixelRatio(2.0)
        button.setIcon(QIcon(QPixmap.fromImage(picture)))
        button.setIconSize(QSize(THUMB, THUMB))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self._choose(example))
        self.buttons.append(button)
        self._grid.addButton(button)
        return button

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter draws the focused example, as Space does; Escape closes."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            for button in self.buttons:
                if button.hasFocus():
                    button.click()
                    return
        super().keyPressEvent(event)

    def _choose(self, example: Example) -> None:
        self.close()
        self.chosen.emit(example)

    def open_below(self, button: QWidget) -> None:
        """Open with its right edge at the button's, inside the screen, the first thumbnail focused."""
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + 4))
        screen = button.screen().availableGeometry()
        x = min(max(corner.x(), screen.left()), screen.right() - self.width())
        above = corner.y() - self.height() - button.height() - 8
        y = corner.y() if corner.y() + self.height() <= screen.bottom() else above
        self.move(x, max(y, screen.top()))
        self.show()
        if self.buttons:
            self.buttons[0].setFocus(Qt.FocusReason.PopupFocusReason)


def tool(icon: str, name: str, tip: str, slot: Callable[[], None] | None = None) -> QToolButton:
    """Build a small flat button with an icon of the theme."""
    button = describe(QToolButton(), name, tip, f"sketch{name.split()[0]}")
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(16, 16))
    button.setFixedSize(TOOL, TOOL)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if slot is not None:
        button.clicked.connect(slot)
    return button
