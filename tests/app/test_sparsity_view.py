"""The sparsity view against numpy, used with mouse and keys, stored, live and with nothing there."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.amounts import counted
from app.exporting_views import MARGIN, picture_size, run_shown, save_picture
from app.main_window import MainWindow
from app.panels.bar_chart import BarChart, Mark
from app.panels.sparsity.unit_grid import UnitGrid
from app.panels.sparsity.view import Sparsity
from app.panels.sparsity.words import activation_titles, short, unit_words
from app.phase import Phase
from app.seen.sparse import look_at_units
from models.activations import most_exciting
from models.checkpoint import load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.snapshot import Snapshot
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
UNITS = 24


@pytest.fixture(scope="session")
def sparse_file(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved sparse AE of the built-in digits with 24 units."""
    path = tmp_path_factory.mktemp("runs") / "sparse.safetensors"
    settings = {"kind": "ae", "loss": "mse", "latent_dim": UNITS, "epochs": 15, "learning_rate": 0.01}
    save_run(trained(digits, sparsity="kl", sparsity_weight=2.0, **settings), path)
    return path


@pytest.fixture(scope="module")
def lent_run(sparse_file: Path) -> Path:
    """The run that the borrowed window looks at."""
    return sparse_file


@pytest.fixture
def view(qtbot, any_window: MainWindow, sparse_file: Path) -> Sparsity:
    """The view on the sparse run, at any unit."""
    if any_window.session.view.run.path != sparse_file:
        any_window.session.open_run(sparse_file)
    any_window.views.show_view("sparsity")
    made = any_window.views.made("sparsity")
    assert isinstance(made, Sparsity)
    qtbot.waitUntil(lambda: made._unit is not None and made._unit.originals, timeout=20_000)
    return made


@pytest.fixture
def codes(sparse_file: Path) -> np.ndarray:
    return load_run(sparse_file).codes


def words(view: QWidget, name: str) -> str:
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else ""


def test_the_histogram_is_numpys_on_a_logarithmic_scale(view, codes: np.ndarray) -> None:
    counts, edges = np.histogram(codes.ravel().astype(float), bins=60, range=(min(0, codes.min()), codes.max()))
    assert np.abs(view.histogram.counts - counts).max() <= 2, "but for what lies on an edge"
    np.testing.assert_allclose(view.histogram.edges, edges, atol=1e-6)
    chart, top = view.histogram, 10.0 ** np.ceil(np.log10(counts.max()))
    assert chart.top() == top and chart.height_of(top) == pytest.approx(chart.box().height())
    rise = chart.height_of(100) - chart.height_of(10)
    assert rise == pytest.approx(chart.height_of(10) - chart.height_of(1)), "each power of ten is one step"
    assert chart._marks[0].at == pytest.approx(0.1 * abs(codes).max())
    at = QPoint(round(chart.x_of((edges[5] + edges[6]) / 2)), 40)
    assert chart.bar_at(at.x()) == 5
    assert chart._in_words(edges[5], edges[6], int(counts[5])).endswith(f"{counts[5]:,} activations")
    assert chart._in_words(-0.0125, 0.25, 1) == "−0.0125 to 0.25: 1 activation"


def test_the_bars_are_walked_with_keys_and_told_under_the_pointer(view) -> None:
    chart = view.per_image
    chart.setFocus()
    assert chart.accessibleDescription().startswith("Active units per image")
    for key, bar in ((Qt.Key.Key_Home, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_End, UNITS), (Qt.Key.Key_Right, UNITS)):
        QTest.keyClick(chart, key)
        assert chart.current == bar
        assert chart.accessibleDescription().endswith(f"active: {counted(chart.counts[bar], 'image')}")
    QTest.mouseMove(chart, QPoint(round(chart.x_of(4.0)), round(chart.box().center().y())))
    assert chart.accessibleDescription() == f"4 units active: {chart.counts[4]:,} images"
    assert chart._in_words(0.5, 1.5, 1) == "1 unit active: 1 image"


def test_the_share_of_units_active_in_an_image(view, codes: np.ndarray) -> None:
    active = abs(codes) > 0.1 * abs(codes).max()
    assert view._shown.active == pytest.approx(active.mean(axis=1))
    assert view.per_image.counts.tolist() == [int((active.sum(axis=1) == n).sum()) for n in range(UNITS + 1)]
    mean = active.sum(axis=1).mean()
    assert view.per_image._marks[0].words == f"mean {mean:.1f}"
    assert view.per_image.accessibleDescription().startswith(
        f"Active units per image: {100 * mean / UNITS:.0f} % of 24"
    )
    assert view.per_image.bar_at(round(view.per_image.x_of(3.0))) == 3


def test_units_have_their_means_and_what_they_draw_alone(view, codes, sparse_file: Path) -> None:
    shown, run = view._shown, load_run(sparse_file)
    assert shown.means == pytest.approx(codes.mean(axis=0), rel=1e-5), "a sigmoid is never below 0"
    decoder = Snapshot.from_weights(run.config, run.weights)
    for unit in (0, 11, 23):
        code = np.zeros((1, UNITS), np.float32)
        np.testing.assert_allclose(shown.nothing, decoder.decode(code)[0], atol=1e-5)
        code[0, unit] = codes[:, unit].max()
        np.testing.assert_allclose(shown.alone[unit], decoder.decode(code)[0], atol=1e-5)
        assert shown.levels[unit] == codes[:, unit].max()
    assert len({(view.units.tile(unit).x(), view.units.tile(unit).y()) for unit in range(UNITS)}) == UNITS
    assert all(view.units.rect().contains(view.units.tile(unit)) for unit in range(UNITS))


def test_a_code_with_signs_as_l1_leaves_it(rng: np.random.Generator) -> None:
    class Blank:
        def decode(self, codes: np.ndarray) -> np.ndarray:
            return np.zeros((len(codes), 28, 28), np.float32)

    codes = rng.laplace(size=(500, 3)).astype(np.float32)
    codes[7, 1] = -12.346
    shown = look_at_units("AE", "l1", 0.05, codes, Blank())
    assert shown.threshold == pytest.approx(1.2346) and shown.counts.sum() == 1500
    active = 100 * (np.abs(codes[:, 1]) > 1.2346).mean()
    sentence = f"Unit 2 of 3: mean size {np.abs(codes[:, 1]).mean():.3f}, active in {active:.1f} % of images"
    assert unit_words(shown, 1) == f"{sentence}, strongest −12.3"
    assert most_exciting(codes, 1)[0] == 7 and [short(each) for each in (-2.378, 0.994, -12.346)] == [
        "−2.38",
        "0.99",
        "−12",
    ]


def test_a_unit_that_is_active_in_one_image_of_many_is_not_said_to_be_active_in_none() -> None:
    class Blank:
        def decode(self, codes: np.ndarray) -> np.ndarray:
            return np.zeros((len(codes), 28, 28), np.float32)

    codes = np.zeros((5000, 2), np.float32)
    codes[0, 0], codes[1:, 1] = 1.0, 1.0
    shown = look_at_units("AE", "l1", 0.05, codes, Blank())
    assert "active in < 0.1 % of images" in unit_words(shown, 0)
    assert "active in > 99.9 % of images" in unit_words(shown, 1)


def test_a_click_chooses_a_unit_and_shows_what_excites_it(window, view, codes, digits: Dataset) -> None:
    assert view.units.chosen == codes.max(axis=0).argmax(), "at first the one that is excited most"
    unit = (view.units.chosen + 5) % UNITS
    QTest.mouseClick(view.units, LEFT, pos=view.units.tile(unit).center())
    top = np.argsort(-codes[:, unit], kind="stable")[:20]
    assert view._unit.unit == unit and view._unit.indices.tolist() == top.tolist()
    np.testing.assert_allclose(view._unit.images, digits.test_images[top] / 255, atol=1e-6)
    assert view._unit.values.tolist() == codes[top, unit].tolist()
    assert view.images._numbers[0][1] == [f"{value:.2f}" for value in codes[top, unit]]
    share = (codes[:, unit] > 0.1 * codes.max()).mean()
    sentence = f"Unit {unit + 1} of 24: mean activation {codes[:, unit].mean():.3f}, active in {100 * share:.1f} %"
    assert words(view, "unitWords").startswith(sentence) and view.units.accessibleDescription().startswith(sentence)
    assert view.alone.picture() is not None and view.nothing.picture() is not None
    QTest.mouseClick(view.images, LEFT, pos=view.images.column(2).center())
    assert window.session.look.pin.index == top[2]


def test_the_keyboard_walks_over_the_units(view, codes) -> None:
    view.units.setFocus()
    columns = view.units.layout_of()[0]
    for key, expected in (
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 1 + columns),
        (Qt.Key.Key_Left, columns),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_End, UNITS - 1),
        (Qt.Key.Key_M, int(codes.mean(axis=0).argmax())),
        (Qt.Key.Key_L, int(codes.mean(axis=0).argmin())),
    ):
        QTest.keyClick(view.units, key)
        assert view._unit.unit == view.units.chosen == expected


def test_a_run_that_is_not_sparse_says_so_and_offers_one(qtbot, borrowed_window, view, ae4_file: Path) -> None:
    assert words(view, "sparsityAbout") == "KL sparsity, weight 2: each unit's mean is pulled towards 0.05."
    assert not view.findChild(QPushButton, "openSparseRun").isVisible()
    for before in (0, 1):  # whichever was looked at
        borrowed_window.session.sparsity.choose_unit(before)
        with qtbot.waitSignal(borrowed_window.session.sparsity.unit_shown, timeout=20_000):
            borrowed_window.session.open_run(ae4_file)
        assert view._unit.unit == np.abs(view._shown.levels).argmax()
    note = "This network has no sparsity term: nothing keeps its units quiet."
    assert words(view, "sparsityAbout") == note and view._shown.units == 4
    codes = load_run(ae4_file).codes
    top = np.argsort(-abs(codes[:, view._unit.unit]), kind="stable")[:20]
    assert view._unit.indices.tolist() == top.tolist(), "by size, where a unit may be negative"
    assert len(view.histogram._marks) == 2
    with qtbot.waitSignal(borrowed_window.session.sparsity.originals_missing, timeout=20_000):
        QTest.mouseClick(view.findChild(QPushButton, "openSparseRun"), LEFT)
    assert borrowed_window.session.view.run.path.stem == "ae-64-sparse" and view._shown.units == 64
    assert words(view, "excitingNote") == "These are reconstructions: the images are in MNIST, which is not loaded."
    assert view.findChild(QPushButton, "excitingGet").text() == "Get MNIST"
    decoded = borrowed_window.session.view.decode(view._shown.codes[view._unit.indices])
    np.testing.assert_allclose(view._unit.images, decoded, atol=1e-5)


def test_it_follows_a_training_and_only_while_it_is_seen(qtbot, window, view) -> None:
    session, looks = window.session, []
    small = RunConfig(kind="ae", loss="mse", latent_dim=8, encoder=(32,), decoder=(32,), epochs=2000, batch_size=100)
    session.edit_config(small.replace(sparsity="l1", sparsity_weight=1.0))
    session.training.set_slow_motion(True)
    session.start_training()
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=30_000)
    session.sparsity.shown.connect(looks.append)
    qtbot.waitUntil(lambda: len(looks) > 2 and looks[-1].units == 8, timeout=30_000)
    assert words(view, "sparsityAbout") == "L1 on the code, weight 1: every unit's size costs."
    window.views.show_view("map")
    qtbot.waitUntil(lambda: not session.sparsity._worker.busy, timeout=10_000)
    seen = len(looks)
    for _ in range(3):
        with qtbot.waitSignal(session.training.codes_moved, timeout=10_000):
            pass
    assert len(looks) == seen and not session.sparsity._worker.busy
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=30_000)


def test_maps_and_axes_of_a_training_have_the_room_of_its_sparse_code(qtbot, window, view) -> None:
    """KL sparsity has it between 0 and 1: in the room of other AEs' codes it would look like a dot."""
    session = window.session
    session.edit_config(RunConfig(kind="ae", sparsity="kl", encoder=(32,), decoder=(32,), epochs=2000))
    session.start_training()
    qtbot.waitUntil(lambda: session.view.config.sparsity == "kl" and session.view.run is None, timeout=60_000)
    for name in ("map", "manifold", "axes"):
        window.views.show_view(name)
    axes = window.views.made("axes")
    qtbot.waitUntil(lambda: axes.canvas.scene is not None and axes.canvas.scene.measured.dims == 2, timeout=20_000)
    low, high = axes.canvas.visible_range()
    assert low <= 0 and 1 <= high <= 1.5
    for surface in (window.latent_map.view, window.views.made("manifold").plane.surface):
        seen = surface.frame().area()
        assert seen.contains(QRectF(0, 0, 1, 1)) and min(seen.width(), seen.height()) < 3
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=30_000)


def test_codes_that_moved_while_the_units_were_measured_are_measured_after_it(qtbot, window, view) -> None:
    desk, looks, codes = window.session.sparsity, [], window.session.view.codes
    desk.shown.connect(looks.append)
    desk._look()
    window.session.view.codes = 2 * codes
    desk._look()
    qtbot.waitUntil(lambda: len(looks) == 2, timeout=20_000)
    np.testing.assert_array_equal(looks[0].codes, codes)
    np.testing.assert_array_equal(looks[1].codes, 2 * codes)


def test_picture_and_tables_are_written(borrowed_window, view, tmp_path: Path) -> None:
    def rows(which: str) -> list[dict[str, str]]:
        view.save_table_to(which, tmp_path / f"{which}.csv")
        with open(tmp_path / f"{which}.csv", newline="") as file:
            return list(csv.DictReader(file))

    shown, unit = view._shown, view._unit
    assert [float(row["mean_activation"]) for row in rows("units")] == pytest.approx(shown.means.tolist())
    assert [int(row["activations"]) for row in rows("histogram")] == shown.counts.tolist()
    assert [int(row["images"]) for row in rows("per_image")] == shown.per_image.tolist()
    exciting = rows("exciting")
    assert [int(row["held_out_image"]) for row in exciting] == unit.indices.tolist()
    assert [float(row["activation"]) for row in exciting] == pytest.approx(unit.values.tolist())
    view.save_picture_to(tmp_path / "picture.png")
    assert QImage(str(tmp_path / "picture.png")).size() == picture_size(view.sheet, title=run_shown(view)) * 2
    view.save_picture_to(tmp_path / "picture.svg")
    texts = {"".join(each.itertext()).strip() for each in ElementTree.parse(tmp_path / "picture.svg").iter()}
    assert "active" in texts and any(text.startswith("Active units per image") for text in texts)
    drawn = QSvgRenderer(str(tmp_path / "picture.svg"))
    picture = QImage(picture_size(view.sheet, title=run_shown(view)), QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    drawn.render(painter)
    painter.end()
    top = picture.height() - MARGIN - view.sheet.height()
    square = view.alone.picture_rect().translated(view.alone.mapTo(view.sheet, QPoint(MARGIN, top)))
    size = square.width() / 28
    for x, y in ((14, 14), (10, 18), (18, 8), (14, 6), (12, 22)):
        pixel = picture.pixelColor(round(square.left() + (x + 0.5) * size), round(square.top() + (y + 0.5) * size))
        around = 255 * shown.alone[unit.unit][y - 1 : y + 2, x - 1 : x + 2]
        assert around.min() - 8 <= pixel.red() <= around.max() + 8, "the same picture, once"
    view.save_table_to("units", tmp_path / "none" / "units.csv")
    assert borrowed_window.message_bar.messages[-1].kind == "error"


def test_everything_has_its_words(view) -> None:
    assert view.objectName() == "sparsity"
    names = ("activationHistogram", "activeUnits", "unitGrid", "unitAlone", "noUnit", "sparsityExport", "openSparseRun")
    for name in names:
        widget = view.findChild(QWidget, name)
        assert widget.accessibleName() and widget.toolTip(), name
    assert view.findChild(QWidget, "excitingImages").accessibleName()


@pytest.mark.parametrize(("width", "title", "mark"), [
    (400, "Activations, 10,000 images (log counts)", True),
    (120, "Activations (log)", False),
])  # fmt: skip
def test_a_narrow_chart_says_less_but_nothing_over_other_words(qtbot, tmp_path, width, title, mark) -> None:
    chart = BarChart(True, lambda low, high, count: "")
    qtbot.addWidget(chart)
    chart.resize(width, 96)
    edges = np.linspace(-3.87, 4.84, 41)
    chart.show_bars(edges, np.arange(1, 41), [Mark(-0.4, "active")], activation_titles(10_000))
    save_picture(chart, tmp_path / "chart.svg")
    texts = {"".join(each.itertext()).strip() for each in ElementTree.parse(tmp_path / "chart.svg").iter()}
    assert {title, "−3.87", "4.84"} <= texts and ("active" in texts) == mark


@pytest.mark.parametrize(("room", "count"), [((1060, 280), 2), ((300, 90), 2), ((1060, 280), 24)])
def test_tiles_fill_the_width_before_they_stand_below_each_other(qtbot, rng, room, count: int) -> None:
    class Blank:
        def decode(self, codes: np.ndarray) -> np.ndarray:
            return np.zeros((len(codes), 28, 28), np.float32)

    grid = UnitGrid()
    qtbot.addWidget(grid)
    grid.resize(*room)
    grid.show_units(look_at_units("AE", "none", 0.0, rng.normal(size=(50, count)).astype(np.float32), Blank()))
    tiles = [grid.tile(unit) for unit in range(count)]
    assert all(grid.rect().contains(each) for each in tiles)
    assert count > 2 or (tiles[0].y() == tiles[1].y() and tiles[0].width() >= 0.75 * room[1])


def test_a_low_window_scrolls_and_nothing_lies_over_another(borrowed_window, view, let_turns_pass) -> None:
    borrowed_window.resize(960, 640)
    let_turns_pass()
    parts = [view.histogram, view.units, view._unit_words, view._scroll]
    places = [part.geometry() for part in parts]
    assert all(above.bottom() < below.top() for above, below in pairwise(places))
    assert places[-1].height() >= 100 and view.sheet.height() > view._stack.height()
    borrowed_window.resize(1280, 800)
    let_turns_pass()
    assert view.sheet.height() <= view._stack.height()
