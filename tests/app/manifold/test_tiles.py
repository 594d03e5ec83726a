"""The tiles: each where its code lies, finer with the zoom; and a person who points at them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.main_window import MainWindow
from app.panels.latent.frame import Frame
from app.panels.manifold.tiles import MOST_KEPT, SMALLEST_PX
from app.panels.plane.plane import Plane
from models.checkpoint import load_run
from models.tiles import Block, blocks_within, level_for, tile_side
from tests.app.manifold.conftest import LEFT, decoded_at, manifold, picture, show_exactly, view_range, wait
from tests.app.mouse_wheel import turn_wheel

SHIFT = Qt.KeyboardModifier.ShiftModifier


def pixel_of(window: MainWindow, x: float, y: float) -> QPointF:
    """Where a place of the plane must lie, worked out from the view's range alone."""
    left, right, bottom, top = view_range(window)
    size = manifold(window).view.viewport().size()
    return QPointF((x - left) / (right - left) * size.width(), (top - y) / (top - bottom) * size.height())


def wheel(window: MainWindow, at: QPointF, notches: int) -> None:
    viewport = manifold(window).view.viewport()
    turn_wheel(viewport, at, notches)


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


class QImageColour:
    @staticmethod
    def of(name: str) -> tuple[int, int, int]:
        return tuple(int(name[i : i + 2], 16) for i in (1, 3, 5))


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


def test_tiles_of_the_run_before_that_come_late_are_dropped(qtbot, window: MainWindow, ae4_file: Path) -> None:
    session, desk = window.session, window.session.manifold
    told: list[int] = []
    desk.decoded.connect(lambda number, *_: told.append(number))
    desk.want([Block(3, column, 0) for column in range(40)])
    assert desk._decoding.busy and told == []
    before = desk._number
    session.open_run(ae4_file)
    wait(qtbot, window)
    assert told and before not in told


def test_it_can_be_found_by_name(window: MainWindow) -> None:
    view = manifold(window)
    assert view.objectName() == "manifoldView" and view.accessibleName()
    for button in (view.tools.points, view.tools.fit, view.tools.export, view.tools.closer, view.tools.farther):
        assert button.objectName() and button.accessibleName() and button.toolTip()


def test_a_flat_space_is_no_slice(window: MainWindow) -> None:
    assert not manifold(window).note.isVisible() and not manifold(window).projection.isVisible()


def test_each_axis_of_a_small_plane_bears_numbers_enough_to_tell_its_scale(qtbot, tmp_path: Path) -> None:
    plane = Plane("A plane", "anyPlane")
    qtbot.addWidget(plane)
    drawing = QSvgGenerator()
    drawing.setFileName(str(tmp_path / "axes.svg"))
    painter = QPainter(drawing)
    for axis in plane.surface.axis_words:
        axis.draw(painter, Frame(left=-3.8, top=6.3, scale_x=33.0, scale_y=33.0, width=286.0, height=385.0))
    painter.end()
    texts = ElementTree.parse(tmp_path / "axes.svg").iter("{http://www.w3.org/2000/svg}text")
    words = ["".join(each.itertext()).strip() for each in texts]
    assert sorted(words) == sorted(["−2", "0", "2", "−2", "0", "2", "4", "z1 →", "↑ z2"])
