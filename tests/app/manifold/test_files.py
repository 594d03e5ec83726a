"""Files of the manifold: grids of tiles and of codes, and the view as a picture."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QSpinBox
from scipy.stats import norm

from app import theme
from app.exporting_views import MARGIN, picture_size, run_shown
from app.main_window import MainWindow
from models.checkpoint import load_run
from tests.app.drawings import pixels, read
from tests.app.manifold.conftest import LIMIT, decoded_at, manifold


@pytest.fixture
def saved_as(monkeypatch, window: MainWindow, qtbot) -> Callable[[Path, str], str]:
    """Chooses an entry of the export menu and a file; gives the message that follows."""

    def save(path: Path, entry: str) -> str:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))  # the system's dialog
        before = len(window.message_bar.messages)
        actions = manifold(window).tools.export.menu().actions()
        next(action for action in actions if action.text().startswith(entry)).trigger()
        qtbot.waitUntil(lambda: len(window.message_bar.messages) > before, timeout=LIMIT)
        return window.message_bar.messages[-1].text

    return save


@pytest.mark.parametrize("steps", [15, 30])
def test_the_classic_picture_over_the_prior(saved_as, vae_file: Path, tmp_path: Path, steps: int) -> None:
    path = tmp_path / "grid.png"
    assert saved_as(path, f"Save {steps} × {steps} over the prior's") == f"Saved as “{path}”."
    picture = np.array(Image.open(path)).astype(int)
    side = picture.shape[0] // steps
    assert picture.shape == (steps * side, steps * side) and side % 28 == 0
    run, at = load_run(vae_file), norm.ppf((np.arange(steps) + 0.5) / steps)
    for row, column in ((0, 0), (0, steps - 1), (steps - 1, 2), (7, 5)):
        tile = picture[row * side : (row + 1) * side, column * side : (column + 1) * side]
        image = decoded_at(run, np.array([at[column], at[steps - 1 - row]]))  # row 0 is the largest z2
        assert np.abs(tile.reshape(28, side // 28, 28, side // 28) - image[:, None, :, None]).max() <= 1


def test_the_codes_of_a_grid_over_the_codes_range(saved_as, vae_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "grid.csv"
    saved_as(path, "Save 15 × 15 over the codes'")
    codes = load_run(vae_file).codes
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 225 and list(rows[0]) == ["row", "column", "x", "y", "z1", "z2"]
    first, last = rows[0], rows[-1]
    assert (float(first["z1"]), float(first["z2"])) == pytest.approx((codes[:, 0].min(), codes[:, 1].max()))
    assert (float(last["z1"]), float(last["z2"])) == pytest.approx((codes[:, 0].max(), codes[:, 1].min()))
    assert (last["row"], last["column"]) == ("14", "14")


def test_a_grid_of_any_size(qtbot, saved_as, window: MainWindow, tmp_path: Path) -> None:
    path, seen = tmp_path / "grid.csv", []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        seen.append(dialog.findChild(QSpinBox).maximum())
        QTest.keyClick(dialog.findChild(QSpinBox), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(dialog.findChild(QSpinBox), "7")
        QTest.keyClick(dialog, Qt.Key.Key_Return)

    QTimer.singleShot(0, window, answer)
    assert saved_as(path, "Save n × n over the prior's") == f"Saved as “{path}”."
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    at = norm.ppf((np.arange(7) + 0.5) / 7)
    assert seen == [100] and len(rows) == 49
    assert (float(rows[6]["z1"]), float(rows[6]["z2"])) == pytest.approx((at[6], at[6]), abs=1e-5)


def test_the_view_as_png_and_svg(saved_as, window: MainWindow, tmp_path: Path) -> None:
    saved_as(tmp_path / "view.png", "Save picture")
    view = manifold(window)
    assert QImage(str(tmp_path / "view.png")).size() == picture_size(view.sheet, title=run_shown(view)) * 2
    saved_as(tmp_path / "view.svg", "Save picture")
    tree = ElementTree.parse(tmp_path / "view.svg")
    assert [*tree.iter("{http://www.w3.org/2000/svg}image")]
    words = {"".join(each.itertext()).strip() for each in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {str(digit) for digit in range(10)} <= words


def test_a_drawing_looks_as_the_view_does_with_its_paper_around(saved_as, window: MainWindow, tmp_path: Path) -> None:
    """No tiles over the title, the legend and the margin, no seams between them, and points as light over digits."""
    for name in ("view.png", "view.svg"):
        saved_as(tmp_path / name, "Save picture")
    picture = QImage(str(tmp_path / "view.png"))
    seen, drawn = pixels(picture), pixels(read(tmp_path / "view.svg", picture.size()))
    assert np.abs(seen - drawn).mean() < 2
    edge = 2 * MARGIN - 2
    for strip in (drawn[:edge], drawn[-edge:], drawn[:, :edge], drawn[:, -edge:]):
        assert (strip == QColor(theme.colours().surface).toTuple()[:3]).all()


def test_what_cannot_be_written_is_one_sentence(saved_as, tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "grid.png"
    sentence = f"“{nowhere}” could not be written: no such file or directory."
    assert saved_as(nowhere, "Save 15 × 15 over the prior's") == sentence
    assert saved_as(nowhere, "Save picture") == sentence
    assert saved_as(nowhere.with_suffix(".csv"), "Save 30 × 30 over the codes'") == sentence.replace("png", "csv")
