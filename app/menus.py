"""The menu bar: every action of the window in words, with its shortcut."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QFrame,
    QMainWindow,
    QMenu,
    QMenuBar,
    QMessageBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app import __version__, theme
from app.keys import called_here

Value = TypeVar("Value")

HELP = """<h3>Looking</h3>
<p>Move over the map to see what each place decodes to. <b>Click</b> to pin a place or a point, <b>drag</b> to decode
along the way. Turn the wheel to zoom, drag with the right or middle button to move the map.</p>
<p>On the map: arrow keys move the pin, <b>+</b> and <b>&minus;</b> zoom, <b>F</b> fits, <b>0</b> to <b>9</b> hide and
show a digit, <b>Alt</b> with a digit shows it alone. A click on the legend does the same.</p>
<p>On the manifold the left button moves the plane and a click pins; the keys are the same, and <b>P</b> hides and
shows the points.</p>
<p>On the map of holes <b>H</b> changes the heat, <b>B</b> shows the other run's map too, <b>D</b> draws from the
posterior again and <b>Z</b> goes to it.</p>
<p>Among the reconstructions arrow keys walk from image to image, a click or <b>Return</b> pins the code of one, and
<b>0</b> to <b>9</b> show one digit alone.</p>
<p>On the axes <b>Left</b> and <b>Right</b> go from one to the next, <b>Up</b> and <b>Down</b> move the handle,
<b>0</b> puts it at zero and <b>D</b> throws dice. In the plots of compression and of rate and distortion arrow keys
walk from point to point, and <b>Return</b> opens a run.</p>
<p>Among the damaged images <b>N</b> draws other noise and <b>I</b> other images. Among the units of a sparse code arrow
keys choose one, <b>M</b> the most and <b>L</b> the least active.</p>
<p>Among the anomalies arrow keys move the threshold, <b>Page Up</b> and <b>Page Down</b> faster, and <b>Ctrl</b> with
an arrow key walks over the bars, whose images are shown.</p>
<p>On the twins' maps the keys are those of the map, and <b>D</b> draws 25 codes at random; what is pointed at on one
is marked on the other.</p>
<h3>Drawing</h3>
<p>Draw a digit on the black canvas: the star on the map is where the encoder puts it. <b>Ctrl+Z</b> takes a stroke
back, <b>[</b> and <b>]</b> change the brush, <b>Delete</b> clears, <b>Ctrl+V</b> pastes a picture. With the keyboard:
arrow keys move the pen, and it draws while <b>Space</b> is held. <b>N</b> lets the network see the sketch with noise,
or as it is.</p>
<h3>Walking</h3>
<p>Right-click on the map to put an end of the strip there (the <b>menu key</b>: at the pin), or use the buttons “A”
and “B”. Move over the strip to look at a step, click to pin it; then arrow keys step and
<b>Space</b> plays.</p>
<h3>Training</h3>
<p><b>Ctrl+Return</b> trains, <b>Ctrl+P</b> pauses and goes on, <b>Ctrl+Right</b> takes one step while paused,
<b>Ctrl+.</b> stops, <b>Ctrl+Shift+R</b> shows the first weights again.</p>
<h3>Files</h3>
<p><b>Ctrl+O</b> opens a run, <b>Ctrl+S</b> saves one, <b>Ctrl+D</b> opens a folder of images,
<b>Ctrl+Shift+O</b> a sweep. All can also be dropped on the window. <b>Ctrl+1</b>, <b>Ctrl+2</b> and so on switch
between the views of the centre, <b>Ctrl+Page Down</b> and <b>Ctrl+Page Up</b> go from one to the next.
<b>Ctrl+L</b> opens the lessons. <b>F11</b> fills the screen, <b>Ctrl+Q</b> quits.</p>"""

ABOUT = f"""<h3>Latent Lab {__version__}</h3>
<p>See what an autoencoder does: train one, look into its latent space, draw, decode, walk from digit to digit.</p>
<p>The shipped runs were trained on MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0). Made with Qt, PyTorch, pyqtgraph,
numpy, scikit-learn, safetensors and ziamath. MIT licence.</p>"""


def show_help(window: QWidget) -> None:
    """Keyboard and mouse in words, beside the window that goes on."""
    sheet = QDialog(window)
    sheet.setObjectName("help")
    sheet.setWindowTitle("Keyboard and mouse")
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    words = QTextBrowser()
    words.setAccessibleName("Keyboard and mouse")
    words.setHtml(called_here(HELP))
    words.setFrameShape(QFrame.Shape.NoFrame)
    column = QVBoxLayout(sheet)
    column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
    column.addWidget(words)
    sheet.resize(600, min(640, window.height()))  # it scrolls
    sheet.show()


def show_about(window: QWidget) -> None:
    """The version, the sources and the licence."""
    QMessageBox.about(window, "About Latent Lab", ABOUT)


class Menus:
    """Builds a window's menus from `actions`: (menu, words, shortcut or "", what it does); words "-" draw a line."""

    def __init__(
        self, window: QMainWindow, bar: QMenuBar, actions: list[tuple[str, str, str, Callable[[], object]]]
    ) -> None:
        self._window = window
        self._bar = bar
        self.menus: dict[str, QMenu] = {}
        for menu, words, shortcut, do in actions:
            self._add(menu, words, shortcut, do)

    def _add(self, menu: str, words: str, shortcut: str, do: Callable[[], object]) -> None:
        if menu not in self.menus:
            self.menus[menu] = self._bar.addMenu(menu)
        if words == "-":
            self.menus[menu].addSeparator()
            return
        action = QAction(words, self._window)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        action.triggered.connect(lambda checked=False: do())
        self.menus[menu].addAction(action)

    def add_button(self, menu: str, words: str, button: QAbstractButton) -> None:
        """An entry that stands for a button of the window: off when that is; its shortcut and tip are shown."""
        keys = button.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        # Words after a tab stand where shortcuts stand; a shortcut of its own would collide with the button's.
        self._add(menu, f"{words}\t{keys}" if keys else words, "", button.click)
        action = self.menus[menu].actions()[-1]
        self.menus[menu].setToolTipsVisible(True)

        def mirror() -> None:
            action.setEnabled(button.isEnabled())
            action.setToolTip(button.toolTip())  # why it is off

        self.menus[menu].aboutToShow.connect(mirror)

    def add_choice(
        self, menu: str, title: str, choices: dict[Value, str], now: Value, do: Callable[[Value], object]
    ) -> QMenu:
        """A submenu of which one entry is checked: `choices` maps a value to its words."""
        submenu = self.menus[menu].addMenu(title)
        group = QActionGroup(self._window)
        for value, words in choices.items():
            action = QAction(words, self._window, checkable=True, checked=value == now)
            action.triggered.connect(lambda checked, value=value: do(value))
            group.addAction(action)
            submenu.addAction(action)
        return submenu
