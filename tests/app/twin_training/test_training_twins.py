"""One button trains both twins: pause, stop, saving, the table meanwhile, and what becomes of them."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog

from app.background import Background
from app.desks.twins_training import TwinTraining, seconds_left
from app.main_window import MainWindow
from app.panels.latent.codes_map import AE_ROOM
from app.panels.twins.view import Twins
from app.phase import Phase
from app.run_library import own_runs
from models.checkpoint import load_run
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.facts import StepDone
from models.snapshot import Snapshot
from models.twins import SIDES
from tests.app.test_choosing_data import write_dataset
from tests.app.twin_hands import choose, click, form, opened, words
from tests.app.twin_training.conftest import LEFT, LIMIT, SMALL, differ_in, idle, row, start
from tests.conftest import trained

LONG = SMALL.replace(epochs=2)  # enough steps to be held in the middle, and few evaluations
WILD = RunConfig(
    kind="ae", loss="mse", activation="linear", output="linear", encoder=(128,) * 8, decoder=(128,) * 8,
    learning_rate=1.0, gradient_clip=0.0, schedule="constant",
)  # fmt: skip


def steps(window: MainWindow) -> list[int]:
    told = window.session.twins.runs.training._told
    return [len(told[side]) for side in SIDES]


# start, stop and pause


def test_one_button_trains_both_and_keeps_them(qtbot, window, view) -> None:
    form(window, SMALL.replace(epochs=1))
    assert row(view).setting.currentText() == "Kind" and row(view).left.text() == "VAE  vs"
    assert row(view).value() == "ae"
    click(view, "twinTrain")
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said) and said[-1].text.startswith("Both twins are trained"), timeout=LIMIT)
    sides = window.session.twins.pair.sides
    assert sides["left"].config == SMALL.replace(epochs=1)
    assert sides["right"].config == SMALL.replace(epochs=1, kind="ae"), "but for the kind the same"
    names = [entry.title for entry in own_runs()]
    for side in SIDES:
        name = sides[side].name
        assert name in names and view.pickers[side].currentText() == name and "twin" in name
        np.testing.assert_array_equal(view.maps[side].points.points, sides[side].run.codes)
    assert window.top_bar.run_picker.findText(sides["left"].name) >= 0, "the window's list has them, too"
    assert view.trainer.train.isVisible() and view.pickers["left"].isEnabled()


def test_the_keyboard_starts_stops_and_is_where_it_was(qtbot, window, view) -> None:
    form(window, SMALL)
    window.top_bar.lessons.setFocus()
    view.trainer.train.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.twins.runs.training.phase is Phase.TRAINING, timeout=LIMIT)
    assert window.focusWidget() is view.trainer.pause, "a second press must not end what the first began"
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Space):
        QTest.keyClick(window.focusWidget(), key)
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    assert window.focusWidget() is view.trainer.train


def test_space_after_a_press_of_the_mouse_stops_nothing(qtbot, window, view) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert window.session.twins.runs.training.phase is Phase.TRAINING
    assert not isinstance(window.focusWidget(), QAbstractButton), "no button has a frame that nobody asked for"


def test_twins_bar_a_training_and_stop_ends_both(qtbot, window, view) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    train = window.training_panel.buttons.start
    assert not train.isEnabled() and train.toolTip().endswith("Twins are being trained: stop them first.")
    assert words(window.training_panel, "progressText") == "Twins are being trained: see the Twins view."
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.message_bar.messages[-1].text == "Twins are being trained: stop them first."
    assert window.session.training.phase is Phase.IDLE and not view.pickers["left"].isEnabled()
    qtbot.waitUntil(lambda: " of 2000 · " in words(view, "twinProgressText"))
    before = len(own_runs())
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    assert train.isEnabled() and "Twins" not in words(window.training_panel, "progressText")
    said = "Stopped. What the twins have learned so far stays; the menus above the maps save it."
    assert window.message_bar.messages[-1].text == said and len(own_runs()) == before
    for side in SIDES:
        sides = window.session.twins.pair.sides
        assert sides[side].name.endswith(", stopped") and not view.pictures.decoded[side].is_empty()
        encoded = sides[side].snapshot.encode(window.session.data.dataset.test_images)
        assert sides[side].codes.shape == encoded.shape


def test_with_a_field_that_is_not_right_every_way_to_train_says_so(window, view) -> None:
    form(window, SMALL)
    panel, said = window.training_panel, window.message_bar.messages
    editor = panel.form.fields["encoder"].editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "abc")
    assert panel.buttons.start.toolTip().endswith("Mend the marked field first.")
    for ask in (
        lambda: QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
        lambda: click(view, "twinTrain"),
        lambda: window.session.start_training(),  # as a lesson's button asks for it
    ):
        said.clear()
        ask()
        assert [each.text for each in said] == ["Mend the marked field first."]
    assert idle(window)() and window.session.training.phase is Phase.IDLE
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "32")
    assert window.session.may_train()


def test_fit_shows_all_points_of_a_twin_that_learns_or_was_stopped(qtbot, window, view) -> None:
    form(window, SMALL.replace(kind="ae", loss="mse"))
    start(qtbot, window, view)
    qtbot.waitUntil(lambda: min(steps(window)) > 20, timeout=LIMIT)
    map_, training = view.maps["left"], window.session.twins.runs.training

    def tightness() -> float:
        seen, bounds = map_.view.frame().area(), map_.points.bounds()
        assert seen.contains(bounds)
        return min(seen.width() / bounds.width(), seen.height() / bounds.height())

    for end in (training.pause, training.stop):
        end()
        qtbot.waitUntil(lambda: training.phase in (Phase.PAUSED, Phase.IDLE), timeout=LIMIT)
        assert tightness() > 1.5, "it begins with room"
        QTest.keyClick(map_.view, Qt.Key.Key_F)
        assert tightness() < 1.3
        map_.view.fit(AE_ROOM)


def test_stopped_twins_keep_their_losses_when_another_training_comes_to_nothing(qtbot, window, view, tmp_path) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    qtbot.waitUntil(lambda: min(steps(window)) > 5, timeout=LIMIT)
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    learned, runs = dict(zip(SIDES, steps(window), strict=True)), window.session.twins.runs
    click(view, "twinTrain")
    runs.training.stop()
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    assert not len(runs.training.history("right").steps), "it took no step"
    for side in SIDES:
        runs.save(side, tmp_path / side)
        qtbot.waitUntil((tmp_path / side).exists, timeout=LIMIT)
        assert len(load_run(tmp_path / side).history.steps) == learned[side]


def test_a_pause_holds_both_and_changes_nothing(qtbot, let_turns_pass, window, view, digits: Dataset) -> None:
    form(window, LONG)
    start(qtbot, window, view)
    click(view, "twinPause")
    training = window.session.twins.runs.training
    assert training.phase is Phase.PAUSED and words(view, "twinProgressText").endswith("paused")
    assert view.trainer.pause.text() == "Resume" and view.trainer.stop.isEnabled()
    before: list[int] = []

    def stands() -> bool:
        nonlocal before
        before, last = steps(window), before
        let_turns_pass()
        return before == last == steps(window)

    qtbot.waitUntil(stands, timeout=LIMIT)
    held = steps(window)
    assert abs(held[0] - held[1]) <= 1 and held[1] < 2 * 60
    looked_at = [window.session.twins._pinned.index, *(end.index for end in window.session.strip.ends.values())]
    for here in window.session.twins.pair.sides.values():
        now = here.snapshot.encode(digits.test_images[looked_at])  # the other codes come in parts
        np.testing.assert_allclose(here.codes[looked_at], now, atol=1e-5)
    window.session.start_training()
    assert window.message_bar.messages[-1].text == "Twins are being trained: stop them first."
    assert steps(window) == held
    click(view, "twinPause")
    assert training.phase is Phase.TRAINING and view.trainer.pause.text() == "Pause"
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: said[-1].text.startswith("Both twins are trained"), timeout=LIMIT)
    for side in SIDES:
        made = window.session.twins.pair.sides[side]
        alone = trained(digits, **made.config.to_dict())
        np.testing.assert_array_equal(made.codes, alone.codes, "what it learns without a pause")


def test_a_long_training_of_twins_keeps_no_fact_of_a_step(qtbot, let_turns_pass, digits: Dataset) -> None:
    training = TwinTraining()
    training.start((SMALL, SMALL.replace(kind="ae")), digits, Hardware(), ("one", "other"))
    qtbot.waitUntil(lambda: len(training.history("right").steps) > 200, timeout=LIMIT)
    training.pause()
    qtbot.waitUntil(lambda: (let_turns_pass(), not training._thread.facts)[1], timeout=LIMIT)
    assert sum(isinstance(each, StepDone) for each in gc.get_objects()) < 10
    training.close()


@pytest.mark.parametrize("end", ["stop", "close"])
def test_held_twins_end_at_once(qtbot, digits: Dataset, end: str) -> None:
    training = TwinTraining()
    training.start((SMALL, SMALL.replace(kind="ae")), digits, Hardware(), ("one", "other"))
    qtbot.waitUntil(lambda: len(training._told.get("right", [])) > 3, timeout=LIMIT)
    training.pause()
    getattr(training, end)()
    qtbot.waitUntil(lambda: training._thread is None, timeout=LIMIT)


def test_when_one_diverges_both_end_with_its_sentence(qtbot, window, view) -> None:
    form(window, WILD)
    differ_in(view, "Latent dimensions")
    click(view, "twinTrain")
    qtbot.waitUntil(lambda: bool(window.message_bar.messages) and idle(window)(), timeout=LIMIT)
    said = window.message_bar.messages[-1]
    assert said.kind == "error" and said.text.startswith("The left twin: The loss stopped being a finite number in ep")
    assert all(np.isfinite(each.codes).all() for each in window.session.twins.pair.sides.values())
    assert view.trainer.train.isVisible()


@pytest.mark.parametrize("side", SIDES)
def test_a_twin_that_leaves_out_the_only_class_is_told_so(qtbot, own_window, tmp_path: Path, side: str) -> None:
    window = own_window
    opened(window)
    window.open_path(write_dataset(tmp_path / "zeros", 20, 10))
    qtbot.waitUntil(lambda: window.session.data.dataset.title == "Folder “zeros”")
    form(window, SMALL.replace(leave_out="0" if side == "left" else "none"))
    changes = {"kind": "ae"} if side == "left" else {"leave_out": "0"}
    window.session.twins.runs.train(changes)
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: said[-1].kind == "error" and idle(window)(), timeout=LIMIT)
    reason = "Without class 0 there is no image left to train on: leave out another one."
    assert said[-1].text == f"The {side} twin: {reason}"


def test_the_time_left_is_each_side_s_own() -> None:
    spent, passed = {"left": 4.0, "right": 1.0}, {"left": 2.0, "right": 2.0}
    assert seconds_left(spent, passed, {"left": 5, "right": 20}) == pytest.approx(3 * 2.0 + 18 * 0.5)
    assert seconds_left(spent, {"left": 5.0, "right": 5.0}, {"left": 5, "right": 20}) == pytest.approx(15 * 0.2)
    assert seconds_left(spent, {"left": 0.1, "right": 0.0}, {"left": 5, "right": 20}) is None


# what becomes of them


def choose_in_menu(view: Twins, side: str, number: int) -> None:
    """Press an entry of the menu above a map."""
    menu = view.sides[side].menu
    QTest.mouseClick(view.sides[side].more, LEFT)
    action = menu.actions()[number]
    assert action.isEnabled(), action.text()
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


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
    window, view = own_window, opened(own_window)
    form(window, SMALL)
    start(qtbot, window, view)
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    session, side = window.session, window.session.twins.pair.sides["left"]
    qtbot.waitUntil(lambda: not any(each.busy for each in session.findChildren(Background)), timeout=LIMIT)
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


# the table meanwhile


def epochs_of(window: MainWindow) -> int:
    """The last epoch of the right twin that the desk knows."""
    return window.session.twins.runs.epochs["right"].done.epoch


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
