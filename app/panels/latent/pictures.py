"""The map as a picture: copied, or saved as PNG or SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.exporting import ExportError, ask_path, write_file
from app.panels.latent.view import MapView

SCALE = 2.0  # picture pixels for a pixel: sharp on a slide


def copy_picture(view: MapView) -> None:
    """Put the map, as it is seen, on the clipboard."""
    QGuiApplication.clipboard().setImage(view.picture(SCALE))


def save_picture(view: MapView, parent: QWidget) -> str:
    """Ask for a file and write the map there; returns one sentence when that failed, else nothing."""
    path = ask_path(parent, "Save the map", "latent-map.png", "PNG picture (*.png);;SVG drawing (*.svg)")
    return "" if path is None else write_picture(view, path)


def write_picture(view: MapView, path: Path) -> str:
    """Write the map to a .png or .svg file; returns one sentence when that failed, else nothing."""
    try:
        write_file(path, _svg(view) if path.suffix.lower() == ".svg" else _png(view))
    except ExportError as error:
        return str(error)
    return ""


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
    painter = QPainter(drawing)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), theme.colours().field)
    view.paint_onto(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return bytes(buffer.data().data())
