"""What the manifold draws: decoded tiles, and the points over them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.exporting_views import SCALE
from app.panels.digit_image import grey_image, is_drawing
from app.panels.latent.frame import Frame
from app.panels.latent.overlays import Layer
from app.panels.latent.points import PointsItem
from models.config import IMAGE_SIDE
from models.tiles import BLOCK, Block, blocks_within, level_for

SMALLEST_PX = 20  # of a tile on the screen: it is between this and twice as wide
MOST_KEPT = 2048  # blocks, of 12.5 KB each
POINTS_OPACITY = 0.6
FINER_STAND_INS = 2  # levels: of still finer blocks a view would need too many
OVERVIEW = 2  # levels: a sixteenth of the tiles
CRISP_FROM = 2.0  # screen pixels for a tile's pixel, from which on its pixels may be seen as squares


class TilesItem(Layer):
    """Tiles, registered to the plane, of the level that suits the zoom; until they are there, others stand in."""

    def __init__(self, view_box: QGraphicsItem, points: PointsItem) -> None:
        super().__init__(view_box, height=-10)
        self._points = points
        self._number = 0
        self._kept: dict[Block, tuple[int, QImage]] = {}  # the number of the picture it belongs to; last used last

    def begin(self, number: int, stand_in: bool) -> None:
        """All tiles are out of date; they stay until those of picture `number` come, if they may stand in."""
        self._number = number
        if not stand_in:
            self.clear()

    def clear(self) -> None:
        """Show no tiles."""
        self._kept = {}
        self.renew()

    def keep(self, number: int, blocks: Sequence[Block], pictures: np.ndarray) -> None:
        """Show the pictures (B, H, W) uint8 of B blocks, if they belong to the newest picture."""
        if number != self._number:
            return
        for block, picture in zip(blocks, pictures, strict=True):
            self._kept.pop(block, None)
            self._kept[block] = number, grey_image(picture)
        if not self.missing():  # whole: nothing older is needed to stand in
            self._kept = {block: kept for block, kept in self._kept.items() if kept[0] == number}
        while len(self._kept) > MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self.renew()

    def missing(self) -> list[Block]:
        """The blocks in view whose newest tiles are not there, from the middle outwards.

        Where there are none at all, a few coarse ones come first: a slow network then soon shows something everywhere.
        """
        shown = self._in_view(self.frame())
        if any(each not in self._kept for each in shown):
            shown = self._in_view(self.frame(), coarser=OVERVIEW) + shown
        return [each for each in shown if self._kept.get(each, (0,))[0] != self._number]

    def count(self) -> int:
        """How many blocks are kept."""
        return len(self._kept)

    def frame(self) -> Frame:
        """What is in view now."""
        return Frame.of(self._view_box)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if is_drawing(painter):
            painter.drawImage(QRectF(0, 0, frame.width, frame.height), self._with_points(frame))
            return
        shown = self._in_view(frame)
        pixels = frame.scale_x * shown[0].side / (BLOCK * IMAGE_SIDE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, pixels < CRISP_FROM)
        there = [each for each in shown if each in self._kept]
        missing = [each for each in shown if each not in self._kept]
        for block in self._stand_ins(frame, missing) if missing else ():
            self._paint(painter, frame, block)
        for block in there:
            self._kept[block] = self._kept.pop(block)  # the last to go
            self._paint(painter, frame, block)

    def _with_points(self, frame: Frame) -> QImage:
        """One picture for a drawing, which would show seams between many, and adds no light of points to tiles."""
        size = QSize(math.ceil(frame.width * SCALE), math.ceil(frame.height * SCALE))
        picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.scale(size.width() / frame.width, size.height() / frame.height)
            self.draw(painter, frame)
            if self._points.isVisible():
                self._points.paint(painter, QStyleOptionGraphicsItem())
        return picture

    def _in_view(self, frame: Frame, coarser: int = 0) -> list[Block]:
        level = level_for(frame.scale_x, SMALLEST_PX) - coarser
        return blocks_within(level, frame.left, frame.bottom, frame.right, frame.top)

    def _stand_ins(self, frame: Frame, missing: Sequence[Block]) -> list[Block]:
        """Blocks of other levels for those that are missing, in the order of drawing: newer over older, then finer.

        Of all the coarser ones that cover a block only one is drawn: each costs as much as a view of fine ones.
        """
        area, level = frame.area(), missing[0].level
        coarsest = min((block.level for block in self._kept), default=level)
        found = {
            block
            for block in self._kept
            if level < block.level <= level + FINER_STAND_INS
            and area.intersects(QRectF(block.left, block.top - block.side, block.side, block.side))
        }
        for block in missing:
            over = [each for each in block.over(coarsest) if each in self._kept]
            found |= set(sorted(over, key=self._age)[-1:])
        return sorted(found, key=self._age)

    def _age(self, block: Block) -> tuple[int, int]:
        return self._kept[block][0], block.level

    def _paint(self, painter: QPainter, frame: Frame, block: Block) -> None:
        side = block.side * frame.scale_x
        corner = QPointF((block.left - frame.left) * frame.scale_x, (frame.top - block.top) * frame.scale_y)
        painter.drawImage(QRectF(corner.x(), corner.y(), side, block.side * frame.scale_y), self._kept[block][1])


class PointsOverTiles(PointsItem):
    """The codes as light added to the tiles: white ink stays white under them, so that the digits can be read."""

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if is_drawing(painter):
            return  # the tiles' picture has them
        before = painter.compositionMode(), painter.opacity()
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Screen)
        painter.setOpacity(POINTS_OPACITY)
        super().paint(painter, option, widget)
        painter.setCompositionMode(before[0])
        painter.setOpacity(before[1])
