"""The manifold as a person uses it: real clicks, wheel and drags; tiles compared with codes decoded directly."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QSpinBox
from pytestqt.qtbot import QtBot
from scipy.stats import norm

from app import theme
from app.exporting_views import picture_size
from app.main_window import MainWindow
from app.panels.latent.frame import Frame
from app.panels.manifold.tiles import MOST_KEPT, SMALLEST_PX
from app.panels.manifold.view import Manifold
from app.panels.plane.plane import Plane
from app.phase import Phase
from models.checkpoint import Run, load_run
from models.snapshot import Snapshot
from models.tiles import Block, blocks_within, level_for, tile_side
from tests.app.conftest import bring_to_front, made_ready, windows

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
LIMIT = 20_000  # milliseconds


@pytest.fixture
def open_window(qtbot, make_window) -> Callable[[Path], MainWindow]:
    """Opens a window that looks at the manifold of a run, all of whose tiles are there."""

    def opened(run: Path) -> MainWindow:
        return at_first(qtbot, made_ready(qtbot, make_window(run)))

    return opened


@pytest.fixture
def window(qtbot, borrowed_window: MainWindow) -> MainWindow:
    """The borrowed window at the manifold of a VAE, as one finds it at first."""
    return at_first(qtbot, borrowed_window)


@pytest.fixture
def own_window(open_window, vae_file: Path) -> MainWindow:
    """The same, for a test that changes what the borrowed one has to keep."""
    return open_window(vae_file)


@pytest.fixture(scope="module")
def lent_slices(
    request: pytest.FixtureRequest, qapp: QApplication, ae4_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MainWindow]:
    """A window for all that look at the slices of a 4-D AE."""
    with windows(qapp, tmp_path_factory.mktemp("slices")) as make:
        yield made_ready(QtBot(request), make(ae4_file))


@pytest.fixture
def sliced(qtbot, lent_slices: MainWindow) -> Iterator[MainWindow]:
    """That window, in front, at the principal components as at first."""
    bring_to_front(qtbot, lent_slices)
    run = lent_slices.session.view.run
    for plane in ("axes:0,1", "pca"):  # the two axes chosen last would be remembered
        lent_slices.session.choose_projection(plane)
    yield at_first(qtbot, lent_slices)
    assert lent_slices.session.view.run is run, "borrowed, not given"
    lent_slices.views.show_view("map")


def at_first(qtbot, window: MainWindow) -> MainWindow:
    """The window at its manifold, opened with keys: an image pinned, points shown, all in view, no tile of before."""
    window.session.look.pick(0.0, 0.0, 0)
    place = window.views.names().index("manifold")
    QTest.keyClick(window, Qt.Key(Qt.Key.Key_1 + place), Qt.KeyboardModifier.ControlModifier)
    view = manifold(window)
    view.tools.points.setChecked(True)
    view.points.setVisible(True)
    view.tiles.clear()
    view.tools.fit.click()
    view._ask()
    wait(qtbot, window)
    return window


def manifold(window: MainWindow) -> Manifold:
    made = window.views.made("manifold")
    assert isinstance(made, Manifold) and made.isVisible()
    return made


def whole(window: MainWindow) -> bool:
    """Whether nothing is waited for: neither a look at the view nor a batch of tiles."""
    view, desk = manifold(window), window.session.manifold
    return not (view._asking.isActive() or desk._decoding.busy or desk._rest.isActive() or view.tiles.missing())


def wait(qtbot, window: MainWindow) -> None:
    QApplication.processEvents()
    qtbot.waitUntil(lambda: whole(window), timeout=LIMIT)
    QApplication.processEvents()


def view_range(window: MainWindow) -> tuple[float, float, float, float]:
    """left, right, bottom, top by pyqtgraph's own account."""
    (left, right), (bottom, top) = manifold(window).view.view_box.viewRange()
    return left, right, bottom, top


def pixel_of(window: MainWindow, x: float, y: float) -> QPointF:
    """Where a place of the plane must lie, worked out from the view's range alone."""
    left, right, bottom, top = view_range(window)
    size = manifold(window).view.viewport().size()
    return QPointF((x - left) / (right - left) * size.width(), (top - y) / (top - bottom) * size.height())


def picture(window: MainWindow) -> np.ndarray:
    """The view's pixels (H, W, 3), with neither points nor marks over the tiles."""
    view = manifold(window)
    view.points.setVisible(False)
    for item in (*view.plane.layer._items, view.plane.axes):
        item.setVisible(False)
    image = view.view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    for item in (*view.plane.layer._items, view.plane.axes):
        item.setVisible(True)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return data[:, :, 2::-1].astype(int)


def show_exactly(qtbot, window: MainWindow, pixels: int, left: float, top: float) -> None:
    """Show half a unit as so many pixels, with a corner at whole tiles."""
    view = manifold(window).view
    size, unit = view.viewport().size(), 2 * pixels
    view.view_box.setRange(
        xRange=(left, left + size.width() / unit), yRange=(top - size.height() / unit, top), padding=0
    )
    wait(qtbot, window)


def decoded_at(run: Run, code: np.ndarray) -> np.ndarray:
    """The image (28, 28) of a code as 0..255, by a network of its own."""
    image = Snapshot.from_weights(run.config, run.weights).decode(np.asarray(code, np.float32)[None])[0]
    return np.round(np.clip(image, 0, 1) * 255)


def wheel(window: MainWindow, at: QPointF, notches: int) -> None:
    viewport = manifold(window).view.viewport()
    event = QWheelEvent(
        at,
        viewport.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def drag(window: MainWindow, start: QPoint, by: QPoint) -> None:
    viewport = manifold(window).view.viewport()
    QTest.mousePress(viewport, LEFT, pos=start)
    for part in (0.3, 0.6, 1.0):
        QTest.mouseMove(viewport, start + by * part)
    QTest.mouseRelease(viewport, LEFT, pos=start + by)


class TestRegistration:
    def test_a_tile_is_its_centre_decoded_at_its_place(self, qtbot, window: MainWindow, vae_file: Path) -> None:
        """Tiles of 28 pixels, so that each pixel of the screen is one of the image."""
        show_exactly(qtbot, window, 28, left=-4.0, top=3.0)
        seen, run = picture(window), load_run(vae_file)
        for column, row in ((0, 0), (5, 2), (9, 11), (17, 14)):
            x, y = -4.0 + 0.25 + 0.5 * column, 3.0 - 0.25 - 0.5 * row
            tile = seen[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
            assert np.abs(tile - decoded_at(run, np.array([x, y]))[..., None]).max() <= 1
        assert not (seen[:28, :28] == seen[28:56, :28]).all()

    def test_it_holds_when_tiles_are_between_two_sizes(self, qtbot, window: MainWindow, vae_file: Path) -> None:
        """Away from 28 pixels too a tile's blot of ink has its middle where the decoded image has it."""
        show_exactly(qtbot, window, 37, left=-2.0, top=2.0)
        seen, image = picture(window)[..., 0], decoded_at(load_run(vae_file), np.array([0.75, 0.25]))
        tile = seen[3 * 37 : 4 * 37, 5 * 37 : 6 * 37]
        rows, columns = np.mgrid[0:37, 0:37]
        r, c = np.mgrid[0:28, 0:28]
        for axis, reference in ((rows, r), (columns, c)):
            middle = (tile * (axis + 0.5)).sum() / tile.sum() / 37
            assert middle == pytest.approx((image * (reference + 0.5)).sum() / image.sum() / 28, abs=0.5 / 37)

    def test_both_axes_have_one_scale(self, window: MainWindow) -> None:
        left, right, bottom, top = view_range(window)
        size = manifold(window).view.viewport().size()
        assert (right - left) / size.width() == pytest.approx((top - bottom) / size.height(), rel=1e-6)

    def test_the_click_and_the_tile_agree(self, qtbot, window: MainWindow) -> None:
        """What is decoded beside the view for a click on a tile's middle is that tile."""
        QTest.mouseClick(manifold(window).tools.points, LEFT)
        show_exactly(qtbot, window, 28, left=-4.0, top=3.0)
        told: list[tuple] = []
        window.session.look.decoded_shown.connect(lambda *values: told.append(values))
        column, row = 6, 5
        QTest.mouseClick(manifold(window).view.viewport(), LEFT, pos=QPoint(28 * column + 14, 28 * row + 14))
        code, image, words = told[-1]
        assert words == "pinned"
        assert code.tolist() == pytest.approx([-4 + 0.5 * column + 0.25, 3 - 0.5 * row - 0.25], abs=1e-5)
        tile = picture(window)[28 * row : 28 * row + 28, 28 * column : 28 * column + 28, 0]
        assert np.abs(tile - np.round(image * 255)).max() <= 1


class TestZooming:
    def test_the_wheel_asks_for_finer_tiles_around_the_pointer(self, qtbot, window: MainWindow) -> None:
        view, at = manifold(window), QPointF(300, 200)
        before = view.view.frame()
        level = level_for(before.scale_x, SMALLEST_PX)
        place = before.to_plane(at.x(), at.y())
        for _ in range(4):
            wheel(window, at, 2)
        wait(qtbot, window)
        after = view.view.frame()
        assert after.to_plane(at.x(), at.y()) == pytest.approx(place, abs=1e-6)
        assert level_for(after.scale_x, SMALLEST_PX) > level
        assert SMALLEST_PX <= after.scale_x * tile_side(level_for(after.scale_x, SMALLEST_PX)) < 2 * SMALLEST_PX

    def test_zoom_does_not_run_out(self, qtbot, window: MainWindow, vae_file: Path) -> None:
        """A million times closer the tile under the pointer still is what its centre decodes to."""
        view = manifold(window)
        for _ in range(40):
            wheel(window, QPointF(200, 200), 2)
        wait(qtbot, window)
        frame = view.view.frame()
        assert frame.width / frame.scale_x < 0.01
        level = level_for(frame.scale_x, SMALLEST_PX)
        block = next(each for each in view.tiles._kept if each.level == level)
        kept = np.frombuffer(view.tiles._kept[block][1].constBits(), np.uint8).reshape(112, 112)
        image = decoded_at(load_run(vae_file), block.centres()[6])
        assert np.abs(kept[28:56, 56:84].astype(int) - image).max() <= 1

    def test_coarser_tiles_stay_until_the_finer_come(self, qtbot, own_window: MainWindow, monkeypatch) -> None:
        view = manifold(own_window)
        picture(own_window)
        view.tiles_wanted.disconnect()  # as if the decoder took for ever
        wheel(own_window, QPointF(250, 250), 10)
        QApplication.processEvents()
        assert view.tiles.missing()
        blurred = picture(own_window)
        assert len(np.unique(blurred)) > 50 and blurred.max() > 200, "no empty place"
        assert not (blurred == np.array(QImageColour.of(theme.colours().field))).all(axis=2).any()

    def test_only_one_coarser_tile_is_drawn_at_a_place(self, qtbot, own_window: MainWindow) -> None:
        """The finest there is, though all lie over it: each costs as much to draw as a view of fine ones."""
        view = manifold(own_window)
        tiles, frame = view.tiles, view.view.frame()
        level, number = level_for(frame.scale_x, SMALLEST_PX), view.tiles._number + 1
        tiles.begin(number, False)
        for up in (3, 2, 1):
            blocks = blocks_within(level - up, frame.left, frame.bottom, frame.right, frame.top)
            tiles.keep(number, blocks, np.zeros((len(blocks), 112, 112), np.uint8))
        drawn: list[Block] = []
        tiles._paint = lambda painter, frame, block: drawn.append(block)  # type: ignore[method-assign]
        picture(own_window)
        assert {block.level for block in drawn} == {level - 1}
        assert len(drawn) == len(blocks), "each once, and no place is empty"

    def test_where_nothing_is_there_a_few_coarse_tiles_come_first(self, qtbot, own_window: MainWindow) -> None:
        view = manifold(own_window)
        asked: list[list[Block]] = []
        view.tiles_wanted.disconnect()
        view.tiles_wanted.connect(asked.append)
        view.begin_tiles(view.tiles._number + 1, False)
        level = level_for(view.view.frame().scale_x, SMALLEST_PX)
        coarse = [block for block in asked[0] if block.level == level - 2]
        assert asked[0][: len(coarse)] == coarse and 0 < len(coarse) < 0.3 * len(asked[0])
        view.show_tiles(view.tiles._number, coarse, np.full((len(coarse), 112, 112), 200, np.uint8))
        assert (picture(own_window) == 200).all(), "no place is empty"
        fine = view.tiles.missing()
        assert {block.level for block in fine} == {level}
        view.show_tiles(view.tiles._number, fine, np.full((len(fine), 112, 112), 90, np.uint8))
        assert (picture(own_window) == 90).all() and view.tiles.missing() == []

    def test_a_drag_moves_the_plane_and_fills_the_edge(self, qtbot, window: MainWindow) -> None:
        session, view = window.session, manifold(window)
        pin, before = session.look.pin, view.view.frame()
        drag(window, QPoint(300, 250), QPoint(-170, 90))
        wait(qtbot, window)
        after = view.view.frame()
        assert (after.left - before.left) * after.scale_x == pytest.approx(170, abs=0.01)
        assert (after.top - before.top) * after.scale_y == pytest.approx(90, abs=0.01)
        assert session.look.pin is pin, "a drag picks nothing"
        assert view.tiles.missing() == []

    def test_what_is_kept_is_bounded(self, qtbot, window: MainWindow) -> None:
        view = manifold(window)
        number = view.tiles._number
        for row in range(3):
            blocks = [Block(9, column, row) for column in range(MOST_KEPT // 2)]
            view.show_tiles(number, blocks, np.zeros((len(blocks), 112, 112), np.uint8))
        assert view.tiles.count() == MOST_KEPT

    def test_tiles_of_an_older_picture_are_dropped(self, window: MainWindow) -> None:
        view = manifold(window)
        block = Block(30, 0, 0)
        view.show_tiles(view.tiles._number - 1, [block], np.zeros((1, 112, 112), np.uint8))
        assert block not in view.tiles._kept


class QImageColour:
    @staticmethod
    def of(name: str) -> tuple[int, int, int]:
        return tuple(int(name[i : i + 2], 16) for i in (1, 3, 5))


class TestPointing:
    def test_a_click_on_a_point_pins_its_image(self, window: MainWindow) -> None:
        session = window.session
        index = 17
        x, y = session.view.place(session.view.codes[index])[0].tolist()
        QTest.mouseClick(manifold(window).view.viewport(), LEFT, pos=pixel_of(window, x, y).toPoint())
        pinned = session.look.pin
        near = session.view.codes[pinned.index]
        assert pinned.index >= 0 and np.abs(near - session.view.codes[index]).max() < 0.1

    def test_a_switch_hides_the_points_which_then_cannot_be_clicked(self, qtbot, window: MainWindow) -> None:
        session, view = window.session, manifold(window)
        before = view_range(window)
        QTest.mouseClick(view.tools.points, LEFT)
        assert not view.points.isVisible() and not view.legend.isVisible()
        wait(qtbot, window)
        assert view_range(window) == before, "the tiles stay where they are"
        x, y = session.view.place(session.view.codes[17])[0].tolist()
        at = pixel_of(window, x, y).toPoint()
        QTest.mouseClick(view.view.viewport(), LEFT, pos=at)
        assert session.look.pin.index == -1
        assert session.look.pin.code.tolist() == pytest.approx(view.view.frame().to_plane(at.x(), at.y()), abs=1e-5)
        QTest.keyClick(view.view, Qt.Key.Key_P)
        assert view.points.isVisible() and view.legend.isVisible()

    def test_the_pin_is_marked_when_the_view_opens_and_when_another_moves_it(self, window: MainWindow) -> None:
        session, view = window.session, manifold(window)
        assert view.plane.marks.pinned == pytest.approx(tuple(session.view.place(session.look.pin.code)[0]))
        session.look.set_code(np.array([0.5, -0.25], np.float32))
        assert view.plane.marks.pinned == pytest.approx((0.5, -0.25))

    def test_moving_over_it_decodes_beside_it(self, window: MainWindow) -> None:
        told: list[tuple] = []
        window.session.look.decoded_shown.connect(lambda *values: told.append(values))
        at = QPoint(140, 160)
        QTest.mouseMove(manifold(window).view.viewport(), at)
        code, _, words = told[-1]
        assert words == "under the pointer"
        assert code.tolist() == pytest.approx(manifold(window).view.frame().to_plane(140, 160), abs=1e-5)

    def test_arrow_keys_move_the_pin_and_the_view_follows(self, qtbot, window: MainWindow) -> None:
        session, view = window.session, manifold(window)
        assert view.view.hasFocus()
        session.look.set_code(np.zeros(2, np.float32))
        QTest.keyClick(view.view, Qt.Key.Key_Right)
        step = 8 / view.view.frame().scale_x
        assert session.look.pin.code.tolist() == pytest.approx([step, 0], abs=1e-5)
        for _ in range(30):
            QTest.keyClick(view.view, Qt.Key.Key_Up, SHIFT)
        assert session.look.pin.code[1] == pytest.approx(30 * 4 * step, rel=1e-3)
        assert view.view.frame().area().contains(*map(float, session.look.pin.code))
        wait(qtbot, window)

    def test_plus_zooms_at_the_pin_and_f_fits(self, qtbot, window: MainWindow) -> None:
        session, view = window.session, manifold(window)
        session.look.set_code(np.array([1.0, 0.5], np.float32))
        fitted, before = view_range(window), pixel_of(window, 1.0, 0.5)
        for _ in range(5):
            QTest.keyClick(view.view, Qt.Key.Key_Plus)
        after = pixel_of(window, 1.0, 0.5)
        assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=0.1)
        assert view_range(window)[1] - view_range(window)[0] < 0.4 * (fitted[1] - fitted[0])
        QTest.keyClick(view.view, Qt.Key.Key_F)
        assert view_range(window) == pytest.approx(fitted, abs=1e-6)
        wait(qtbot, window)


class TestSlices:
    def test_the_window_says_that_it_is_a_slice_and_through_what(self, qtbot, sliced: MainWindow) -> None:
        window = sliced
        session, view = window.session, manifold(window)
        session.look.pick(0.0, 0.0, 3)
        name = session.view.class_name(3)
        assert view.note.isVisible() and view.note.text() == (
            f"A slice of 4 dimensions through the code of held-out image 3 (a {name}): PC 1 and PC 2 vary, what lies "
            "off that plane stays as it is there."
        )
        own_size = view.size()
        view.resize(260, 320)  # in a small one it is shorter, and covers less
        view.plane.place_overlays()
        assert view.note.text() == f"A slice of 4 dimensions through the code of held-out image 3 (a {name})."
        view.resize(own_size)
        view.plane.place_overlays()
        assert "z1 " in view.note.toolTip() and f"z4 {session.view.codes[3][3]:.3f}" in view.note.toolTip()
        session.choose_projection("axes:3,1")
        assert "z4 and z2 vary, the other 2 numbers stay as they are there." in view.note.text()
        session.look.set_code(np.array([0.5, -1.25, 2.0, 7.0], np.float32))
        assert "through the pinned code (0.50, -1.25, 2.00, …)" in view.note.text()
        wait(qtbot, window)

    def test_a_flat_space_is_no_slice(self, window: MainWindow) -> None:
        assert not manifold(window).note.isVisible() and not manifold(window).projection.isVisible()

    @pytest.mark.parametrize("plane", ["pca", "axes:2,0"])
    def test_tiles_are_the_slice_through_the_picked_code(
        self, qtbot, sliced: MainWindow, ae4_file: Path, plane: str
    ) -> None:
        window = sliced
        session, run = window.session, load_run(ae4_file)
        session.choose_projection(plane)
        index = 11
        session.look.pick(0.0, 0.0, index)
        wait(qtbot, window)
        show_exactly(qtbot, window, 28, left=-4.0, top=3.0)
        manifold(window).note.hide()
        seen, code = picture(window), session.view.codes[index].astype(float)
        if plane == "pca":
            centred = run.codes - run.codes.mean(axis=0)
            axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
            axes *= np.sign((axes * session.view.projection.axes).sum(axis=1))[:, None]
            here = (code - run.codes.mean(axis=0)) @ axes.T
        else:
            axes, here = np.eye(4)[[2, 0]], code[[2, 0]]
        for column, row in ((3, 2), (8, 12), (14, 7)):
            place = np.array([-4 + 0.25 + 0.5 * column, 3 - 0.25 - 0.5 * row])
            tile = seen[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
            image = decoded_at(run, code + (place - here) @ axes)
            assert np.abs(tile - image[..., None]).max() <= 2

    def test_a_place_on_the_slice_keeps_it_and_another_code_moves_it(self, qtbot, sliced: MainWindow) -> None:
        window = sliced
        session, view = window.session, manifold(window)
        QTest.mouseClick(view.tools.points, LEFT)
        wait(qtbot, window)
        number = view.tiles._number
        QTest.mouseClick(view.view.viewport(), LEFT, pos=QPoint(120, 140))
        wait(qtbot, window)
        assert view.tiles._number == number, "no tile had to be decoded again"
        session.look.set_code(session.look.pin.code + np.array([3, 3, 3, 3], np.float32))
        wait(qtbot, window)
        assert view.tiles._number == number + 1

    def test_the_plane_is_chosen_below_the_view(self, qtbot, sliced: MainWindow) -> None:
        window = sliced
        view = manifold(window)
        assert view.projection.isVisible()
        view.projection.plane.setFocus()
        QTest.keyClick(view.projection.plane, Qt.Key.Key_Down)
        assert window.session.view.projection.kind == "axes"
        assert view.plane.axes.titles == ("z1", "z2")
        wait(qtbot, window)


class TestWorking:
    def test_nothing_is_decoded_while_nobody_looks(self, qtbot, own_window: MainWindow) -> None:
        session, view = own_window.session, manifold(own_window)
        own_window.views.show_view("map")
        number = view.tiles._number
        session.look.set_code(np.array([1, 1], np.float32))
        session.reset()
        qtbot.waitUntil(lambda: "first weights" in session.view.name, timeout=LIMIT)
        assert view.tiles._number == number and not session.manifold._decoding.busy
        own_window.views.show_view("manifold")
        wait(qtbot, own_window)
        assert view.tiles._number > number

    def test_it_follows_a_training(self, qtbot, own_window: MainWindow) -> None:
        session, view = own_window.session, manifold(own_window)
        begun: list[tuple] = []
        session.manifold.begun.connect(lambda *values: begun.append(values))
        own_window.training_panel.start_requested.emit()
        qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=LIMIT)
        qtbot.waitUntil(lambda: len(begun) >= 3 and begun[-1][1], timeout=60_000)
        session.training.stop()
        qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=LIMIT)
        qtbot.waitUntil(lambda: not session.background.busy, timeout=LIMIT)  # all codes are made anew, and looked at
        wait(qtbot, own_window)
        block, (_, image) = next(iter(view.tiles._kept.items()))
        kept = np.frombuffer(image.constBits(), np.uint8).reshape(112, 112)[:28, :28].astype(int)
        now = session.view.snapshot.decode(block.centres()[:1].astype(np.float32))[0]
        assert np.abs(kept - np.round(now * 255)).max() <= 1, "the last weights are those that are seen"

    def test_tiles_of_the_run_before_that_come_late_are_dropped(
        self, qtbot, own_window: MainWindow, ae4_file: Path
    ) -> None:
        session, desk = own_window.session, own_window.session.manifold
        told: list[int] = []
        desk.decoded.connect(lambda number, *_: told.append(number))
        desk.want([Block(3, column, 0) for column in range(40)])
        assert desk._decoding.busy and told == []
        before = desk._number
        session.open_run(ae4_file)
        wait(qtbot, own_window)
        assert told and before not in told

    def test_before_the_decoder_is_there_it_says_so(self, qtbot, qapp: QApplication) -> None:
        view = Manifold()
        view.resize(500, 500)
        with qtbot.waitActive(view):
            view.show()
        view.show_empty("Loading the decoder…")
        assert view.plane.empty.isVisible() and view.plane.empty.text() == "Loading the decoder…"
        wanted: list[object] = []
        view.tiles_wanted.connect(wanted.append)
        view.view.zoom(2)
        QApplication.processEvents()
        assert wanted == []
        view.begin_tiles(1, False)
        assert not view.plane.empty.isVisible() and len(wanted) == 1
        view.close()
        view.deleteLater()


class TestFiles:
    @pytest.fixture
    def saved_as(self, monkeypatch, window: MainWindow, qtbot) -> Callable[[Path, str], str]:
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
    def test_the_classic_picture_over_the_prior(self, saved_as, vae_file: Path, tmp_path: Path, steps: int) -> None:
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

    def test_the_codes_of_a_grid_over_the_codes_range(self, saved_as, vae_file: Path, tmp_path: Path) -> None:
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

    def test_a_grid_of_any_size(self, qtbot, saved_as, window: MainWindow, tmp_path: Path) -> None:
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

    def test_an_ae_has_no_prior(self, sliced: MainWindow) -> None:
        window = sliced
        off = [a.text() for a in manifold(window).tools.export.menu().actions() if a.text() and not a.isEnabled()]
        assert len(off) == 3 and all("the prior's quantiles" in words for words in off)

    def test_the_view_as_png_and_svg(self, saved_as, window: MainWindow, tmp_path: Path) -> None:
        saved_as(tmp_path / "view.png", "Save the view")
        view = manifold(window)
        assert QImage(str(tmp_path / "view.png")).size() == picture_size(view.sheet) * 2
        saved_as(tmp_path / "view.svg", "Save the view")
        tree = ElementTree.parse(tmp_path / "view.svg")
        assert [*tree.iter("{http://www.w3.org/2000/svg}image")]
        words = {"".join(each.itertext()).strip() for each in tree.iter("{http://www.w3.org/2000/svg}text")}
        assert {str(digit) for digit in range(10)} <= words

    def test_what_cannot_be_written_is_one_sentence(self, saved_as, tmp_path: Path) -> None:
        nowhere = tmp_path / "none" / "grid.png"
        sentence = f"“{nowhere}” could not be written: no such file or directory."
        assert saved_as(nowhere, "Save 15 × 15 over the prior's") == sentence
        assert saved_as(nowhere, "Save the view") == sentence
        assert saved_as(nowhere.with_suffix(".csv"), "Save 30 × 30 over the codes'") == sentence.replace("png", "csv")


def test_it_can_be_found_by_name(window: MainWindow) -> None:
    view = manifold(window)
    assert view.objectName() == "manifoldView" and view.accessibleName()
    for button in (view.tools.points, view.tools.fit, view.tools.export, view.tools.closer, view.tools.farther):
        assert button.objectName() and button.accessibleName() and button.toolTip()


def test_each_axis_of_a_small_plane_bears_numbers_enough_to_tell_its_scale(qtbot, tmp_path: Path) -> None:
    plane = Plane("A plane", "anyPlane")
    qtbot.addWidget(plane)
    drawing = QSvgGenerator()
    drawing.setFileName(str(tmp_path / "axes.svg"))
    painter = QPainter(drawing)
    plane.axes.draw(painter, Frame(left=-3.8, top=6.3, scale_x=33.0, scale_y=33.0, width=286.0, height=385.0))
    painter.end()
    texts = ElementTree.parse(tmp_path / "axes.svg").iter("{http://www.w3.org/2000/svg}text")
    words = ["".join(each.itertext()).strip() for each in texts]
    assert sorted(words) == sorted(["-2", "0", "2", "-2", "0", "2", "4", "z1 →", "↑ z2"])
