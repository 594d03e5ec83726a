"""Tests for the button that saves what a view shows: its menu, what the file dialog is told, and the file."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QLabel, QScrollArea, QToolButton, QWidget

from app import theme
from app.exporting_views import MARGIN, PICTURES, SCALE, TABLES, save_image, save_picture, save_table
from app.panels.anomalies.view import Anomalies
from app.panels.axes.axes import ParallelAxes
from app.panels.compression.view import Compression
from app.panels.denoising.view import Denoising
from app.panels.export_button import ExportButton
from app.panels.latent.map import LatentMap
from app.panels.manifold.view import Manifold
from app.panels.reconstructions.view import Reconstructions
from app.panels.regularity.view import Regularity
from app.panels.sparsity.view import Sparsity
from app.panels.strip.panel import InterpolationStrip
from app.panels.twins.view import Twins
from tests.app.drawings import SVG, shapes

VIEWS = {
    Anomalies: ("anomaliesExport", "anomalies.png"),
    Compression: ("compressionExport", "compression.png"),
    LatentMap: ("mapExport", "latent-map.png"),
    Denoising: ("denoisingExport", "denoising.png"),
    ParallelAxes: ("axesExport", "axes.png"),
    Reconstructions: ("reconstructionsExport", "reconstructions.png"),
    Sparsity: ("sparsityExport", "sparsity.png"),
    Twins: ("twinsExport", "twins.png"),
}


@pytest.fixture
def dialog(monkeypatch) -> dict[str, str]:
    """The system's dialog: "answer" is the path it gives, the rest what it was told."""
    told = {"answer": ""}

    def choose(parent: QWidget, title: str, start: str, kinds: str) -> tuple[str, str]:
        told.update(title=title, name=Path(start).name, kinds=kinds, over=parent.objectName())
        return told["answer"], ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    return told


def test_an_entry_asks_and_hands_the_path_on(qtbot, dialog: dict[str, str], tmp_path: Path) -> None:
    window = QWidget(objectName="window")
    qtbot.addWidget(window)
    button, saved = ExportButton("anyExport"), []
    button.setParent(window)
    button.offer("Save codes (CSV)…", "codes.csv", TABLES, saved.append)
    dialog["answer"] = str(tmp_path / "mine.csv")
    button.menu().actions()[0].trigger()
    assert saved == [tmp_path / "mine.csv"] and button.objectName() == "anyExport"
    assert (dialog["title"], dialog["name"], dialog["kinds"]) == ("Save codes", "codes.csv", TABLES)
    assert dialog["over"] == "window"


def test_nothing_is_saved_when_the_dialog_is_cancelled(qtbot, dialog: dict[str, str]) -> None:
    button, saved = ExportButton("anyExport"), []
    qtbot.addWidget(button)
    button.offer("Save picture (PNG, SVG)…", "any.png", PICTURES, saved.append).trigger()
    assert dialog["title"] == "Save picture" and saved == []


@pytest.mark.parametrize("kind", [*VIEWS, Manifold, Regularity, InterpolationStrip])
def test_every_entry_has_its_sign(qtbot, kind: type[QWidget]) -> None:
    view = kind()
    qtbot.addWidget(view)
    menus = [each.menu() for each in view.findChildren(QToolButton) if "xport" in each.objectName()]
    bare = [each.text() for menu in menus for each in menu.actions() if not each.isSeparator() and each.icon().isNull()]
    assert menus and bare == [], "beside those that have one they looked forgotten"


@pytest.mark.parametrize("kind", VIEWS)
def test_every_view_saves_its_picture(qtbot, dialog: dict[str, str], tmp_path: Path, kind: type[QWidget]) -> None:
    view, (object_name, name) = kind(), VIEWS[kind]
    qtbot.addWidget(view)
    view.resize(700, 600)
    view.show()
    dialog["answer"] = str(tmp_path / name)
    button = view.findChild(ExportButton, object_name)
    with qtbot.waitSignal(view.exported) as told:
        button.menu().actions()[0].trigger()
    assert told.args == [f"Saved as “{tmp_path / name}”."] and not QImage(str(tmp_path / name)).isNull()
    assert (dialog["title"], dialog["name"], dialog["kinds"]) == ("Save picture", name, PICTURES)
    entries = [action.text() for action in button.menu().actions()]
    assert entries[0] == "Save picture (PNG, SVG)…" and all(entry.endswith(" (CSV)…") for entry in entries[1:])


class Ink(QWidget):
    """All red."""

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor("#ff0000"))


@pytest.mark.parametrize(("title", "above"), [("", MARGIN), ("A heading", 2 * MARGIN)])
def test_a_picture_has_a_margin_and_under_its_title_the_widget(qtbot, tmp_path: Path, title: str, above: int) -> None:
    ink = Ink()
    qtbot.addWidget(ink)
    ink.resize(40, 30)
    paper, red = QColor(theme.colours().surface), QColor("#ff0000")
    for name in ("any.png", "any.svg"):
        save_picture(ink, tmp_path / name, title=title)
    picture = QImage(str(tmp_path / "any.png"))
    drawing = QSvgRenderer(str(tmp_path / "any.svg"))
    assert picture.width() == SCALE * (40 + 2 * MARGIN) and drawing.viewBox().size() * SCALE == picture.size()
    from_svg = QImage(picture.size(), QImage.Format.Format_RGB32)
    painter = QPainter(from_svg)
    drawing.render(painter)
    painter.end()
    for each in (picture, from_svg):
        inks = [[each.pixelColor(x, y) == red for x in range(each.width())] for y in range(each.height())]
        rows, columns = np.array(inks).any(axis=1).nonzero()[0], np.array(inks).any(axis=0).nonzero()[0]
        assert (columns[0], columns[-1]) == (SCALE * MARGIN, SCALE * (MARGIN + 40) - 1)
        assert rows[-1] == each.height() - SCALE * MARGIN - 1 and rows[-1] - rows[0] == SCALE * 30 - 1
        assert rows[0] == SCALE * MARGIN if not title else rows[0] > SCALE * above
        assert each.pixelColor(3, 3) == paper
        over = [each.pixelColor(x, y) != paper for x in range(each.width()) for y in range(rows[0])]
        assert any(over) == bool(title)


def test_a_picture_is_compressed_quickly_and_loses_nothing(tmp_path: Path, rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (60, 80, 4), np.uint8)
    picture = QImage(pixels.data, 80, 60, 4 * 80, QImage.Format.Format_RGB32).copy()
    save_image(picture, tmp_path / "any.png")
    assert QImage(str(tmp_path / "any.png")).convertToFormat(QImage.Format.Format_RGB32) == picture
    content = (tmp_path / "any.png").read_bytes()
    speed = content[content.index(b"IDAT") + 5] >> 6
    assert speed < 2, "zlib says which of its four paces it had: 2 is the usual one, for which the window stands still"


def test_of_a_scrolled_page_a_drawing_holds_what_is_seen(qtbot, tmp_path: Path) -> None:
    sheet, page = QWidget(), Ink()
    qtbot.addWidget(sheet)
    page.setFixedSize(60, 200)
    scroll = QScrollArea(sheet)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setWidget(page)
    scroll.setGeometry(0, 0, 100, 50)
    sheet.resize(100, 80)
    scroll.verticalScrollBar().setValue(70)
    save_picture(sheet, tmp_path / "page.svg")
    inks = [(shape, clipped) for _, shape, clipped in shapes(tmp_path / "page.svg") if shape.get("height") == "200"]
    assert inks and all(clipped for _, clipped in inks)
    edges = [each.attrib for each in ElementTree.parse(tmp_path / "page.svg").iter(f"{SVG}rect")]
    seen = {"x": "0", "y": "70", "width": str(scroll.viewport().width()), "height": "50"}
    assert any(seen.items() <= edge.items() for edge in edges)


def test_a_drawing_can_be_read_where_its_font_is_not_and_whatever_its_run_is_called(qtbot, tmp_path: Path) -> None:
    label = QLabel("words")
    qtbot.addWidget(label)
    save_picture(label, tmp_path / "any.svg", title="beta \x1b\uffff <4> & “more”")
    drawing = ElementTree.parse(tmp_path / "any.svg").getroot()
    assert "".join(drawing.find(f"{SVG}title").itertext()) == "beta  <4> & “more”"
    words = {each.text: float(each.get("x")) for each in drawing.iter(f"{SVG}tspan")}
    assert list(words) == ["beta  ", "<4> ", "& ", "“more”", "words"]
    heading = QFont(label.font())
    heading.setWeight(QFont.Weight.DemiBold)
    heading.setPointSizeF(1.2 * heading.pointSizeF())
    assert words["<4> "] == pytest.approx(MARGIN + QFontMetricsF(heading).horizontalAdvance("beta  "), abs=0.5)
    assert all(each.get("textLength") for each in drawing.iter(f"{SVG}tspan"))
    families = [each.get("font-family") for each in drawing.iter() if each.get("font-family")]
    assert families and all(each.endswith(", sans-serif") for each in families)


def test_names_that_are_no_text_do_not_keep_anything_from_being_saved(qtbot, tmp_path: Path) -> None:
    """On Linux files may be called anything, and runs are called as their files."""
    name = Path(os.fsdecode(b"caf\xe9.safetensors")).stem
    label = QLabel("words")
    qtbot.addWidget(label)
    save_picture(label, tmp_path / "any.svg", title=name)
    title = ElementTree.parse(tmp_path / "any.svg").getroot().find(f"{SVG}title")
    assert title.text.startswith("caf")
    save_table(["figure", name], [["a", 1.5]], tmp_path / "any.csv")
    assert (tmp_path / "any.csv").read_bytes() == b"figure,caf?\r\na,1.5\r\n"


def test_in_a_drawing_nothing_leaves_what_it_lies_in_but_words_may_grow(qtbot, tmp_path: Path) -> None:
    sheet = QWidget()
    qtbot.addWidget(sheet)
    sheet.resize(100, 80)
    frame, cut, whole = QWidget(sheet), QLabel("words that have no room", sheet), QLabel("these", sheet)
    frame.setGeometry(0, 0, 50, 20)
    Ink(frame).setGeometry(10, 0, 30, 33)
    cut.setWordWrap(True)
    cut.setGeometry(0, 40, 40, 16)
    whole.setGeometry(50, 40, 50, 20)
    save_picture(sheet, tmp_path / "any.svg")
    found = list(shapes(tmp_path / "any.svg"))
    assert [clipped for _, shape, clipped in found if shape.get("height") == "33"] == [True]
    assert [clipped for tag, _, clipped in found if tag == "text"][-1:] == [False]
    assert all(clipped for tag, _, clipped in found[:-1] if tag == "text")
