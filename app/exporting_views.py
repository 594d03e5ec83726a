"""Writing what a view shows: the picture as PNG or SVG, the numbers as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.exporting import ExportError, strip_picture, write_file

PICTURES = "PNG picture (*.png);;SVG drawing (*.svg)"
TABLES = "Table (*.csv)"
SCALE = 2  # picture pixels for a pixel: sharp on a slide


class Teller(Protocol):
    """A view that tells how a file went."""

    @property
    def exported(self) -> Any:
        """Signal: one sentence"""

    @property
    def failed(self) -> Any:
        """Signal: one sentence"""


def save_and_tell(view: Teller, path: Path, write: Callable[[], None]) -> None:
    """Write a file for a view, which tells in one sentence that it is there or why it is not."""
    try:
        write()
    except ExportError as error:
        view.failed.emit(str(error))
    else:
        view.exported.emit(f"Saved as “{path}”.")


def save_picture(widget: QWidget, path: Path) -> None:
    """Write a widget as .svg or else as .png, twice as fine as on the screen; raises ExportError."""
    write_file(path, _svg(widget) if path.suffix.lower() == ".svg" else _png(widget))


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
    write_file(path, text.getvalue().encode())


def _png(widget: QWidget) -> bytes:
    picture = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(SCALE)
    picture.fill(theme.colours().surface)
    painter = QPainter(picture)
    widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]  # its stub wants bytes, it itself takes only text
    return bytes(buffer.data().data())


def _svg(widget: QWidget) -> bytes:
    from PySide6.QtSvg import QSvgGenerator  # rarely wanted: not worth its time at every start

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setResolution(widget.logicalDpiX())  # or letters get another size than all else
    drawing.setSize(widget.size())
    drawing.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    drawing.setTitle(widget.accessibleName())
    painter = QPainter(drawing)
    painter.fillRect(widget.rect(), theme.colours().surface)
    widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
    return bytes(buffer.data().data())
