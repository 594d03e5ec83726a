"""Turns a dropped or pasted picture into ink: grey, light on dark, fitted into the canvas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter

from app.panels.draw.ink import SIDE, blank_ink, is_blank

LARGEST_READ = 1600  # a photograph is read at most this large
PAPER_NOISE = 0.12  # shadows and grain of a photographed sheet, not ink;
PAPER_SHARE = 1 / 3  # so is what has less than this share of the darkest ink, or specks in a corner count as strokes

LEAST_COMPANY = 4  # inked pixels among the 25 around one: a hair's line has five, a grain of a dark photograph fewer


class PictureError(Exception):
    """One sentence that says why a picture cannot be brought onto the canvas."""


def may_hold_picture(mime: QMimeData) -> bool:
    """Tell whether a drag carries image data or a local image file; runs, data and folders are for the window."""
    path = _first_file(mime)
    return mime.hasImage() or (path is not None and _looks_like_picture(path))


def ink_from_mime(mime: QMimeData | None) -> np.ndarray:
    """Return the ink (SIDE, SIDE) uint8 of dropped or pasted data; PictureError when there is no readable image.

    Of several files the first counts; None is a clipboard that holds nothing at all.
    """
    mime = mime or QMimeData()
    path = _first_file(mime)
    if path is not None:
        return ink_from_file(path)
    if mime.hasImage():
        image = QImage(mime.imageData())
        if not image.isNull():
            return ink_from_image(image, "The picture")
    raise PictureError("The clipboard holds no image.")


def ink_from_file(path: Path) -> np.ndarray:
    """Return the ink (SIDE, SIDE) uint8 of an image file; PictureError when it cannot be read."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > LARGEST_READ:
        reader.setScaledSize(size.scaled(QSize(LARGEST_READ, LARGEST_READ), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull() and 4 * size.width() * size.height() > 2**20 * QImageReader.allocationLimit():
        raise PictureError(f"{path.name} is too large, {size.width():,} x {size.height():,} pixels: make it smaller.")
    if image.isNull():
        raise PictureError(f"{path.name} is not an image that can be read.")
    return ink_from_image(image, path.name)


def ink_from_image(image: QImage, name: str) -> np.ndarray:
    """Return the ink (SIDE, SIDE) uint8 of an image: the border's median is the paper, what differs from it is ink."""
    grey = _grey(_fitted(image))
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(border))
    if paper > 0.5:
        grey, paper = 1.0 - grey, 1.0 - paper
    if paper > 0.02:  # a scan or a photograph: its paper is not quite black or white
        grey = np.clip((grey - paper) / (1.0 - paper), 0.0, 1.0)
        grey[grey < max(PAPER_NOISE, PAPER_SHARE * float(grey.max()))] = 0.0
        grey[_company(grey > 0) < LEAST_COMPANY] = 0.0
    ink = blank_ink()
    height, width = grey.shape
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    ink[top : top + height, left : left + width] = (grey * 255.0 + 0.5).astype(np.uint8)
    if is_blank(ink):
        raise PictureError(f"{name} shows nothing that stands out from its background.")
    return ink


def _company(ink: np.ndarray) -> np.ndarray:
    """How many inked pixels are among the 5 x 5 around each of (H, W), itself among them."""
    (height, width), padded = ink.shape, np.pad(ink, 2).astype(np.uint8)
    rows = sum((padded[top : top + height] for top in range(5)), np.zeros((height, width + 4), np.uint8))
    return sum((rows[:, left : left + width] for left in range(5)), np.zeros((height, width), np.uint8))


def _looks_like_picture(path: Path) -> bool:
    """Tell by its ending, so that a damaged picture is told of as one, or by its content."""
    endings = {bytes(ending.data()).decode() for ending in QImageReader.supportedImageFormats()}
    return path.suffix.lower().lstrip(".") in endings or not QImageReader.imageFormat(str(path)).isEmpty()


def _first_file(mime: QMimeData) -> Path | None:
    return next((Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()), None)


def _fitted(image: QImage) -> QImage:
    size = image.size().scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    return image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)


def _grey(image: QImage) -> np.ndarray:
    """Return (H, W) float 0..1; transparent parts become paper: white under dark ink, black under light ink."""
    if image.hasAlphaChannel():
        over_white, over_black = _flattened(image, "white"), _flattened(image, "black")
        opacity = 1.0 - (over_white - over_black)
        visible = opacity > 0.5
        light_ink = visible.any() and float(over_black[visible].mean()) > 0.5
        return over_black if light_ink else over_white
    return _pixels(image)


def _flattened(image: QImage, paper: str) -> np.ndarray:
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(QColor(paper))
    with QPainter(flat) as painter:
        painter.drawImage(0, 0, image)
    return _pixels(flat)


def _pixels(image: QImage) -> np.ndarray:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), dtype=np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].astype(np.float32) / 255.0
