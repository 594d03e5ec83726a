"""The map as a picture for other programs."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from app.panels.latent.view import MapView

SCALE = 2.0  # picture pixels for a pixel: sharp on a slide


def copy_picture(view: MapView) -> None:
    """Put the map, as it is seen, on the clipboard."""
    QGuiApplication.clipboard().setImage(view.picture(SCALE))
