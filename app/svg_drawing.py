"""SVG drawings of widgets: each is painted by itself, put in its place, and held to what is seen of it.

Painted in one go, as pictures are, none has an edge: what a map or a scrolled page has beyond its own would lie over
its neighbours, for Qt's generator has clips where they are set, but not where a widget lies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from unicodedata import bidirectional
from xml.etree import ElementTree

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QRegion
from PySide6.QtWidgets import QAbstractScrollArea, QGraphicsView, QLabel, QWidget

SVG, LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What may stand in a file's name, but nowhere in a drawing: nobody could open it."""

NUMBER = re.compile(r"-?[0-9.]+(?:e[-+]?[0-9]+)?")
POINT = re.compile(rf"({NUMBER.pattern}),({NUMBER.pattern})")
POINTS_IN = {f"{{{SVG}}}path": "d", f"{{{SVG}}}polyline": "points", f"{{{SVG}}}polygon": "points"}
UNSCALED = ["1", "0", "0", "1"]


class Drawing:
    """A drawing that grows piece by piece."""

    def __init__(self, size: QSize, title: str, dots_per_inch: int) -> None:
        """With other dots than the screen's letters would get another size than all else."""
        self._size, self._title, self._dots = size, title, dots_per_inch
        self._root: ElementTree.Element | None = None
        self._pieces = 0

    def add(self, paint: Callable[[QPainter], object], at: QPoint, seen: QRect | None, clips: bool = True) -> None:
        """Paint a piece with its origin `at` a place of the drawing, and of it what is `seen`; None where all is.

        Without `clips` those that are set in painting it are not in the drawing.
        """
        self._pieces += 1
        piece = self._painted(paint, clips)
        _place_words(piece, self._dots)
        _rename(piece, f"p{self._pieces}")
        _flatten(piece)
        if self._root is None:
            self._root = piece
            return
        group = ElementTree.Element(f"{{{SVG}}}g", transform=f"translate({at.x()},{at.y()})")
        defs, *drawn = (each for each in piece if each.tag not in (f"{{{SVG}}}title", f"{{{SVG}}}desc"))
        if seen is not None:
            here, name = seen.translated(-at), f"seen{self._pieces}"
            edge = ElementTree.SubElement(defs, f"{{{SVG}}}clipPath", id=name)
            sides = {"x": here.x(), "y": here.y(), "width": here.width(), "height": here.height()}
            ElementTree.SubElement(edge, f"{{{SVG}}}rect", {side: str(value) for side, value in sides.items()})
            group.set("clip-path", f"url(#{name})")
        group.extend((defs, *drawn))
        self._root.append(group)

    def content(self) -> bytes:
        """The file."""
        assert self._root is not None
        ElementTree.register_namespace("", SVG)
        ElementTree.register_namespace("xlink", LINK)
        return bytes(ElementTree.tostring(self._root, "utf-8", xml_declaration=True))

    def _painted(self, paint: Callable[[QPainter], object], clips: bool) -> ElementTree.Element:
        from PySide6.QtSvg import QSvgGenerator  # rarely wanted: not worth its time at every start

        buffer, versions = QBuffer(), QSvgGenerator.SvgVersion
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        drawing = QSvgGenerator(versions.Svg11 if clips else versions.SvgTiny12)
        drawing.setOutputDevice(buffer)
        drawing.setResolution(self._dots)
        drawing.setSize(self._size)
        drawing.setViewBox(QRect(QPoint(), self._size))
        drawing.setTitle(self._title)
        with QPainter(drawing) as painter:
            paint(painter)
        return ElementTree.fromstring(NO_TEXT.sub("", bytes(buffer.data().data()).decode(errors="replace")))


def add_widget(drawing: Drawing, widget: QWidget, at: QPoint, left_out: Callable[[QWidget], bool]) -> None:
    """Draw a widget and all that is seen in it, but for what is left out."""
    for each, place, seen in _parts(widget, at, None, left_out):
        # not of words, which may take more room where another font stands in for theirs, and not of a scene, for in
        # Qt's drawings what follows a clip within a clip stays in the inner one
        clips = not isinstance(each, QLabel) and not isinstance(each.parentWidget(), QGraphicsView)
        drawing.add(partial(_paint, each), place, seen, clips)


def _parts(
    widget: QWidget, at: QPoint, seen: QRect | None, left_out: Callable[[QWidget], bool], is_inside: bool = False
) -> Iterator[tuple[QWidget, QPoint, QRect | None]]:
    """Widgets from below upwards, where each lies, and which part of the drawing it may take; None for all."""
    own, around = QRect(at, widget.size()), widget.parentWidget()
    if _paints_beyond(widget):
        seen = own if seen is None else own & seen
    if around is not None and is_inside and not around.rect().contains(widget.geometry()):
        edge = QRect(at - widget.pos(), around.size())
        seen = edge if seen is None else edge & seen
    if seen is not None and (seen & own).isEmpty():
        return
    yield widget, at, seen
    for child in widget.children():
        if isinstance(child, QWidget) and child.isVisibleTo(widget) and not child.isWindow() and not left_out(child):
            yield from _parts(child, at + child.pos(), seen, left_out, is_inside=True)


def _paints_beyond(widget: QWidget) -> bool:
    """Whether a screen cuts off some of what a widget paints: a scene, or words that found no room."""
    around = widget.parentWidget()
    if isinstance(around, QAbstractScrollArea):
        return widget is around.viewport()
    return isinstance(widget, QLabel) and widget.heightForWidth(widget.width()) > widget.height()


def _paint(widget: QWidget, painter: QPainter) -> None:
    QWidget.render(widget, painter, QPoint(), QRegion(), QWidget.RenderFlag(0))  # a plot's own is of its scene


def _place_words(piece: ElementTree.Element, dots: int) -> None:
    """Tell where each word begins and how long it is: in another font, or without hints, a line would drift apart."""
    for text in piece.iter(f"{{{SVG}}}text"):
        line = text.text or ""
        if not line.strip() or any(bidirectional(letter) in ("R", "AL") for letter in line):
            continue
        font = QFont(text.get("font-family", ""))
        font.setPointSizeF(float(text.get("font-size", 0)) * 72 / dots)
        font.setWeight(QFont.Weight(int(text.get("font-weight", 400))))
        font.setItalic(text.get("font-style") == "italic")
        metrics, left = QFontMetricsF(font), float(text.get("x", 0))
        text.text = None
        for word in re.finditer(r"\s*\S+\s*|\s+", line):
            begin, end = (metrics.horizontalAdvance(line[:at]) for at in word.span())
            length = {"textLength": f"{end - begin:.6g}", "lengthAdjust": "spacingAndGlyphs"}
            ElementTree.SubElement(text, f"{{{SVG}}}tspan", {"x": f"{left + begin:.6g}", **length}).text = word[0]


def _rename(piece: ElementTree.Element, mark: str) -> None:
    """Give names that are a piece's own: each begins to count anew."""
    for each in piece.iter():
        for key, value in each.attrib.items():
            if key == "id":
                each.set(key, f"{mark}-{value}")
            elif value.startswith("url(#"):
                each.set(key, value.replace("url(#", f"url(#{mark}-"))
            elif key == "font-family":
                each.set(key, f"{value}, sans-serif")  # another machine may lack this one


def _flatten(piece: ElementTree.Element) -> None:
    """Give lines whose width is not to be scaled with them their places in pixels: not every reader leaves it alone."""
    for group in piece.iter(f"{{{SVG}}}g"):
        matrix = NUMBER.findall(group.get("transform", ""))
        if matrix[:4] == UNSCALED or all(each.get("vector-effect") != "non-scaling-stroke" for each in group):
            continue
        if all(each.tag in POINTS_IN for each in group) and not group.get("fill", "").startswith("url("):
            across, up = map(float, matrix[0::2]), map(float, matrix[1::2])
            place = partial(_placed, tuple(across), tuple(up))
            group.set("transform", "matrix(1,0,0,1,0,0)")
            for each in group:
                each.set(POINTS_IN[each.tag], POINT.sub(place, each.get(POINTS_IN[each.tag], "")))


def _placed(across: Sequence[float], up: Sequence[float], point: re.Match[str]) -> str:
    """A point `x,y` where a matrix, by columns, brings it."""
    x, y = float(point[1]), float(point[2])
    return ",".join(f"{k[0] * x + k[1] * y + k[2]:.6g}" for k in (across, up))
