"""The look: readable in both themes, and switched while widgets are on the screen."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPalette, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app import theme
from app.panels.chip import Chip
from app.panels.titled import Titled
from app.resources import resource_path
from tests.app.contrasts import contrast, strongest

TEXT_ROLES = ("text", "muted", "good", "warning", "error", "accent")
GROUNDS = ("window", "surface", "raised")
CONTROL_GROUNDS = ("field", "button", "hover", "pressed", "tint")
BOTH = pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication) -> Iterator[None]:
    """Other tests find the light theme."""
    yield
    theme.apply(qapp, "light")


def pixel(widget: QWidget, x: int, y: int) -> str:
    return widget.grab().toImage().pixelColor(x, y).name()


@BOTH
def test_text_is_readable_wherever_it_stands(colours: theme.Colours) -> None:
    table = asdict(colours)
    pairs = [(role, ground) for role in TEXT_ROLES for ground in GROUNDS]
    pairs += [("text", ground) for ground in CONTROL_GROUNDS]
    pairs += [("muted", "field"), ("muted", "hover")]
    pairs += [("accent_text", ground) for ground in ("accent", "accent_hover", "accent_pressed")]
    unreadable = {
        pair: round(contrast(table[pair[0]], table[pair[1]]), 2)
        for pair in pairs
        if contrast(table[pair[0]], table[pair[1]]) < 4.5
    }
    assert not unreadable


@BOTH
def test_check_boxes_and_focus_rings_stand_out(colours: theme.Colours) -> None:
    table = asdict(colours)
    for line in ("muted", "accent"):
        for ground in ("surface", "window", "field"):
            assert contrast(table[line], table[ground]) >= 3, (line, ground)


@BOTH
def test_the_pictures_of_the_style_sheet_have_its_colours(colours: theme.Colours) -> None:
    wanted = {
        "down": colours.muted,
        "up": colours.muted,
        "right": colours.muted,
        "down-off": colours.faint,
        "up-off": colours.faint,
        "check": colours.accent_text,
        "check-off": colours.faint,
        "check-menu": colours.text,
    }
    folder = resource_path("style", "dark" if colours.dark else "light")
    found = {path.stem: re.findall(r"#[0-9a-f]{6}", path.read_text()) for path in folder.glob("*.svg")}
    assert found == {name: [colour] for name, colour in wanted.items()}


@BOTH
def test_the_style_sheet_asks_only_for_colours_and_files_that_there_are(colours: theme.Colours) -> None:
    sheet = theme.style_sheet(colours, 10)
    assert "$" not in re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
    files = re.findall(r"url\(style:([^)]+)\)", sheet)
    assert files and all(resource_path("style", name).is_file() for name in files)


def test_two_text_sizes(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    plain, small = QLabel("z"), QLabel("z")
    theme.set_role(small, "small")
    for label in (plain, small):
        label.ensurePolished()
    assert small.font().pointSizeF() < plain.font().pointSizeF()
    assert small.font().pointSizeF() == theme.small_points(qapp.font().pointSizeF())


def test_a_switch_restyles_what_is_on_the_screen(qapp: QApplication, qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    titled, button = Titled("Latent map"), QPushButton()
    titled.body.addWidget(button)
    QVBoxLayout(window).addWidget(titled)
    window.resize(200, 120)
    theme.apply(qapp, "light")
    with qtbot.waitExposed(window):
        window.show()
    seen = []
    theme.notifier().changed.connect(lambda: seen.append(theme.colours()))
    for choice, colours in (("dark", theme.DARK), ("light", theme.LIGHT)):
        theme.apply(qapp, choice)
        assert seen[-1] is colours and theme.colours() is colours
        assert window.palette().color(QPalette.ColorRole.Window) == QColor(colours.window)
        assert button.palette().color(QPalette.ColorRole.ButtonText) == QColor(colours.text)
        assert pixel(window, 2, 2) == colours.window
        assert pixel(titled, titled.width() // 2, 34) == colours.surface
        assert pixel(button, button.width() // 2, button.height() // 2) == colours.button


def test_the_system_decides_when_asked_to(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    theme.apply(qapp, "system")
    dark = qapp.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert theme.colours() is (theme.DARK if dark else theme.LIGHT)


def test_the_system_may_change_its_mind_while_we_run(qapp: QApplication) -> None:
    theme.apply(qapp, "system")
    changes = []
    theme.notifier().changed.connect(lambda: changes.append(theme.colours()))
    qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
    assert changes == []  # the same scheme again is no change
    theme.apply(qapp, "dark")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.colours() is theme.DARK  # a person's own choice stands


def test_an_unknown_theme_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="The theme must be one of system, light, dark, not “pink”."):
        theme.apply(qapp, "pink")


def painted(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> str:
    """The colour of an icon: that of most opaque pixels, because blending rounds at the edges."""
    image = icon.pixmap(QSize(32, 32), mode).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return Counter(p.name() for p in pixels if p.alpha() == 255).most_common(1)[0][0]


@pytest.mark.parametrize("path", sorted(resource_path("icons").glob("*.svg")), ids=lambda path: path.stem)
def test_every_icon_follows_the_theme(qapp: QApplication, path) -> None:
    text = path.read_text()
    assert "currentColor" in text and not re.search(r"#[0-9a-fA-F]{3,6}", text)
    icon = theme.icon(path.stem)
    for choice, colours in (("light", theme.LIGHT), ("dark", theme.DARK)):
        theme.apply(qapp, choice)
        assert painted(icon) == colours.text
        assert painted(icon, QIcon.Mode.Disabled) == colours.faint


def test_an_icon_may_take_another_colour_and_outlive_its_maker(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    button = QPushButton()
    for _ in range(300):
        button.setIcon(theme.icon("play", "accent_text"))
        copy = QIcon(button.icon())
    gc.collect()
    assert painted(copy) == theme.LIGHT.accent_text


def test_an_unknown_icon_is_refused() -> None:
    with pytest.raises(FileNotFoundError, match="There is no icon “unicorn”"):
        theme.icon("unicorn")


def test_plots_follow_the_theme_and_leave_no_trace(qapp: QApplication, qtbot) -> None:
    theme.apply(qapp, "light")
    plot = pg.PlotWidget()
    legend = plot.addLegend()
    legend.addItem(pg.PlotDataItem(), "total")
    theme.install_plot_theme(plot)
    for choice, colours in (("light", theme.LIGHT), ("dark", theme.DARK)):
        theme.apply(qapp, choice)
        assert plot.backgroundBrush().color() == QColor(colours.surface)
        assert plot.getAxis("left").textPen().color() == QColor(colours.muted)
        assert legend.labelTextColor() == QColor(colours.text)
    plot.close()
    plot.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(plot)
    theme.apply(qapp, "light")  # must not reach for the plot that is gone
    assert theme.colours() is theme.LIGHT


def test_a_title_row_holds_its_tools_and_its_height(qapp: QApplication, qtbot) -> None:
    panel = Titled("Draw")
    qtbot.addWidget(panel)
    button = QPushButton()
    panel.tools.addWidget(button)
    panel.resize(300, 400)
    with qtbot.waitExposed(panel):
        panel.show()
    assert panel.title.text() == "Draw" and panel.title.parentWidget().height() == 28
    assert button.geometry().right() > 250
    panel.show_title("Draw a digit")
    assert panel.title.text() == "Draw a digit"


def test_digit_colours_are_ten_and_differ() -> None:
    assert len(set(theme.DIGIT_COLOURS)) == 10
    assert all(QColor(colour).isValid() for colour in theme.DIGIT_COLOURS)
    assert theme.LIGHT.accent not in theme.DIGIT_COLOURS and theme.DARK.accent not in theme.DIGIT_COLOURS


def test_an_icon_that_becomes_another_one_is_a_copy(qapp: QApplication) -> None:
    """Qt then asks for a copy of what draws it; destroyed by Python too early it ended the process."""
    first = theme.icon("dice")
    second = QIcon(first)
    second.addPixmap(QPixmap(4, 4))
    gc.collect()
    assert second.cacheKey() != first.cacheKey()
    assert second.pixmap(16, 16).toImage() == first.pixmap(16, 16).toImage()


@BOTH
@pytest.mark.parametrize(("kind", "role"), [(QToolButton, ""), (QPushButton, "quiet")])
def test_a_switch_that_is_on_is_told_by_its_border_too(
    qapp: QApplication, qtbot, colours: theme.Colours, kind: type[QAbstractButton], role: str
) -> None:
    theme.apply(qapp, "dark" if colours.dark else "light")
    room = QWidget()
    button = kind(room)
    button.setText("σ rings")
    theme.set_role(button, role)
    button.setCheckable(True)
    QLineEdit(room).move(0, 60)
    qtbot.addWidget(room)
    with qtbot.waitActive(room):
        room.show()
    room.findChild(QLineEdit).setFocus()
    size = button.sizeHint()
    button.resize(size)
    button.setChecked(True)
    assert contrast(pixel(button, 0, button.height() // 2), colours.surface) >= 3
    assert button.sizeHint() == size, "nothing moves"
    without = button.grab().toImage()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.hasFocus() and button.grab().toImage() != without and button.sizeHint() == size


@BOTH
def test_fields_stand_out(qapp: QApplication, qtbot, colours: theme.Colours) -> None:
    theme.apply(qapp, "dark" if colours.dark else "light")
    for kind in (QLineEdit, QSpinBox, QComboBox):
        field = kind()
        qtbot.addWidget(field)
        field.show()
        field.clearFocus()
        line = pixel(field, 0, field.height() // 2)
        assert min(contrast(line, ground) for ground in (colours.surface, colours.field)) >= 3, kind


@BOTH
def test_the_words_of_a_switched_off_chip_can_be_read(qapp: QApplication, qtbot, colours: theme.Colours) -> None:
    theme.apply(qapp, "dark" if colours.dark else "light")
    chip = Chip("MMMM", colours.accent, "dot")
    chip.setChecked(False)
    qtbot.addWidget(chip)
    chip.show()
    assert strongest(chip.grab().toImage(), chip.rect().adjusted(24, 0, 0, 0), colours.surface) >= 4.5
