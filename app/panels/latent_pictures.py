"""The map as a picture: copied, or saved as PNG or SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.exporting import ask_path
from app.panels.latent_view import MapView

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
    written = write_svg(view, path) if path.suffix.lower() == ".svg" else view.picture(SCALE).save(str(path))
    return "" if written else f"The picture could not be written to {path}."


def write_svg(view: MapView, path: Path) -> bool:
    """Write lines and letters as vectors and the points as an embedded picture; tells whether it worked."""
    from PySide6.QtSvg import QSvgGenerator  # rarely wanted: not worth its time at every start

    size: QSize = view.viewport().size()
    drawing = QSvgGenerator()
    drawing.setFileName(str(path))
    drawing.setSize(size)
    drawing.setViewBox(QRectF(0, 0, size.width(), size.height()))
    drawing.setTitle("Latent map")
    painter = QPainter()
    if not painter.begin(drawing):
        return False
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), theme.colours().field)
    view.paint_onto(painter, QRectF(0, 0, size.width(), size.height()))
    return painter.end()
