"""The look of the window: two sets of colours, one style sheet, and icons that follow the theme.

`apply` is called once at the start and again at each choice of the person; whoever paints by hand asks `colours()`
and listens to `notifier().changed`.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from string import Template
from typing import Any

from PySide6.QtCore import QDir, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from app.resources import resource_path
from app.theme_icons import ThemedIcon

GAP = 8
"""The grid: distances between widgets are multiples of it, in device-independent pixels."""

SPIN_BOX_INDENT = 6
"""Text margin for the line edits inside spin boxes: Qt ignores a style sheet's padding there."""

CHOICES = ("system", "light", "dark")
"""What a person may choose in View > Theme."""

DIGIT_COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
"""One colour a digit, the same in both themes: Petroff 2021 (arXiv:2107.02270), as in matplotlib's petroff10."""


@dataclass(frozen=True)
class Colours:
    """The colours of the chrome, as `#rrggbb`; never those of data.

    `window` lies behind the panels, `surface` is a panel, `raised` what floats above it (menus, cards), `field` what
    is typed into, `button`/`hover`/`pressed` a button at rest and touched, `line` a hairline, `edge` the border of a
    control, `outline` that of a field, `faint` the text of what is switched off, `tint` the background of what is
    selected.
    """

    dark: bool
    window: str
    surface: str
    raised: str
    field: str
    button: str
    hover: str
    pressed: str
    line: str
    edge: str
    outline: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_pressed: str
    accent_text: str
    tint: str
    good: str
    warning: str
    error: str


LIGHT = Colours(
    dark=False,
    window="#eef1f3",
    surface="#ffffff",
    raised="#ffffff",
    field="#ffffff",
    button="#f4f6f7",
    hover="#e9edef",
    pressed="#dde3e6",
    line="#dde2e5",
    edge="#b3bdc3",
    outline="#87939a",
    text="#182126",
    muted="#56636b",
    faint="#8e999f",
    accent="#0b6e69",
    accent_hover="#095f5b",
    accent_pressed="#074f4c",
    accent_text="#ffffff",
    tint="#d8eceb",
    good="#1b7340",
    warning="#8a5600",
    error="#b3261e",
)

DARK = Colours(
    dark=True,
    window="#12171a",
    surface="#1a2125",
    raised="#232c31",
    field="#141a1d",
    button="#263036",
    hover="#2f3b42",
    pressed="#1f282d",
    line="#2c363c",
    edge="#46545c",
    outline="#637480",
    text="#e7ecee",
    muted="#a3b0b7",
    faint="#6d7a81",
    accent="#45c4b4",
    accent_hover="#63d2c4",
    accent_pressed="#36a99b",
    accent_text="#04211e",
    tint="#1d413f",
    good="#74cf95",
    warning="#e8b968",
    error="#ff8f85",
)


class Notifier(QObject):
    """Tells those who paint by hand that the colours are others now."""

    changed = Signal()


class _State:
    """What `apply` has chosen; one for the process, as there is one QApplication."""

    choice = "system"
    colours = LIGHT
    is_set_up = False


def colours() -> Colours:
    """The colours in force."""
    return _State.colours


@lru_cache(maxsize=1)
def notifier() -> Notifier:
    """The one object whose `changed` signal follows a switch of the theme."""
    return Notifier()


def set_up(app: QApplication) -> None:
    """Set what all themes share: the style and the font. Widgets that were made before would keep theirs."""
    if _State.is_set_up:
        return
    _State.is_set_up = True
    QDir.addSearchPath("style", str(resource_path("style")))
    app.setStyle("Fusion")
    app.setFont(_base_font(app.font()))
    app.styleHints().colorSchemeChanged.connect(_follow_system)


def apply(app: QApplication, choice: str = "system") -> None:
    """Dress the whole application, widgets on the screen included.

    Our own palettes are used always: `styleHints().setColorScheme` has no effect on plain X11, offscreen and some
    portals; it is called nevertheless, for the title bars of Windows and macOS.
    Raises ValueError for an unknown choice.
    """
    if choice not in CHOICES:
        raise ValueError(f"The theme must be one of {', '.join(CHOICES)}, not “{choice}”.")
    set_up(app)
    _State.choice = choice
    app.styleHints().setColorScheme(
        {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(choice, Qt.ColorScheme.Unknown)
    )
    _dress(app, _wanted(app))


def palette(of: Colours) -> QPalette:
    """The QPalette for a set of colours, for all that style sheets do not reach."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: of.window,
        QPalette.ColorRole.Base: of.field,
        QPalette.ColorRole.AlternateBase: of.button,
        QPalette.ColorRole.Button: of.button,
        QPalette.ColorRole.ToolTipBase: of.raised,
        QPalette.ColorRole.Light: of.raised,
        QPalette.ColorRole.Midlight: of.hover,
        QPalette.ColorRole.Mid: of.edge,
        QPalette.ColorRole.Dark: of.edge,
        QPalette.ColorRole.Highlight: of.accent,
        QPalette.ColorRole.Accent: of.accent,
        QPalette.ColorRole.Link: of.accent,
        QPalette.ColorRole.LinkVisited: of.accent,
        QPalette.ColorRole.HighlightedText: of.accent_text,
        QPalette.ColorRole.BrightText: of.error,
        QPalette.ColorRole.PlaceholderText: of.muted,
    }
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        roles[role] = of.text
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(of.faint))
    roles[QPalette.ColorRole.ToolTipText] = of.text
    for role, colour in roles.items():
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
            made.setColor(group, role, QColor(colour))
        if role not in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colour))
    return made


def style_sheet(of: Colours, base_points: float) -> str:
    """The style sheet for a set of colours; `base_points` is the size of ordinary text."""
    template = Template(resource_path("style", "latentlab.qss").read_text(encoding="utf-8"))
    return template.substitute(
        {k: v for k, v in asdict(of).items() if k != "dark"},
        scheme="dark" if of.dark else "light",
        small=f"{small_points(base_points):g}",
    )


def small_points(base_points: float) -> float:
    """The second, smaller of the two text sizes."""
    return base_points - (2 if sys.platform == "darwin" else 1)


def small_font(of: QWidget | QPainter) -> QFont:
    """The font of a widget or painter in that size."""
    font = QFont(of.font())
    font.setPointSizeF(small_points(font.pointSizeF()))
    return font


def icon(name: str, role: str = "text") -> QIcon:
    """The icon resources/icons/`name`.svg in the colour `role` of the theme; it follows a switch by itself.

    Raises FileNotFoundError when there is no such icon.
    """
    path = resource_path("icons", f"{name}.svg")
    if not path.is_file():
        raise FileNotFoundError(f"There is no icon “{name}” in {path.parent}.")
    return QIcon(ThemedIcon(path.read_text(encoding="utf-8"), role, colours))


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget one of the style sheet's roles, now or later.

    Labels: "title", "muted", "small", "strong", "good", "warning", "error". Buttons: "primary", "quiet", "icon" (with
    no words), "fold" (opens what is folded), "segment" (in a QFrame of role "segments"). QFrame: "line".
    QProgressBar: "thin". QAbstractSpinBox: "narrow" (without arrows).
    """
    set_property(widget, "role", role)


def set_property(widget: QWidget, name: str, value: Any) -> None:
    """Set a property that the style sheet selects by, and have the widget dressed again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def install_plot_theme(plot_widget: Any) -> None:
    """Colour a pyqtgraph PlotWidget like the panels, now and after every switch; add its legend first."""
    # By itself a viewport is filled with the window's colour first, and the background that a plot keeps as a picture
    # is at scales such as 110 % a column or a row short: a line. The panel behind has the right colour.
    plot_widget.viewport().setAutoFillBackground(False)
    _PlotTheme(plot_widget).recolour()


class _PlotTheme(QObject):
    """Lives as long as its plot, so that the connection ends with it."""

    def __init__(self, plot_widget: Any) -> None:
        super().__init__(plot_widget)
        notifier().changed.connect(self.recolour)

    def recolour(self) -> None:
        now = colours()
        plot: Any = self.parent()
        plot.setBackground(now.surface)
        item = plot.getPlotItem()
        for axis in (each["item"] for each in item.axes.values()):
            axis.setPen(now.edge)
            axis.setTextPen(now.muted)
        if item.legend is not None:
            item.legend.setLabelTextColor(now.text)


def _base_font(system: QFont) -> QFont:
    """The system's font, large enough for a projector and small enough for the form."""
    smallest, largest = (13, 16) if sys.platform == "darwin" else (10, 13)
    size = system.pointSizeF()
    font = QFont(system)
    font.setPointSizeF(min(max(size, smallest), largest))
    return font


def _wanted(app: QApplication) -> Colours:
    if _State.choice == "system":
        return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return DARK if _State.choice == "dark" else LIGHT


def _follow_system() -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and _State.choice == "system" and _wanted(app) is not _State.colours:
        _dress(app, _wanted(app))


def _dress(app: QApplication, wanted: Colours) -> None:
    if wanted is _State.colours and app.styleSheet():
        return  # dressing all widgets anew costs a good part of a second
    _State.colours = wanted
    app.setPalette(palette(wanted))
    QToolTip.setPalette(palette(wanted))
    app.setStyleSheet(style_sheet(wanted, app.font().pointSizeF()))
    notifier().changed.emit()
