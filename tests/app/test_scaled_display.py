"""What paints its own ground leaves no pixel unpainted, at scales of the display such as 125 % too."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QImage, QRegion
from PySide6.QtWidgets import QWidget

from app import theme
from app.panels.axes.canvas import ParallelCanvas
from app.panels.axes.scene import Ground
from app.panels.digit_image import DigitImage
from app.panels.draw.pad import Sketchpad
from app.panels.strip.tiles import StripTiles

UNPAINTED = QColor(255, 0, 255)  # a colour that is nowhere in the window


def pixels(image: QImage) -> np.ndarray:
    """(height, width, 3), blue first."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    lines = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine() // 4, 4)
    return lines[:, : plain.width(), :3]


def rounded(length: float) -> int:
    return math.floor(length + 0.5)


def unpainted(widget: QWidget, left: int, ratio: float) -> int:
    """Device pixels of a widget, as Qt rounds its edges, that it did not paint where it stands."""
    around = QWidget()
    around.resize(400, 200)
    widget.setParent(around)
    widget.move(left, 0)
    widget.show()
    image = QImage(rounded(400 * ratio), rounded(200 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(UNPAINTED)
    around.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    begin, end, height = (rounded(each * ratio) for each in (left, left + widget.width(), widget.height()))
    own = pixels(image)[:height, begin:end]
    widget.setParent(None)
    return int((own == (255, 0, 255)).all(axis=2).sum())


@pytest.mark.parametrize("ratio", [1.25, 1.5])
@pytest.mark.parametrize("make", [lambda: DigitImage(28, "one"), Sketchpad, StripTiles, ParallelCanvas])
def test_every_pixel_is_painted_wherever_a_widget_stands(qtbot, make: Callable[[], QWidget], ratio: float) -> None:
    widget = make()
    qtbot.addWidget(widget)
    if isinstance(widget, DigitImage):
        widget.lie_on_panel()
    assert widget.testAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
    widget.setMinimumSize(0, 0)
    for left, width in itertools.product(range(4), range(160, 164)):
        widget.resize(width, 120)
        assert unpainted(widget, left, ratio) == 0, (left, width)


def test_the_kept_picture_of_the_axes_covers_every_device_pixel(qtbot, borrowed_window) -> None:
    borrowed_window.views.show_view("axes")
    canvas = borrowed_window.views.made("axes").findChild(ParallelCanvas)
    qtbot.waitUntil(lambda: canvas.scene is not None)
    canvas.resize(canvas.width(), 8 * (canvas.height() // 8) + 2)  # 1.25 of it is a half above an even number
    at = canvas.geometry_now()
    picture = Ground().picture(canvas.scene, at, QFont(), 1.25)
    assert (picture.width(), picture.height()) == (math.ceil(1.25 * at.width), math.ceil(1.25 * at.height))
    surface = QColor(theme.colours().surface)
    last = pixels(picture.toImage())[-1, :8]  # left of all that is drawn
    assert (last == (surface.blue(), surface.green(), surface.red())).all()
    borrowed_window.views.show_view("map")
