"""What can be added to the parallel axes: held-out images, example sketches that no network has seen, the own one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from app import theme
from app.naming import with_article
from app.panels.describing import describe
from app.panels.digit_image import grey_image
from app.panels.draw.examples import ink_of, load_examples
from app.panels.titled import tight

RANDOM_TIP = "Add a held-out image at random"
PICKED_TIP = "Add the held-out image whose code is pinned (on the map, or among the reconstructions)"
NO_PICK = "The pinned code is that of no held-out image: click on a point of the map."
DRAWING_TIP = "Add your sketch; its line follows the pen"
NO_DRAWING = "Nothing is drawn yet: draw something on the canvas."
SKETCH_TIP = "Add an example sketch, which no network has seen"
NARROW = 480
AROUND = 4 * theme.GAP  # pixels of the view beside the row of buttons
PICTURE = 28


class ParallelTools(QWidget):
    """A row of buttons; what they do is told by signals."""

    random_wanted = Signal()
    picked_wanted = Signal()
    drawing_wanted = Signal()
    sketch_wanted = Signal(str, str, int, object)
    """name, what it shows, its class or -1, ink (H, W)"""
    sorting_wanted = Signal(bool)
    twin_wanted = Signal(bool)
    twins_wanted = Signal()
    """the view in which a twin is to be had"""

    def __init__(self) -> None:
        super().__init__()
        self._room = NARROW
        self._add = QLabel("Add")
        theme.set_role(self._add, "muted")
        self.random = self._button("Random", RANDOM_TIP, "addRandomLine")
        self.picked = self._button("Pinned", PICKED_TIP, "addPickedLine")
        self.drawing = self._button("My sketch", DRAWING_TIP, "addDrawingLine")
        self.sketch = describe(QToolButton(), SKETCH_TIP, SKETCH_TIP, "addSketchLine")
        self.sketch.setText("Examples")
        self.sketch.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sketch.setMenu(QMenu(self.sketch))
        self.add = describe(QToolButton(), "Add an image", "Add an image, whose code becomes a line", "addLine")
        self.add.setText("Add")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setMenu(QMenu(self.add))
        self.add.hide()
        self.sorting = self._button("By KL", "", "sortAxes", checkable=True)
        self.twin = self._button("Show AE", "", "showTwin", checkable=True)
        self.twins = self._button("Twins…", "", "axesTwins")
        self.twins.hide()
        self.random.clicked.connect(self.random_wanted)
        self.picked.clicked.connect(self.picked_wanted)
        self.drawing.clicked.connect(self.drawing_wanted)
        self.sorting.clicked.connect(self.sorting_wanted)
        self.twin.clicked.connect(self.twin_wanted)
        self.twins.clicked.connect(self.twins_wanted)
        self._wide = (self._add, self.random, self.picked, self.drawing, self.sketch)
        self._make_menus()
        row = tight(QHBoxLayout(self), theme.GAP // 2)
        for widget in (self.add, *self._wide):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.sorting)
        row.addWidget(self.twin)
        row.addWidget(self.twins)
        self.show_sources(False, False)

    def show_sources(self, pinned: bool, drawn: bool) -> None:
        """Say whether the pinned code belongs to an image, and whether something is drawn."""
        for button, there, tip, why in (
            (self.picked, pinned, PICKED_TIP, NO_PICK),
            (self.drawing, drawn, DRAWING_TIP, NO_DRAWING),
        ):
            button.setEnabled(there)
            button.setToolTip(tip if there else why)

    def show_sorting(self, is_sorted: bool, has_divergence: bool) -> None:
        """Say whether the axes stand by what they carry, and what that is: KL or variance."""
        measure = "KL" if has_divergence else "variance"
        self.sorting.setText(f"By {measure}")
        tip = f"Let the axes stand by their {measure}, the largest first; otherwise by their numbers"
        describe(self.sorting, f"Order the axes by {measure}", tip)
        self.sorting.setChecked(is_sorted)
        self.fit_into(self._room)

    def show_twin_offer(self, words: str, there: bool, why: str, twins_help: bool) -> None:
        """Name the other kind of network, and say whether and why it can be laid over or not.

        Where the Twins view would help, the button to it stands instead.
        """
        describe(self.twin, words, why)
        describe(self.twins, "Open the Twins view", why)
        self.twin.setVisible(not twins_help)
        self.twins.setVisible(twins_help)
        self.twin.setText(words)
        self.twin.setEnabled(there)
        self.fit_into(self._room)

    def fit_into(self, width: int) -> None:
        """In a view so narrow that words would be cut one menu stands for the buttons that add."""
        self._room = width
        others = [each for each in (self.sorting, self.twin, self.twins) if not each.isHidden()]
        needed = AROUND
        for each in (*self._wide, *others):
            each.ensurePolished()
            needed += each.sizeHint().width() + theme.GAP // 2
        fits = width >= max(NARROW, needed)
        for widget in self._wide:
            widget.setVisible(fits)
        self.add.setVisible(not fits)

    def _make_menus(self) -> None:
        menu = self.add.menu()
        for words, button in (("Random", self.random), ("Pinned", self.picked), ("My sketch", self.drawing)):
            action = menu.addAction(words, button.click)
            menu.aboutToShow.connect(lambda action=action, button=button: action.setEnabled(button.isEnabled()))
        self.sketch.menu().setTitle("Examples")
        menu.addMenu(self.sketch.menu())
        self.sketch.menu().aboutToShow.connect(self._fill_menu)

    def _fill_menu(self) -> None:
        menu = self.sketch.menu()
        if not menu.isEmpty():
            return
        for example in load_examples():
            ink = ink_of(example)
            label = int(example.title) if example.is_digit else -1
            title = with_article(example.title)
            action = menu.addAction(_icon(ink), title[0].upper() + title[1:])  # its other capitals stay
            told = (example.name, title, label, ink)
            action.triggered.connect(lambda _=False, told=told: self.sketch_wanted.emit(*told))

    @staticmethod
    def _button(words: str, tip: str, name: str, checkable: bool = False) -> QPushButton:
        button = describe(QPushButton(words), tip or words, tip, name)
        theme.set_role(button, "quiet")
        button.setCheckable(checkable)
        return button


def _icon(ink: object) -> QIcon:
    picture: QImage = grey_image(ink)  # type: ignore[arg-type]
    side = QSize(PICTURE, PICTURE)
    smooth = Qt.TransformationMode.SmoothTransformation
    return QIcon(QPixmap.fromImage(picture.scaled(side, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)))
