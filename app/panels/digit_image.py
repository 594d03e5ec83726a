"""One 28x28 image on the screen: crisp pixels, a fixed grey scale, and a calm empty state; shared by all panels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QTransform,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from app import theme
from app.exporting import ask_path, to_bytes
from app.exporting_views import save_and_tell, save_image
from app.panels.focus_mark import PICK_KEYS

RADIUS = 4.0
CAPTION_GAP = 4
WORDS_INSET = 4  # of the words in an empty place from its border
WORDS_FLAGS = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
SAVED_SCALE = 10  # a 28-pixel picture is too small to paste into a slide
CRISP = 6  # times that a picture is enlarged in a drawing
MORE_INK = np.array([255, 150, 40], dtype=np.float32)  # the sign of +1: ink that should not be there
LESS_INK = np.array([70, 150, 255], dtype=np.float32)  # the sign of -1: ink that is missing


def grey_image(array: np.ndarray) -> QImage:
    """Turn (H, W) ink, uint8 or float 0..1 (clipped), into an own QImage: 1 is white, never stretched."""
    if array.ndim != 2:
        raise ValueError(f"an image has two dimensions, not {array.ndim}")
    array = np.ascontiguousarray(to_bytes(array))
    height, width = array.shape
    return QImage(array.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def signed_image(array: np.ndarray) -> QImage:
    """Turn (H, W) differences in -1..1 (clipped) into colours: 0 is black, + is orange, - is blue."""
    if array.ndim != 2:
        raise ValueError(f"an image has two dimensions, not {array.ndim}")
    value = np.clip(np.nan_to_num(np.asarray(array, dtype=np.float32)), -1.0, 1.0)[..., None]
    colours = np.where(value > 0, MORE_INK, LESS_INK) * np.abs(value)
    rgb = np.ascontiguousarray((colours + 0.5).astype(np.uint8))
    height, width = value.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def is_drawing(painter: QPainter) -> bool:
    """Whether an SVG drawing is made, whose reader enlarges its pictures."""
    return painter.paintEngine().type() == QPaintEngine.Type.SVG


def crisp(picture: QImage) -> QImage:
    """A picture for a drawing: enlarged here, or its reader would blur the pixels."""
    return picture.scaled(picture.size() * CRISP)


def paint_part(painter: QPainter, target: QRectF, picture: QImage, part: QRect) -> None:
    """Paint a part of a picture; Qt's SVG drawings only know whole ones, and would take it all."""
    if is_drawing(painter):
        painter.drawImage(target, picture.copy(part))
    else:
        painter.drawImage(target, picture, QRectF(part))


class DigitImage(QWidget):
    """Shows one small image as a square of crisp pixels, as large as the widget allows."""

    clicked = Signal()
    exported = Signal(str)
    failed = Signal(str)

    def __init__(self, side_px: int, accessible_name: str, caption: str = "", parent: QWidget | None = None) -> None:
        """`side_px` is the preferred side of the square; the caption, if any, stands below it."""
        super().__init__(parent)
        self._side = side_px
        self._caption = caption
        self._empty_text = ""
        self._image: QImage | None = None
        self._clickable = False
        self._pressed = False
        self._on_panel = False
        self.setAccessibleName(accessible_name)
        self.setToolTip(accessible_name)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def lie_on_panel(self) -> None:
        """Say that only a panel's plain colour lies behind: with it painted here, nothing behind is painted anew.

        That took a third of the time of each new picture.
        """
        self._on_panel = True
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_image(self, image: np.ndarray | None, empty_text: str = "") -> None:
        """Show ink of shape (28, 28), uint8 or float 0..1; None empties the place and writes `empty_text` there."""
        self._empty_text = empty_text
        self._image = None if image is None else grey_image(image)
        self.update()

    def show_signed(self, difference: np.ndarray) -> None:
        """Show a (28, 28) difference on the fixed scale -1..1: orange is too much ink, blue is missing ink."""
        self._image = signed_image(difference)
        self.update()

    def set_caption(self, caption: str) -> None:
        """Change the words below the square."""
        if caption != self._caption:
            self._caption = caption
            self.updateGeometry()
            self.update()

    def set_clickable(self, clickable: bool) -> None:
        """Let the image act as a button: hand cursor, reachable by Tab, Enter and Space click it."""
        self._clickable = clickable
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if clickable else Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)

    def picture(self) -> QImage | None:
        """Return a copy of what is shown, one picture pixel for each image pixel; None where the place is empty."""
        return None if self._image is None else self._image.copy()

    def is_empty(self) -> bool:
        """Tell whether no image is shown."""
        return self._image is None

    def holds_words(self, side: int) -> bool:
        """Tell whether the words of an empty place would all be seen in a square of this side."""
        room = QRect(0, 0, side, side).adjusted(WORDS_INSET, WORDS_INSET, -WORDS_INSET, -WORDS_INSET)
        return room.contains(self.fontMetrics().boundingRect(room, int(WORDS_FLAGS), self._empty_text))

    def copy_image(self) -> None:
        """Put the picture, enlarged with crisp pixels, on the clipboard."""
        if self._image is not None:
            QGuiApplication.clipboard().setImage(self._enlarged())

    def save_image_to(self, path: Path) -> None:
        """Write the enlarged picture as PNG; tells `exported` or `failed`."""
        if self._image is not None:
            save_and_tell(self, path, lambda: save_image(self._enlarged(), path))

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side + self._caption_height())

    def minimumSizeHint(self) -> QSize:
        """Return the smallest useful size: one screen pixel for each image pixel."""
        return QSize(min(28, self._side), min(28, self._side) + self._caption_height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return width + self._caption_height()

    def picture_rect(self) -> QRectF:
        """Return the square that the picture takes, on whole device pixels."""
        ratio = self.devicePixelRatioF()
        side = int(min(self.width(), self.height() - self._caption_height()) * ratio) / ratio
        left = int((self.width() - side) / 2 * ratio) / ratio
        top = int((self.height() - self._caption_height() - side) / 2 * ratio) / ratio
        return QRectF(left, top, max(side, 1.0), max(side, 1.0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ready picture; nothing is computed here."""
        with QPainter(self) as painter:
            if self._on_panel:
                painter.fillRect(event.rect(), QColor(theme.colours().surface))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            square = self.picture_rect()
            if self._image is None:
                self._paint_empty(painter, square)
            elif is_drawing(painter):
                painter.drawImage(square, self._enlarged())  # as a brush it would be drawn small, again and again
            else:
                brush = QBrush(self._image)
                scale_x, scale_y = square.width() / self._image.width(), square.height() / self._image.height()
                brush.setTransform(QTransform(scale_x, 0, 0, scale_y, square.left(), square.top()))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(brush)
                painter.drawRoundedRect(square, RADIUS, RADIUS)
            self._paint_border(painter, square)
            if self._caption:
                painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
                room = QRectF(0, square.bottom() + CAPTION_GAP, self.width(), self.fontMetrics().height())
                words = self.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideRight, self.width())
                painter.drawText(room, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.button() == Qt.MouseButton.LeftButton and self.picture_rect().contains(event.position())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Click when the press and the release are both inside the picture."""
        inside = self.picture_rect().contains(QPointF(event.position()))
        if self._pressed and event.button() == Qt.MouseButton.LeftButton and inside:
            self.clicked.emit()
        self._pressed = False
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space click a clickable image, Ctrl+C copies."""
        if self._clickable and event.key() in PICK_KEYS:
            self.clicked.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_image()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._image is None:
            return
        menu = self.picture_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def picture_menu(self) -> QMenu:
        """Build the context menu: Copy image, Save image…."""
        menu = QMenu(self)
        menu.addAction(theme.icon("copy"), "Copy image", self.copy_image)
        menu.addAction(theme.icon("image"), "Save image…", self._ask_and_save)
        return menu

    def _ask_and_save(self) -> None:
        path = ask_path(self, "Save image", "image.png", "PNG picture (*.png)")
        if path is not None:
            self.save_image_to(path)

    def _enlarged(self) -> QImage:
        assert self._image is not None
        return self._image.scaled(self._image.size() * SAVED_SCALE)

    def _caption_height(self) -> int:
        return self.fontMetrics().height() + CAPTION_GAP if self._caption else 0

    def _paint_empty(self, painter: QPainter, square: QRectF) -> None:
        fill = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        fill.setAlpha(12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(square, RADIUS, RADIUS)
        if self._empty_text:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            room = square.adjusted(WORDS_INSET, WORDS_INSET, -WORDS_INSET, -WORDS_INSET)
            painter.drawText(room, int(WORDS_FLAGS), self._empty_text)

    def _paint_border(self, painter: QPainter, square: QRectF) -> None:
        line = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        line.setAlpha(60)
        width = 1.0
        if self._clickable and self.hasFocus():
            line, width = self.palette().color(QPalette.ColorRole.Highlight), 2.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(line, width))
        inset = width / 2
        painter.drawRoundedRect(square.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
