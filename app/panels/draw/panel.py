"""The drawing panel: a canvas, what the network makes of the sketch, and what may be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton

from app import theme
from app.panels.describing import describe
from app.panels.draw.examples import Example, Replay, load_examples
from app.panels.draw.findings import SketchFindings
from app.panels.draw.noise import NoiseButton
from app.panels.draw.pad import Sketchpad
from app.panels.draw.stage import LOWEST, SketchStage
from app.panels.draw.tools import TOOL, ExamplePicker, SketchTools
from app.panels.segments import Segments, write_segment
from app.panels.titled import TITLE_ROW, Titled
from app.seen.denoised import Damage
from app.seen.sketch import SketchReading

NARROWEST = 320
WIDE = 520  # from this width on the buttons bear their full words
LEAST_ABOVE = 112  # pixels of a canvas that has the findings below it
USE_AS = 366  # from this width on there is room for what A and B are

EXAMPLES_TIP = "Ten digits and three things that no network here has seen, drawn for you"
MNIST_TIP = (
    "MNIST's format: the sketch is cut out, brought to 20 pixels and centred by its mass,\nas every image of MNIST was"
)
RAW_TIP = "Raw canvas: shrunk to 28x28 just as it stands. See how the network loses its way with size and place"


class SketchPanel(Titled):
    """Signals out, `show_reading` and `clear_reading` in; knows nothing of networks."""

    sketched = Signal(object)  # (H, W) uint8, 255 is ink; at most 80 times a second
    cleared = Signal()  # the canvas has become blank
    format_changed = Signal(bool)  # True: MNIST's format, False: the raw canvas
    end_requested = Signal(str)  # use the sketch as the strip's end "A" or "B"
    failed = Signal(str)  # one sentence about a dropped or pasted picture
    brush_size_changed = Signal(float)  # percent of the canvas
    noisy_chosen = Signal(bool)  # whether the network is to see it with noise
    noise_chosen = Signal(str, float)  # kind and level
    noise_wanted = Signal()  # other noise of the same kind

    def __init__(self) -> None:
        """Begin with a blank canvas and MNIST's format."""
        super().__init__("Draw")
        self.pad = Sketchpad()
        self.tool_row = SketchTools(self.pad.sheet)
        self.stage = SketchStage(self.pad)
        self.findings = SketchFindings()
        self._replay = Replay(self.pad.sheet, self)
        self._picker: ExamplePicker | None = None
        self._examples = describe(QToolButton(), "Example sketches", EXAMPLES_TIP, "sketchExamples")
        self._examples.setText("Examples")
        self._examples.setIcon(theme.icon("chevron-down"))
        self._examples.setIconSize(QSize(12, 12))
        self._examples.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._examples.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._examples.setFixedSize(self._examples.fontMetrics().horizontalAdvance("Examples") + 30, TOOL)
        self._examples.clicked.connect(self.open_examples)
        self.tools.addWidget(self.tool_row)
        self.tools.addWidget(self._examples)
        self.body.setSpacing(theme.GAP - 2)
        self.body.addWidget(self.stage, 1)
        self.body.addWidget(self.findings)
        self._row = self._actions()
        self.body.addLayout(self._row)
        self.body.addStretch(0)
        self.pad.sketched.connect(self.sketched)
        self.pad.cleared.connect(self._become_blank)
        self.pad.failed.connect(self.failed)
        self.pad.sheet.brush_changed.connect(lambda diameter: self.brush_size_changed.emit(100 * diameter))
        self.pad.touched.connect(self._replay.stop)
        self.clear_reading()

    def _actions(self) -> QHBoxLayout:
        name = "Bring the sketch to MNIST's format"
        self._mnist = describe(QPushButton(), name, MNIST_TIP, "sketchMnistFormat")
        self._raw = describe(QPushButton(), "Take the raw canvas", RAW_TIP, "sketchRawCanvas")
        formats = Segments([self._mnist, self._raw])
        self._mnist.toggled.connect(self.format_changed)
        self.noise = NoiseButton()
        self.noise.sheet.noisy_chosen.connect(self.noisy_chosen)
        self.noise.sheet.chosen.connect(self.noise_chosen)
        self.noise.sheet.dice_thrown.connect(self.noise_wanted)
        self._use = QLabel("Use as")
        theme.set_role(self._use, "muted")
        self._end_a, self._end_b = (self._end_button(end) for end in "AB")
        row = QHBoxLayout()
        row.setSpacing(theme.GAP // 2)
        row.addWidget(formats)
        row.addWidget(self.noise)
        row.addStretch(1)
        row.addWidget(self._use)
        row.addWidget(self._end_a)
        row.addWidget(self._end_b)
        return row

    def _end_button(self, end: str) -> QPushButton:
        tip = f"Let the strip {'begin' if end == 'A' else 'end'} at this sketch"
        button = describe(QPushButton(), f"Use the sketch as {end}", tip, f"sketchUseAs{end}")
        button.clicked.connect(lambda: self.end_requested.emit(end))
        return button

    def show_reading(self, reading: SketchReading) -> None:
        """Show what the network makes of the sketch; ignored when the canvas is already blank again."""
        if self.pad.sheet.is_blank():
            return
        self.stage.show_reading(reading)
        self.findings.show_reading(reading)
        self._end_a.setEnabled(True)
        self._end_b.setEnabled(True)

    def clear_reading(self) -> None:
        """Empty all that was read."""
        self.stage.clear_reading()
        self.findings.clear_reading()
        self._end_a.setEnabled(False)
        self._end_b.setEnabled(False)

    def show_noise(self, noisy: bool, noise: Damage) -> None:
        """Show whether the network sees the sketch with noise, and with which."""
        self.noise.show_noise(noisy, noise)

    def show_brush_size(self, percent: float) -> None:
        """Set the brush's diameter in percent of the canvas, for instance as it was when the window was last closed."""
        self.pad.sheet.set_brush(percent / 100)

    def play_example(self, example: Example, instant: bool = False) -> None:
        """Draw an example onto the canvas, animated unless `instant`."""
        self._replay.start(example, instant)
        self.pad.setFocus()

    def open_examples(self) -> None:
        """Open the example picker below its button."""
        if self._picker is None:
            self._picker = ExamplePicker(load_examples(), self)
            self._picker.chosen.connect(self.play_example)
        self._picker.open_below(self._examples)

    def minimumSizeHint(self) -> QSize:
        """Return the least size: with the short words on the buttons, and with the findings beside the canvas."""
        return QSize(NARROWEST, self._around() + LOWEST)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """N switches the noise on and off."""
        if event.key() == Qt.Key.Key_N and not event.modifiers():
            self.noise.sheet.noisy.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write full words on the buttons where there is room; where it is low, findings stand beside the canvas."""
        super().resizeEvent(event)
        below = self.findings.height_below(self.stage.width()) + self.body.spacing()
        self._lay_findings(beside=self.height() < self._around() + LEAST_ABOVE + below)
        wide = self.width() >= WIDE
        write_segment(self._mnist, "MNIST's format" if wide else "MNIST")
        write_segment(self._raw, "Raw canvas" if wide else "Raw")
        self._use.setVisible(not wide and self.width() >= USE_AS)
        self._end_a.setText("Use as A" if wide else "A")
        self._end_b.setText("Use as B" if wide else "B")

    def _around(self) -> int:
        """The height of all but canvas and findings."""
        whole = self.layout()
        assert whole is not None
        edges = self.contentsMargins() + whole.contentsMargins()
        frame = edges.top() + edges.bottom() + TITLE_ROW + whole.spacing()
        return frame + self.body.spacing() + self._row.sizeHint().height()

    def _lay_findings(self, beside: bool) -> None:
        if beside == (self.findings.parent() is self.stage):
            return
        if beside:
            self.body.removeWidget(self.findings)
        self.findings.show_as_column(beside)
        self.stage.lay_beside(self.findings if beside else None)
        if not beside:
            self.body.insertWidget(1, self.findings)

    def _become_blank(self) -> None:
        self.clear_reading()
        self.cleared.emit()
