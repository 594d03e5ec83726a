"""The map as a picture: copied, or saved as PNG or SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QGuiApplication, QPainter

from app import theme
from app.exporting import write_file
from app.panels.latent.view import MapView

SCALE = 2.0  # picture pixels for a pixel: sharp on a slide


def copy_picture(view: MapView) -> None:
    """Put the map, as it is seen, on the clipboard."""
    QGuiApplication.clipboard().setImage(view.picture(SCALE))


def write_picture(view: MapView, path: Path) -> None:
    """Write the map to a .png or .svg file; raises ExportError."""
    write_file(path, _svg(view) if path.suffix.lower() == ".svg" else _png(view))


def _png(view: MapView) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    view.picture(SCALE).save(buffer, "PNG")  # type: ignore[call-overload]  # its stub wants bytes, it takes only text
    return bytes(buffer.data().data())


def _svg(view: MapView) -> bytes:
    """Lines and letters as vectors, the points as an embedded picture."""
    from PySide6.QtSvg import QSvgGenerator  # rarely wanted: not worth its time at every start

    size: QSize = view.viewport().size()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setSize(size)
    drawing.setViewBox(QRectF(0, 0, size.width(), size.height()))
    drawing.setTitle("Latent map")
    with QPainter(drawing) as painter:
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), theme.colours().field)
        view.paint_onto(painter, QRectF(0, 0, size.width(), size.height()))
    return bytes(buffer.data().data())
