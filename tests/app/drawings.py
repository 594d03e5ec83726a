"""SVG drawings as their readers see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SVG = "{http://www.w3.org/2000/svg}"


def read(path: Path, size: QSize) -> QImage:
    """The drawing as a picture, by Qt's own reader, which knows no clips."""
    picture = QImage(size, QImage.Format.Format_RGB32)
    with QPainter(picture) as painter:
        QSvgRenderer(str(path)).render(painter)
    return picture


def pixels(picture: QImage) -> np.ndarray:
    """Red, green and blue (H, W, 3) of a picture's pixels."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB32)
    whole = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.width(), 4)
    return whole[:, :, 2::-1].astype(int)


def shapes(path: Path) -> Iterator[tuple[str, dict[str, str], bool]]:
    """Tag and attributes of all that is drawn, and whether a clip holds it."""

    def walk(parent: ElementTree.Element, clipped: bool) -> Iterator[tuple[str, dict[str, str], bool]]:
        for each in parent:
            tag = each.tag.removeprefix(SVG)
            if tag == "g":
                yield from walk(each, clipped or "clip-path" in each.attrib)
            elif tag not in ("title", "desc", "defs"):
                yield tag, each.attrib, clipped

    yield from walk(ElementTree.parse(path).getroot(), False)
