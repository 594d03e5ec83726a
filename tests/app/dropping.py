"""What the window system sends when something is dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

COPY, PLAIN = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier


def mime_of(*paths: Path) -> QMimeData:
    """What a file manager hands over."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drop(
    target: QWidget, mime: QMimeData, offered: Qt.DropAction = COPY, keys: Qt.KeyboardModifier = PLAIN
) -> Qt.DropAction | None:
    """Drop on a widget; returns what was done with it, or None where it was not wanted."""
    how = (offered, mime, Qt.MouseButton.LeftButton, keys)
    entering = QDragEnterEvent(QPoint(10, 10), *how)
    QApplication.sendEvent(target, entering)  # without it Qt knows no target
    if not entering.isAccepted():
        return None
    dropped = QDropEvent(QPointF(10, 10), *how)
    QApplication.sendEvent(target, dropped)
    return dropped.dropAction() if dropped.isAccepted() else None
