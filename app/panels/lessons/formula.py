"""A formula, typeset term by term; a term that is pointed at tells its meaning, its present value and its code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.panels.digit_image import CRISP, is_drawing
from app.panels.focus_mark import shows_focus

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgRenderer

SIZE = 17.0  # pixels of the letters
MARGIN = 4
GAP = 2


@lru_cache(maxsize=256)
def _drawing(tex: str, colour: str) -> tuple[QSvgRenderer, float, float, float]:
    """What draws a formula in LaTeX, its width and height, and how far its lowest point lies under the line."""
    import ziamath  # 0.3 s, if nobody has brought it in ahead
    from PySide6.QtSvg import QSvgRenderer

    ziamath.config.svg2 = False  # Qt draws no <symbol>
    maths = ziamath.Latex(tex, size=SIZE, color=colour)
    width, height = maths.getsize()
    return QSvgRenderer(QByteArray(maths.svg().encode())), width, height, -maths.getyofst()


def _picture(drawing: QSvgRenderer, size: QSizeF) -> QImage:
    picture = QImage((size * CRISP).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        drawing.render(painter)
    return picture


class TermView(QWidget):
    """One term. Those that say something can be pointed at and reached with Tab."""

    entered = Signal()

    def __init__(self, tex: str, says: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tex, self._says = tex, says
        self.is_current = False
        self.setAccessibleName(says or tex)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if says else Qt.FocusPolicy.NoFocus)
        if says:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        _, width, height, self.below = _drawing(tex, theme.colours().text)
        self.setFixedSize(QSize(round(width) + 2 * MARGIN, round(height) + 2 * MARGIN))

    def show_current(self, current: bool) -> None:
        """Whether this is the term whose value is told."""
        self.is_current = current
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._tell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._tell()
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.colours()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._says:
                painter.setPen(QColor(now.accent) if shows_focus(self) else Qt.PenStyle.NoPen)
                painter.setBrush(QColor(now.tint if self.is_current else now.hover))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            drawing, width, height, _ = _drawing(self._tex, now.text)
            place = QRectF(MARGIN, MARGIN, width, height)
            if is_drawing(painter):  # Qt would outline each letter there, in black
                painter.drawImage(place, _picture(drawing, place.size()))
            else:
                drawing.render(painter, place)

    def _tell(self) -> None:
        if self._says:
            self.entered.emit()


class FormulaRow(QWidget):
    """Terms one after the other on one line, or on several where the width asks for it."""

    pointed = Signal(int)
    """index of the term that is pointed at"""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lessonFormula")
        self.setAccessibleName("Formula")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.terms: list[TermView] = []

    def show_terms(self, terms: Sequence[tuple[str, str]]) -> None:
        """(LaTeX, what it says or nothing) of each term."""
        for old in self.terms:
            old.hide()
            old.deleteLater()
        self.terms = []
        for index, (tex, says) in enumerate(terms):
            term = TermView(tex, says, self)
            term.setObjectName(f"lessonTerm{index}")
            term.entered.connect(lambda index=index: self.point(index))
            term.show()
            self.terms.append(term)
        self._arrange()

    def point(self, index: int) -> None:
        """Tell about one term."""
        for number, term in enumerate(self.terms):
            term.show_current(number == index)
        self.pointed.emit(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.update()
        super().changeEvent(event)

    def _arrange(self) -> None:
        """Letters of one line stand on one height."""
        lines: list[list[TermView]] = [[]]
        room = float(self.width())
        for term in self.terms:
            room -= term.width() + GAP
            if room < 0 and lines[-1]:
                lines.append([])
                room = self.width() - term.width() - GAP
            lines[-1].append(term)
        top = 0
        for line in lines:
            above = max((term.height() - term.below for term in line), default=0.0)
            left = 0
            for term in line:
                term.move(left, round(top + above - (term.height() - term.below)))
                left += term.width() + GAP
            top += round(above + max((term.below for term in line), default=0.0)) + GAP
        self.setFixedHeight(max(top, 1))
