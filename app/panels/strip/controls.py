"""The left column of the strip: how many steps, which way, play, swap, the lower row, and what can be saved."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.panels.describing import describe
from app.panels.quiet import QuietComboBox, QuietSpinBox
from app.panels.titled import TITLE_ROW, tight

FEWEST, MOST = 3, 25
SHAPES = {"straight": "Straight", "sphere": "Spherical"}
SHAPE_TIP = (
    "Straight: the codes lie evenly on the line from A to B (linear interpolation). Spherical: they follow "
    "the great circle and their length changes evenly (slerp); in many dimensions a VAE's codes lie there."
)


class StripControls(QWidget):
    """The strip's title and settings; it only tells what was asked for."""

    steps_changed = Signal(int)
    shape_changed = Signal(str)
    blend_toggled = Signal(bool)
    swap_requested = Signal()
    play_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_widgets()
        title = QLabel("Interpolation", self)
        title.setToolTip("The images on the way from A to B: each is decoded from a code between theirs.")
        theme.set_role(title, "title")
        column = tight(QVBoxLayout(self), theme.GAP // 2)
        column.addLayout(_row(title, None, self.play, self.swap, self.export))
        column.addLayout(_row(self.steps, self.shape))
        column.addWidget(self.blend)
        column.addStretch(1)

    def show_playing(self, playing: bool) -> None:
        """Let the button play or pause."""
        self.play.setIcon(theme.icon("pause" if playing else "play"))
        self.play.setAccessibleName("Pause the strip" if playing else "Play the strip")
        self.play.setToolTip("Pause" if playing else "Play there and back again (Space, after a click on the images)")

    def show_filled(self, filled: bool) -> None:
        """Allow what needs images."""
        for button in (self.play, self.export):
            button.setEnabled(filled)

    def _make_widgets(self) -> None:
        self.play = _tool("play", "Play the strip", "playStrip")
        self.play.clicked.connect(self.play_requested)
        self.show_playing(False)
        self.swap = _tool("swap", "Swap A and B", "swapEnds")
        self.swap.clicked.connect(self.swap_requested)
        self.export = _tool("export", "Save or copy the strip", "exportStrip")
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.export)
        self.save_png = QAction(theme.icon("image"), "Save picture (PNG)…", self.menu)
        self.save_gif = QAction(theme.icon("image"), "Save animation (GIF)…", self.menu)
        self.copy_picture = QAction(theme.icon("copy"), "Copy picture", self.menu)
        self.menu.addActions([self.copy_picture, self.save_png, self.save_gif])
        self.export.setMenu(self.menu)
        self.steps = QuietSpinBox()
        self.steps.setObjectName("stripSteps")
        self.steps.setLocale(QLocale.c())  # all other numbers of the window have these digits
        self.steps.setRange(FEWEST, MOST)
        self.steps.setValue(10)
        self.steps.setSuffix(" steps")
        self.steps.lineEdit().setTextMargins(4, 0, 0, 0)  # Qt leaves out the style sheet's left padding
        self.steps.setAccessibleName("Steps from A to B")
        self.steps.setToolTip(f"How many images from A to B, both included ({FEWEST} to {MOST})")
        self.steps.valueChanged.connect(self.steps_changed)
        self.shape = describe(QuietComboBox(), "Shape of the path", SHAPE_TIP, "stripShape")
        for shape, words in SHAPES.items():
            self.shape.addItem(words, shape)
        self.shape.currentIndexChanged.connect(lambda index: self.shape_changed.emit(self.shape.itemData(index)))
        self.blend = QCheckBox("Compare with pixel blend")
        self.blend.setObjectName("showBlend")
        self.blend.setChecked(True)
        self.blend.setToolTip("The lower row fades the pixels of A into those of B, with no network between.")
        self.blend.toggled.connect(self.blend_toggled)


def _tool(icon: str, name: str, object_name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(16, 16))
    button.setObjectName(object_name)
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button


def _row(*widgets: QWidget | None) -> QHBoxLayout:
    """Widgets side by side in the height of a title row; None is a stretch."""
    row = QHBoxLayout()
    row.setSpacing(theme.GAP // 2)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    row.addStrut(TITLE_ROW)
    return row
