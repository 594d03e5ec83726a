"""Writing what a view shows: the picture as PNG or SVG, the numbers as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QGraphicsOpacityEffect, QGraphicsView, QPushButton, QSlider, QToolButton, QWidget

from app import theme
from app.exporting import ExportError, strip_picture, write_file
from app.svg_drawing import Drawing, add_widget

PICTURES = "PNG picture (*.png);;SVG drawing (*.svg)"
TABLES = "Table (*.csv)"
IMAGE_COLUMNS = ("held_out_image", "label")
"""Which image a row of a table is about, and of what class it is: in every file the same two names, to join them by."""
SCALE = 2  # picture pixels for a pixel: sharp on a slide
QUICK = 80
"""How a PNG is compressed, 0 to 100: what Qt takes by itself makes views' pictures no smaller, in two and a half times
the time, for which the window stands still."""
MARGIN = 2 * theme.GAP
"""Paper around a picture, in pixels."""


CONTROLS = QPushButton, QToolButton, QSlider
"""What is there to be pressed alone; entries of a legend are none of them."""

RUN = "runThatIsShown"


class Teller(Protocol):
    """A view that tells how a file went."""

    @property
    def exported(self) -> Any:
        """Signal: one sentence"""

    @property
    def failed(self) -> Any:
        """Signal: one sentence"""


class _Painting:
    """Whether what is painted now is for a file; one for the process, as one thread paints."""

    file = False


def is_painting_file() -> bool:
    """Whether what is painted now is for a file: without the marks of a keyboard at work."""
    return _Painting.file


@contextmanager
def painting_file() -> Iterator[None]:
    """While a picture that is kept is painted."""
    _Painting.file = True
    try:
        yield
    finally:
        _Painting.file = False


@contextmanager
def _nothing_kept(parts: Sequence[QWidget]) -> Iterator[None]:
    """While maps draw their grids anew: what they keep is a picture in the screen's pixels."""
    inside = [each for part in parts for each in (part, *part.findChildren(QGraphicsView))]
    maps = [each for each in inside if isinstance(each, QGraphicsView)]
    before = [view.cacheMode() for view in maps]
    for view in maps:
        view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
    try:
        yield
    finally:
        for view, mode in zip(maps, before, strict=True):
            view.setCacheMode(mode)


@contextmanager
def _left_out(parts: Sequence[QWidget]) -> Iterator[None]:
    """While buttons and sliders are not painted, each leaving its room: nobody can press them on paper."""
    inside = [each for part in parts for each in part.findChildren(QWidget)]
    controls = [each for each in inside if _is_control(each)]
    for each in controls:
        clear = QGraphicsOpacityEffect(each)
        clear.setOpacity(0)
        each.setGraphicsEffect(clear)
    try:
        yield
    finally:
        for each in controls:
            each.setGraphicsEffect(None)  # type: ignore[arg-type]  # its stub does not know that there may be none


def _is_control(widget: QWidget) -> bool:
    return isinstance(widget, CONTROLS) or widget.property("role") == "segments"


@contextmanager
def _as_in_a_file(parts: Sequence[QWidget]) -> Iterator[None]:
    """While parts are painted without what only a screen needs."""
    with painting_file(), _nothing_kept(parts), _left_out(parts):
        yield


def name_run(window: QWidget, name: str) -> None:
    """Remember what the run is called that a window looks at: it is the title of what is saved of it."""
    window.setProperty(RUN, name)


def run_shown(view: QWidget) -> str:
    """What the run is called that a view shows; nothing where that is not known."""
    return str(view.window().property(RUN) or "")


def save_and_tell(view: Teller, path: Path, write: Callable[[], None]) -> None:
    """Write a file for a view, which tells in one sentence that it is there or why it is not."""
    try:
        write()
    except ExportError as error:
        view.failed.emit(str(error))
    else:
        view.exported.emit(f"Saved as “{path}”.")


def save_picture(widget: QWidget, path: Path, above: QWidget | None = None, title: str = "") -> None:
    """Write a widget as .svg or else as .png, twice as fine as on the screen; another one or a title may stand above.

    Raises ExportError.
    """
    parts = [widget] if above is None else [above, widget]
    with _as_in_a_file(parts):
        content = _svg(parts, title) if path.suffix.lower() == ".svg" else _as_png(_picture(parts, title))
    write_file(path, content)


def copy_picture(widget: QWidget, above: QWidget | None = None, title: str = "") -> None:
    """Put the same picture that would be saved as .png on the clipboard."""
    parts = [widget] if above is None else [above, widget]
    with _as_in_a_file(parts):
        QGuiApplication.clipboard().setImage(_picture(parts, title))


def picture_size(*parts: QWidget, title: str = "") -> QSize:
    """Pixels of the screen that a picture of widgets below each other takes, with its margin and its title."""
    inside = QSize(max(each.width() for each in parts), sum(each.height() for each in parts))
    return inside + QSize(2 * MARGIN, 2 * MARGIN + _room_for(title, parts))


def save_image(picture: QImage, path: Path) -> None:
    """Write a picture as it is, as PNG; raises ExportError."""
    write_file(path, _as_png(picture))


def save_image_grid(images: np.ndarray, path: Path) -> None:
    """Write images (rows, columns, 28, 28) edge to edge as one PNG with crisp pixels; raises ExportError."""
    content = io.BytesIO()
    Image.fromarray(strip_picture(list(images), SCALE, gap=0)).save(content, "PNG")
    write_file(path, content.getvalue())


def save_table(header: Sequence[str], rows: Iterable[Sequence[Any]], path: Path) -> None:
    """Write a table as CSV, numbers with all their digits; raises ExportError."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(header)
    table.writerows(rows)
    write_file(path, text.getvalue().encode(errors="replace"))  # a name may be no text


def _picture(parts: Sequence[QWidget], title: str) -> QImage:
    picture = QImage(picture_size(*parts, title=title) * SCALE, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(SCALE)
    with QPainter(picture) as painter:
        _paint(painter, parts, title)
    return picture


def _as_png(picture: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG", QUICK)  # type: ignore[call-overload]  # its stub wants bytes, it itself takes only text
    return bytes(buffer.data().data())


def _svg(parts: Sequence[QWidget], title: str) -> bytes:
    words = title or parts[-1].accessibleName()
    drawing = Drawing(picture_size(*parts, title=title), words, parts[-1].logicalDpiX())
    drawing.add(lambda painter: _paint_paper(painter, parts, title), QPoint(), None)
    for each, at in _places(parts, title):
        add_widget(drawing, each, at, _is_control)
    return drawing.content()


def _paint(painter: QPainter, parts: Sequence[QWidget], title: str) -> None:
    """Draw the paper, the title and the widgets."""
    _paint_paper(painter, parts, title)
    for each, at in _places(parts, title):
        QWidget.render(each, painter, at, renderFlags=QWidget.RenderFlag.DrawChildren)  # a plot's own is of its scene


def _paint_paper(painter: QPainter, parts: Sequence[QWidget], title: str) -> None:
    now = theme.colours()
    painter.fillRect(QRect(QPoint(), picture_size(*parts, title=title)), QColor(now.surface))
    if title:
        painter.setFont(_heading(parts))
        painter.setPen(QColor(now.text))
        metrics, room = painter.fontMetrics(), picture_size(*parts).width() - 2 * MARGIN
        words = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(MARGIN, MARGIN + metrics.ascent(), words)


def _places(parts: Sequence[QWidget], title: str) -> Iterator[tuple[QWidget, QPoint]]:
    top = MARGIN + _room_for(title, parts)
    for each in parts:
        yield each, QPoint(MARGIN, top)
        top += each.height()


def _room_for(title: str, parts: Sequence[QWidget]) -> int:
    return QFontMetrics(_heading(parts)).height() + theme.GAP if title else 0


def _heading(parts: Sequence[QWidget]) -> QFont:
    font = QFont(parts[-1].font())
    font.setWeight(QFont.Weight.DemiBold)
    font.setPointSizeF(1.2 * font.pointSizeF())
    return font
