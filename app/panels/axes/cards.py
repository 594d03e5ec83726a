"""The cards beside the axes, one for each image whose code is a line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.panels.axes.scene import line_styles
from app.panels.describing import describe
from app.panels.digit_image import crisp, grey_image, is_drawing
from app.panels.focus_mark import PICK_KEYS, shows_focus
from app.panels.titled import tight
from app.seen.axes import Line

PICTURE, SMALL = 42, 30  # side of a picture in pixels; the small one in a narrow view
SAMPLE = 14  # pixels that show the line
HOW = "Add images: each one's code becomes a line."


class Card(QWidget):
    """One image and its line. A double click or Enter lays the black line on its code, Delete takes it away."""

    snap_wanted = Signal(str)
    remove_wanted = Signal(str)
    pointed = Signal(str)  # its key, or nothing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._line: Line | None = None
        self._style = ("#000000", Qt.PenStyle.SolidLine)
        self._pictures: list[QImage | None] = []
        self._is_pointed, self._side = False, PICTURE
        self.close_button = QToolButton(self)
        self.close_button.setIcon(theme.icon("close", "muted"))
        self.close_button.setIconSize(QSize(12, 12))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does it
        self.close_button.clicked.connect(lambda: self.remove_wanted.emit(self.key))

    @property
    def key(self) -> str:
        """Of the line that it stands for."""
        return self._line.key if self._line is not None else ""

    def show_line(self, line: Line, style: tuple[str, Qt.PenStyle], is_twin: bool) -> None:
        """Show an image, and what the network (or its twin) makes of it."""
        self._line, self._style = line, style
        rebuilt = line.twin_rebuilt if is_twin else line.rebuilt
        self._pictures = [None if each is None else grey_image(each) for each in (line.image, rebuilt)]
        missing = "" if line.image is not None else "\nThe original is not loaded."
        tip = (
            f"{line.title}: left as given, right as rebuilt.{missing}\nDouble-click or Enter: lay the black line on it."
        )
        describe(self, f"Line of {line.title}", tip)
        describe(self.close_button, f"Take away {line.title}", f"Take {line.title} away (Delete)", "removeLine")
        self.update()

    def shorten(self, narrow: bool) -> None:
        """Do with little room: smaller pictures."""
        self._side = SMALL if narrow else PICTURE
        self.updateGeometry()
        self.update()

    def show_pointed(self, is_pointed: bool) -> None:
        """Mark the card of the line under the pointer."""
        if is_pointed != self._is_pointed:
            self._is_pointed = is_pointed
            self.update()

    # Qt's names

    def sizeHint(self) -> QSize:
        return QSize(4 + SAMPLE + 2 * self._side + 10, self._side + QFontMetrics(theme.small_font(self)).height() + 8)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QEvent) -> None:
        self.close_button.setGeometry(self.width() - 21, 1, 20, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._line is None:
            return
        now = theme.colours()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            has_focus = shows_focus(self)
            if self._is_pointed or has_focus:
                painter.setPen(QPen(QColor(now.accent), 1.5) if has_focus else Qt.PenStyle.NoPen)
                painter.setBrush(QColor(now.hover))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
            painter.setFont(theme.small_font(self))
            words = QRect(4, 2, self.width() - 26, painter.fontMetrics().height())
            painter.setPen(QColor(now.text))
            elided = painter.fontMetrics().elidedText(self._line.title, Qt.TextElideMode.ElideRight, words.width())
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
            top = words.bottom() + 3
            painter.setPen(QPen(QColor(self._style[0]), 3, self._style[1], Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(4 + SAMPLE / 2 - 2, top), QPointF(4 + SAMPLE / 2 - 2, top + self._side))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            for column, picture in enumerate(self._pictures):
                self._paint_picture(
                    painter, QRect(4 + SAMPLE + column * (self._side + 4), top, self._side, self._side), picture
                )

    def _paint_picture(self, painter: QPainter, place: QRect, picture: QImage | None) -> None:
        now = theme.colours()
        if picture is None:
            painter.fillRect(place, QColor(now.hover))
            painter.setPen(QColor(now.muted))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "–")
        elif is_drawing(painter):
            painter.drawImage(place, crisp(picture))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, picture.scaled(picture.size() * 2))
        painter.setPen(QPen(QColor(now.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(0, 0, -1, -1))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.pointed.emit(self.key)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.pointed.emit(self.key)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.pointed.emit("")
        super().focusOutEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.snap_wanted.emit(self.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space snap, Delete and Backspace take away."""
        if event.key() in PICK_KEYS:
            self.snap_wanted.emit(self.key)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_wanted.emit(self.key)
        else:
            super().keyPressEvent(event)


class Cards(QScrollArea):
    """The cards below each other; where there are none, how to get one."""

    snap_wanted = Signal(str)
    remove_wanted = Signal(str)
    pointed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # in a narrow view, the vertical one
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        self._column = tight(QVBoxLayout(inside), 2)
        self._how = QLabel(HOW, wordWrap=True)
        theme.set_role(self._how, "small")
        self._column.addWidget(self._how)
        self._column.addStretch(1)
        self.setWidget(inside)
        self.cards: list[Card] = []
        self._narrow = False

    def show_lines(self, lines: Sequence[Line], is_twin: bool) -> None:
        """Show a card a line."""
        while len(self.cards) < len(lines):
            self.cards.append(self._made())
        focused = next((i for i, card in enumerate(self.cards) if card.hasFocus()), -1)
        for card in self.cards[len(lines) :]:
            card.hide()
            card.deleteLater()
        del self.cards[len(lines) :]
        for card, line, style in zip(self.cards, lines, line_styles(lines), strict=True):
            card.show_line(line, style, is_twin)
        if focused >= len(self.cards) > 0:
            self.cards[-1].setFocus()
        self._how.setVisible(not self.cards)

    def shorten(self, narrow: bool) -> None:
        """Do with little room: small cards beside each other instead of below."""
        self._narrow = narrow
        self._column.setDirection(QBoxLayout.Direction.LeftToRight if narrow else QBoxLayout.Direction.TopToBottom)
        off, on = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setHorizontalScrollBarPolicy(on if narrow else off)
        self.setVerticalScrollBarPolicy(off if narrow else on)
        for card in self.cards:
            card.shorten(narrow)

    def show_pointed(self, key: str) -> None:
        """Mark the card of a line."""
        for card in self.cards:
            card.show_pointed(bool(key) and card.key == key)

    def _made(self) -> Card:
        card = describe(Card(), "", "", "lineCard")
        card.shorten(self._narrow)
        card.snap_wanted.connect(self.snap_wanted)
        card.remove_wanted.connect(self.remove_wanted)
        card.pointed.connect(self.pointed)
        self._column.insertWidget(self._column.count() - 1, card)
        return card
