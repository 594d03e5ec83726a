"""What becomes of twins: saved, opened in the window, measured while they learn."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.background import Background
from app.desks import twins_runs
from app.desks.saving import Keeper
from app.main_window import MainWindow
from app.panels.twins.view import Twins
from app.phase import Phase
from app.run_library import own_runs
from models.checkpoint import load_run
from models.datasets import Dataset
from models.snapshot import Snapshot
from tests.app.twin_hands import choose, click, form, opened
from tests.app.twin_training.conftest import LEFT, LIMIT, SMALL, idle, start, steps


def choose_in_menu(view: Twins, side: str, number: int) -> None:
    """Press an entry of the menu above a map."""
    menu = view.sides[side].menu
    QTest.mouseClick(view.sides[side].more, LEFT)
    action = menu.actions()[number]
    assert action.isEnabled(), action.text()
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def stopped(qtbot, window: MainWindow, but: Keeper | None = None) -> Twins:
    """The view of two small twins whose training was stopped at once, with nothing under way, `but` what is kept."""
    view = opened(window)
    form(window, SMALL)
    start(qtbot, window, view)
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    under_way = [each for each in window.session.findChildren(Background) if but is None or each.parent() is not but]
    qtbot.waitUntil(lambda: not any(each.busy for each in under_way), timeout=LIMIT)
    return view


def test_a_run_that_is_kept_meanwhile_can_be_chosen(qtbot, own_window: MainWindow) -> None:
    """With the keyboard too, which walks through a list that is not opened."""
    view, session = opened(own_window), own_window.session
    session.keep(session.view)
    qtbot.waitUntil(lambda: len(own_runs()) == 1 and not session.saving._keeper.busy)
    (entry,) = own_runs()
    assert entry.path == session.view.path
    choose(view.pickers["left"], entry.title)
    assert session.twins.pair.sides["left"].path == entry.path


def test_a_run_that_is_kept_meanwhile_moves_no_entry_of_a_list_that_is_open(qtbot, own_window: MainWindow) -> None:
    view, session = opened(own_window), own_window.session
    box = view.pickers["left"]
    box.showPopup()
    wanted = box.itemText(box.currentIndex() + 2)
    for _ in range(2):
        QTest.keyClick(box.view(), Qt.Key.Key_Down)
    session.keep(session.view)
    qtbot.waitUntil(lambda: len(own_runs()) == 1 and not session.saving._keeper.busy)
    QTest.keyClick(box.view(), Qt.Key.Key_Return)
    assert session.twins.pair.sides["left"].title == wanted
    qtbot.waitUntil(lambda: box.findText(own_runs()[0].title) >= 0 and box.currentText() == wanted)


def test_a_held_twin_is_saved_as_a_run_file(qtbot, window, view, digits, tmp_path: Path, monkeypatch) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    qtbot.waitUntil(lambda: steps(window)[1] > 40, timeout=LIMIT)
    click(view, "twinPause")
    said, desk = window.message_bar.messages, window.session.twins.runs
    for name, folder in (("no.safetensors", tmp_path / "no such folder"), ("twin.safetensors", tmp_path)):
        path = folder / name
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), ""))  # the system's
        choose_in_menu(view, "right", 1)
        asked_for = window.session.twins.pair.sides["right"].snapshot  # the side may get a last one after it
        assert said[-1].text == "Saving the right twin: its codes are made anew first…"
        desk.save("right", path)
        assert said[-1].text == "The right twin is still being saved: wait for a moment."
        count = len(said)
        qtbot.waitUntil(lambda count=count: len(said) > count, timeout=LIMIT)
        if name == "no.safetensors":
            assert said[-1].text == f"The run could not be saved to “{path}”: no such file or directory."
    assert said[-1].text == f"Saved as “{path}”.", "nothing is lost by the first attempt"
    run = load_run(path)
    assert run.config == SMALL.replace(kind="ae") and run.report == {"stopped": True}
    snapshot = Snapshot.from_weights(run.config, run.weights)
    np.testing.assert_allclose(snapshot.decode(run.codes[:3]), asked_for.decode(run.codes[:3]), atol=1e-6)
    np.testing.assert_allclose(run.codes, snapshot.encode(digits.test_images), atol=1e-5)
    assert len(run.history.steps) > 40 and run.history.steps[0] == 1 and np.isfinite(run.history.total).all()
    assert [each.name for each in tmp_path.iterdir() if "twin" in each.name] == ["twin.safetensors"], (
        "and no part of it"
    )


def test_a_twin_becomes_the_run_that_the_window_looks_at_and_a_training_bars_twins(qtbot, own_window) -> None:
    window, view = own_window, opened(own_window)
    form(window, SMALL)
    start(qtbot, window, view)
    assert not view.sides["left"].open_action.isEnabled()
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    weights = window.session.twins.pair.sides["left"].snapshot.weights()
    said = window.message_bar.messages
    choose_in_menu(view, "left", 0)
    assert said[-1].text == "Saving the left twin: its codes are made anew first…"
    qtbot.waitUntil(lambda: said[-1].text.startswith("The window looks at “VAE 2-D, twin, Built-in digits, "))
    run = window.session.view.run
    assert run.path == own_runs()[0].path and run.name.endswith(", stopped")
    assert all(np.array_equal(run.weights[name], weights[name]) for name in weights)
    assert window.top_bar.run_picker.currentText() == run.path.stem
    assert view.pickers["left"].currentText() == run.path.stem, "it has a file now"
    count = len(own_runs())
    choose_in_menu(view, "left", 0)
    assert len(own_runs()) == count, "which is opened from then on"
    choose(view.pickers["left"], "VAE 4-D (shipped)")
    choose_in_menu(view, "left", 0)
    assert window.message_bar.messages[-1].text == "The window looks at “VAE 4-D (shipped)” now."
    assert window.session.view.config.latent_dim == 4
    click(window.training_panel, "startButton")
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.TRAINING, timeout=LIMIT)
    click(view, "twinTrain")
    assert window.message_bar.messages[-1].text == "A training is under way: stop it first."
    assert idle(window)()


@pytest.mark.parametrize("fate", ["replaced", "gone"])
def test_the_window_looks_at_the_twin_itself_whatever_became_of_its_file(
    own_window, vae_file: Path, ae4_file: Path, tmp_path: Path, fate: str
) -> None:
    window, view, path = own_window, opened(own_window), tmp_path / "mine.safetensors"
    path.write_bytes(vae_file.read_bytes())
    window.session.twins.open_run("left", path)
    window.session.open_run(ae4_file)
    path.unlink()
    if fate == "replaced":
        path.write_bytes(ae4_file.read_bytes())
    choose_in_menu(view, "left", 0)
    assert window.message_bar.messages[-1].text == "The window looks at “mine” now."
    seen, stands = window.session.view, window.session.twins.pair.sides["left"]
    assert seen.run is stands.run and seen.config.latent_dim == 2
    np.testing.assert_array_equal(seen.snapshot.decode(seen.codes[:3]), stands.snapshot.decode(seen.codes[:3]))


class Slow(Snapshot):
    """A network that takes until the window is out of sight to encode its images."""

    def __init__(self, network: Snapshot, hidden: threading.Event) -> None:
        self.__dict__.update(network.__dict__)
        self._hidden = hidden

    def posterior(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        self._hidden.wait(LIMIT / 1000)
        return super().posterior(images)


class Hiding(QObject):
    """Tells of a window that goes out of sight, at once."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.hidden = threading.Event()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide:
            self.hidden.set()
        return False


@pytest.mark.parametrize("number", [0, 1], ids=["to be opened in the window", "under a name"])
def test_a_twin_that_is_being_saved_when_the_window_closes_is_saved(
    qtbot, own_window, tmp_path: Path, monkeypatch, number: int
) -> None:
    window, view = own_window, stopped(qtbot, own_window)
    side = window.session.twins.pair.sides["left"]
    side.snapshot = Slow(side.snapshot, Hiding(window).hidden)
    path = tmp_path / "twin.safetensors"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))  # the system's
    choose_in_menu(view, "left", number)
    assert window.message_bar.messages[-1].text == "Saving the left twin: its codes are made anew first…"
    there: list[list[Path]] = []
    window.closing.connect(lambda: there.append([path] if path.exists() else [entry.path for entry in own_runs()]))
    window.close()
    assert len(there[0]) == 1, "what comes after this signal may be left behind"
    assert load_run(there[0][0]).report == {"stopped": True}


def test_a_run_that_is_opened_while_a_twin_is_being_saved_stays(qtbot, own_window, ae4_file: Path) -> None:
    window, view = own_window, stopped(qtbot, own_window)
    session, side = window.session, window.session.twins.pair.sides["left"]
    may_encode = threading.Event()
    side.snapshot = Slow(side.snapshot, may_encode)
    choose_in_menu(view, "left", 0)
    session.open_run(ae4_file)
    may_encode.set()
    qtbot.waitUntil(lambda: window.message_bar.messages[-1].text.startswith("Kept as “"), timeout=LIMIT)
    assert session.view.run.path == ae4_file, "the last run that was asked for"
    assert view.pickers["left"].currentText() == own_runs()[0].path.stem


# the table meanwhile


def epochs_of(window: MainWindow) -> int:
    """The last epoch of the right twin that the desk knows."""
    return window.session.twins.runs.epochs["right"].done.epoch


def test_a_twin_that_is_kept_when_a_training_has_begun_is_told_to_be_among_the_runs(qtbot, own_window) -> None:
    """What was said instead, to stop the training first, was an answer to no wish."""
    view, session = stopped(qtbot, own_window), own_window.session
    said = own_window.message_bar.messages
    choose_in_menu(view, "left", 0)
    click(own_window.training_panel, "startButton")
    qtbot.waitUntil(lambda: len(own_runs()) == 1 and not session.twins.runs._keepers["left"].busy)
    assert f"Kept as “{own_runs()[0].title}” in the list of runs." in [each.text for each in said]
    assert not any(each.text.startswith("Stop the training") for each in said)


def test_twins_that_are_trained_while_one_of_before_is_being_kept_stay(
    qtbot, own_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same minute they have the same names: the one that was kept took the other one's place."""
    began = datetime.now()
    monkeypatch.setattr(twins_runs, "datetime", type("Clock", (), {"now": staticmethod(lambda: began)}))
    view, twins, may_encode = stopped(qtbot, own_window), own_window.session.twins, threading.Event()
    before = twins.pair.sides["left"]
    before.snapshot = Slow(before.snapshot, may_encode)
    choose_in_menu(view, "left", 0)
    assert stopped(qtbot, own_window, but=twins.runs._keepers["left"]) is view
    now = twins.pair.sides["left"]
    assert now is not before and now.name == before.name
    may_encode.set()
    qtbot.waitUntil(lambda: not twins.runs._keepers["left"].busy)
    assert len(own_runs()) == 1 and twins.pair.sides["left"] is now


def test_the_table_is_filled_while_they_learn_and_says_on_what(qtbot, window, view, digits: Dataset) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    click(view, "twinTablePage")
    table, desk = view.table, window.session.twins
    cells = {table.item(line, 0).text(): line for line in range(table.rowCount())}
    starred = [cells[name] for name in ("Squared error per pixel", "5-NN accuracy", "N(0, I) lands on data")]
    written, last = [], 0
    for _ in range(2):
        qtbot.waitUntil(lambda last=last: "right" in desk.runs.epochs and last < epochs_of(window), timeout=LIMIT)
        click(view, "twinPause")  # or they would leave the measuring worker little Python
        qtbot.waitUntil(lambda: {epochs_of(window)} == {each.epoch for each in table.measures.values()}, timeout=LIMIT)
        last = epochs_of(window)
        assert table.horizontalHeaderItem(0).text() == f"* of 297, epoch {last}"
        tip = table.horizontalHeaderItem(0).toolTip()
        assert tip.endswith("where draws land, and what they reach, on at most 5,000 held-out images.")
        written.append([table.item(line, 2).text() for line in starred])
        assert all(cell.endswith(" *") for cell in written[-1])
        click(view, "twinPause")
    assert written[0] != written[1], "measured anew"
    click(view, "twinPause")
    qtbot.waitUntil(lambda: epochs_of(window) == table.measures["right"].epoch, timeout=LIMIT)
    epoch, measures = desk.table._young["right"]
    snapshot = epoch.snapshot
    squared = np.square(snapshot.reconstruct(digits.test_images) - digits.test_images / 255).mean()
    assert measures.squared_error == pytest.approx(squared, rel=1e-4)
    assert measures.reconstruction == epoch.done.held_out.reconstruction and measures.epoch == epoch.done.epoch
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    qtbot.waitUntil(lambda: not table.item(starred[0], 2).text().endswith("*"), timeout=LIMIT)
    qtbot.waitUntil(lambda: table.horizontalHeaderItem(0).text() == "", timeout=LIMIT)  # all images are looked at
