"""Training twins in the window: what differs between them, one button for both, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QStyle, QStyleOptionComboBox, QWidget

from app.desks.twins_training import TwinTraining, seconds_left
from app.main_window import MainWindow
from app.panels.twins.differences import Difference
from app.panels.twins.view import PAGES, Twins
from app.phase import Phase
from app.run_library import own_runs
from models.checkpoint import load_run
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.snapshot import Snapshot
from models.twins import SIDES
from tests.app.conftest import made_ready
from tests.app.twin_hands import choose, click, form, opened, words
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
LIMIT = 60_000  # milliseconds
SMALL = RunConfig(encoder=(32,), decoder=(32,), batch_size=25, epochs=2000)
LONG = SMALL.replace(epochs=2)  # enough steps to be held in the middle, and few evaluations
WILD = RunConfig(
    kind="ae", loss="mse", activation="linear", output="linear", encoder=(128,) * 8, decoder=(128,) * 8,
    learning_rate=1.0, gradient_clip=0.0, schedule="constant",
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_runs(tmp_path: Path, monkeypatch) -> None:
    """A person without runs of their own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data home"))


@pytest.fixture
def own_window(qtbot, make_window, vae_file: Path) -> MainWindow:
    """A window for a test that closes it, or lets it look at another run."""
    return made_ready(qtbot, make_window(vae_file))


@pytest.fixture
def window(borrowed_window: MainWindow) -> MainWindow:
    """The others share one."""
    return borrowed_window


@pytest.fixture
def view(window: MainWindow, qtbot) -> Iterator[Twins]:
    """The view, opened with a click on its tab; at the end nothing is trained, and form and rows are as before."""
    before = window.session.config
    window.message_bar.messages.clear()
    made = opened(window)
    yield made
    window.session.twins.runs.training.stop()
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    made.show_page("pictures")
    while len(made.trainer.differences.rows) > 1:
        row(made).close_button.click()
    row(made).show_setting("kind")
    form(window, before)


def row(view: Twins, number: int = 0) -> Difference:
    return view.trainer.differences.rows[number]


def differ_in(view: Twins, label: str, number: int = 0) -> QWidget:
    """Choose what differs in a row; the editor of its value."""
    choose(row(view, number).setting, label)
    editor = row(view, number).field.editor
    assert editor.isVisible()
    return editor


def type_into(editor: Any, text: str) -> None:
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, text)


def start(qtbot, window: MainWindow, view: Twins) -> None:
    click(view, "twinTrain")
    training = window.session.twins.runs.training
    qtbot.waitUntil(lambda: len(training._told.get("right", [])) > 3, timeout=LIMIT)


def idle(window: MainWindow) -> Callable[[], bool]:
    return lambda: window.session.twins.runs.training.phase is Phase.IDLE


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
    view.trainer.train.setFocus()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.twins.runs.training.phase is Phase.TRAINING, timeout=LIMIT)
    assert window.focusWidget() is view.trainer.stop
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    assert window.focusWidget() is view.trainer.train


def test_twins_bar_a_training_and_stop_ends_both(qtbot, window, view) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    click(window.training_panel, "startButton")
    assert window.message_bar.messages[-1].text == "Twins are being trained: stop them first."
    assert window.session.training.phase is Phase.IDLE and not view.pickers["left"].isEnabled()
    qtbot.waitUntil(lambda: " of 2000 · " in words(view, "twinProgressText"))
    before = len(own_runs())
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    said = "Stopped. What the twins have learned so far stays; the menus above the maps save it."
    assert window.message_bar.messages[-1].text == said and len(own_runs()) == before
    for side in SIDES:
        sides = window.session.twins.pair.sides
        assert sides[side].name.endswith(", stopped") and not view.pictures.decoded[side].is_empty()
        encoded = sides[side].snapshot.encode(window.session.data.dataset.test_images)
        assert sides[side].codes.shape == encoded.shape


def steps(window: MainWindow) -> list[int]:
    told = window.session.twins.runs.training._told
    return [len(told[side]) for side in SIDES]


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
    click(window.training_panel, "startButton")
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


@pytest.mark.parametrize("end", ["stop", "close"])
def test_held_twins_end_at_once(qtbot, digits: Dataset, end: str) -> None:
    training = TwinTraining()
    training.start((SMALL, SMALL.replace(kind="ae")), digits, Hardware(), ("one", "other"))
    qtbot.waitUntil(lambda: len(training._told.get("right", [])) > 3, timeout=LIMIT)
    training.pause()
    getattr(training, end)()
    qtbot.waitUntil(lambda: training._thread is None, timeout=LIMIT)


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
        assert said[-1].text == "Saving the right twin: its codes are made anew first…"
        desk.save("right", path)
        assert said[-1].text == "The right twin is still being saved: wait for a moment."
        count = len(said)
        qtbot.waitUntil(lambda count=count: len(said) > count, timeout=LIMIT)
        if name == "no.safetensors":
            assert said[-1].text == f"The run could not be saved to “{path}”: no such file or directory."
    assert said[-1].text == f"Saved as “{path}”.", "nothing is lost by the first attempt"
    run, made = load_run(path), window.session.twins.pair.sides["right"]
    assert run.config == SMALL.replace(kind="ae") and run.report == {"stopped": True}
    snapshot = Snapshot.from_weights(run.config, run.weights)
    np.testing.assert_allclose(snapshot.decode(made.codes[:3]), made.snapshot.decode(made.codes[:3]), atol=1e-6)
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


def test_two_betas_are_set_with_keys_and_told_apart(qtbot, window, view) -> None:
    form(window, SMALL)
    number = differ_in(view, "KL weight (beta)")
    assert row(view).left.text() == "1  vs" and number.text() == "4"
    for text, sentence in (
        ("much", "KL weight (beta) must be a number, not “much”."),
        ("-1", "KL weight (beta) must lie between 0 and 1000, not -1."),
        ("1", "Both twins would have the same KL weight (beta): give the right one another value."),
    ):
        type_into(number, text)
        click(view, "twinTrain")
        assert window.message_bar.messages[-1].text == sentence and idle(window)()
    type_into(number, "10")
    start(qtbot, window, view)
    click(view, "twinTablePage")
    heads = [view.table.horizontalHeaderItem(column).text() for column in (1, 2)]
    assert heads == ["beta 1", "beta 10"]


def epochs_of(window: MainWindow) -> int:
    """The last epoch of the right twin that the desk knows."""
    return window.session.twins.runs.epochs["right"].done.epoch


def test_the_table_is_filled_while_they_learn_and_says_on_what(qtbot, window, view, digits: Dataset) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    click(view, "twinTablePage")
    table, desk = view.table, window.session.twins
    cells = {table.item(line, 0).text(): line for line in range(table.rowCount())}
    starred = [cells[name] for name in ("Squared error a pixel", "5-NN accuracy", "N(0, I) lands on data")]
    written, last = [], 0
    for _ in range(2):
        qtbot.waitUntil(lambda last=last: "right" in desk.runs.epochs and last < epochs_of(window), timeout=LIMIT)
        click(view, "twinPause")  # or they would leave the measuring worker little Python
        qtbot.waitUntil(lambda: {epochs_of(window)} == {each.epoch for each in table.measures.values()}, timeout=LIMIT)
        last = epochs_of(window)
        assert table.horizontalHeaderItem(0).text() == f"* of 297, epoch {last}"
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


def test_the_suggestion_follows_the_form(window, view) -> None:
    form(window, SMALL.replace(kind="ae"))
    assert row(view).left.text() == "AE  vs" and row(view).value() == "vae"
    number = differ_in(view, "Latent dimensions")
    assert number.text() == "16"
    form(window, SMALL.replace(latent_dim=8))
    assert row(view).left.text() == "8  vs" and number.text() == "16", "a value that differs stays"
    form(window, SMALL.replace(latent_dim=16))
    assert number.text() == "2"


def test_hidden_layers_and_a_left_out_digit_differ_in_three_rows(qtbot, window, view) -> None:
    form(window, SMALL)
    editor = differ_in(view, "Encoder")
    assert row(view).left.text() == "32  vs" and editor.text() == "256, 128"
    type_into(editor, "24, 16")
    click(view, "twinMore")
    assert len(view.trainer.differences.rows) == 2
    assert view.window().focusWidget() is row(view, 1).setting, "the new row has the keyboard"
    type_into(differ_in(view, "Decoder", 1), "40")
    assert words(view, "twinNotTheSame") == ""
    click(view, "twinMore")
    differ_in(view, "Left-out digit", 2)
    assert words(view, "twinNotTheSame") == (
        "They learn from different images, so each goes through its own in batches of its own; all else is equal."
    )
    start(qtbot, window, view)
    sides = window.session.twins.pair.sides
    qtbot.waitUntil(lambda: all(side.run is None for side in sides.values()), timeout=LIMIT)
    assert sides["left"].config == SMALL
    assert sides["right"].config == SMALL.replace(encoder=(24, 16), decoder=(40,), leave_out="4")
    assert window.session.twins.pair.is_of_one_data, "held-out images are all there"
    click(view, "twinTablePage")
    heads = [view.table.horizontalHeaderItem(column).text() for column in (1, 2)]
    assert heads == ["encoder 32", "encoder 24-16"]
    assert (
        "VAE 2-D, encoder 24-16, decoder 40, left out 4, twin, Built-in digits, "
        in window.session.twins.runs._names["right"]
    )


def test_a_sparse_ae_that_restores_beside_a_plain_vae(qtbot, window, view) -> None:
    form(window, SMALL)
    differ_in(view, "Sparsity")
    click(view, "twinTrain")
    said = window.message_bar.messages
    assert said[-1].text == "A VAE's code cannot be sparse: choose the AE, or no sparsity." and idle(window)()
    click(view, "twinMore")
    assert row(view, 1).name == "kind" and row(view, 1).value() == "ae"
    click(view, "twinMore")
    differ_in(view, "Corruption", 2)
    click(view, "twinMore")
    type_into(differ_in(view, "Corruption level", 3), "0.25")
    start(qtbot, window, view)
    sides = window.session.twins.pair.sides
    right = sides["right"].config
    assert (right.kind, right.sparsity, right.corruption, right.corruption_level) == ("ae", "l1", "gaussian", 0.25)
    assert sides["left"].name.startswith("VAE 2-D, not sparse, no noise, level 0.5, twin, ")
    assert sides["right"].name.startswith("AE 2-D, sparsity l1, noise gaussian, level 0.25, twin, ")


def test_what_has_no_meaning_alone_is_refused(window, view) -> None:
    form(window, SMALL)
    for label, sentence in (
        (
            "Corruption level",
            "Nothing is corrupted that could have another level: choose a corruption in the form, or ",
        ),
        (
            "Sparsity weight",
            "No code is made sparse that could have another weight: choose a sparsity in the form, or ",
        ),
    ):
        differ_in(view, label)
        click(view, "twinTrain")
        assert window.message_bar.messages[-1].text.startswith(sentence) and idle(window)()


def test_one_of_larger_batches_and_fewer_epochs_waits_for_the_other(qtbot, window, view, digits) -> None:
    left = SMALL.replace(batch_size=500, epochs=1)
    form(window, left)
    type_into(differ_in(view, "Epochs"), "2000")
    click(view, "twinMore")
    type_into(differ_in(view, "Batch size", 1), "50")
    click(view, "twinMore")
    differ_in(view, "Layers", 2)
    pace = "They see the same images at the same pace, but the right one in smaller batches, and so in more steps; "
    ends = "the left one's learning rate falls faster, then it waits: compare them when both are done; "
    layers = "channels are not units, so the right one has layers of its own: 16-32 and 32-16 channels; "
    assert words(view, "twinNotTheSame") == f"{pace}{ends}{layers}all else is equal."
    click(row(view, 2), "twinSame")
    assert words(view, "twinNotTheSame") == f"{pace}{ends}all else is equal."
    click(view, "twinTrain")
    qtbot.waitUntil(lambda: words(view, "twinProgressText").endswith(" · the left one is done"), timeout=LIMIT)
    sides = window.session.twins.pair.sides
    assert words(view, "twinProgressText").split(" · ")[0].endswith(" of 2000") and sides["left"].config == left
    assert [entry.title for entry in own_runs()] == [sides["left"].name] == [view.pickers["left"].currentText()]
    for image in view.pictures.decoded.values():
        caption = image._caption
        assert caption[-4:-3] == "." and image.fontMetrics().horizontalAdvance(caption) <= image.width(), caption
    assert sides["right"].config == left.replace(batch_size=50, epochs=2000) and sides["right"].run is None
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    assert sides["left"].run is not None and sides["right"].name.endswith(", stopped")
    encoded = sides["right"].snapshot.encode(digits.test_images)
    qtbot.waitUntil(lambda: np.array_equal(sides["right"].codes, encoded), timeout=LIMIT)  # those that were older, too
    qtbot.waitUntil(lambda: np.array_equal(view.maps["right"].points.points, encoded), timeout=LIMIT)


def test_a_dense_and_a_convolutional_twin(qtbot, window, view, digits: Dataset) -> None:
    form(window, SMALL.replace(epochs=1, batch_size=500))
    differ_in(view, "Layers")
    click(view, "twinTrain")
    qtbot.waitUntil(lambda: not idle(window)(), timeout=LIMIT)
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    right = window.session.twins.pair.sides["right"]
    assert (right.config.architecture, right.config.encoder) == ("convolutional", (16, 32))
    kept = load_run(right.run.path)
    through = Snapshot.from_weights(kept.config, kept.weights)
    points = view.maps["right"].points.points
    np.testing.assert_allclose(points, through.encode(digits.test_images), atol=1e-4)
    click(view, "twinRandom")
    index = window.session.look.pin.index
    error = np.square(through.reconstruct(digits.test_images[[index]]) - digits.test_images[[index]] / 255).mean()
    said = view.pictures.decoded["right"].accessibleDescription()
    assert said == f"convolutional, squared error {error:.4f} per pixel"


def test_the_time_left_is_each_side_s_own() -> None:
    spent, passed = {"left": 4.0, "right": 1.0}, {"left": 2.0, "right": 2.0}
    assert seconds_left(spent, passed, {"left": 5, "right": 20}) == pytest.approx(3 * 2.0 + 18 * 0.5)
    assert seconds_left(spent, {"left": 5.0, "right": 5.0}, {"left": 5, "right": 20}) == pytest.approx(15 * 0.2)
    assert seconds_left(spent, {"left": 0.1, "right": 0.0}, {"left": 5, "right": 20}) is None


def test_four_rows_of_long_words_are_read_whole_and_reached_with_tab(let_turns_pass, window, view) -> None:
    form(window, RunConfig())
    for number, label in enumerate(("Corruption", "Sparsity", "Decoder", "Layers")):
        differ_in(view, label, number)
        if number < 3:
            click(view, "twinMore")
    let_turns_pass()
    view.trainer.train.setFocus()
    for each in view.trainer.differences.rows:
        for widget in (each.setting, each.field.editor, each.close_button):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
            assert window.focusWidget() is widget
        assert each.left.text() == each.left.toolTip() != ""
        for box in {each.setting, each.field.editor}:
            if isinstance(box, QComboBox):
                option = QStyleOptionComboBox()
                box.initStyleOption(option)
                place = QStyle.SubControl.SC_ComboBoxEditField
                room = box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, place, box).width()
                assert box.fontMetrics().horizontalAdvance(box.currentText()) <= room, box.currentText()


def test_maps_keep_their_room_and_rows_and_table_scroll(let_turns_pass, window, view) -> None:
    size = window.size()
    for _ in range(3):
        click(view, "twinMore")
    for width, height, least in ((1280, 800, 130), (960, 640, 60)):
        window.resize(width, height)
        for page in PAGES:
            click(view, f"twin{PAGES[page][0]}Page")
            let_turns_pass()
            assert view.maps["left"].height() >= least, (width, page)
        rows = view.trainer.differences
        view.trainer.train.setFocus()
        for each in rows.rows:
            while not each.close_button.hasFocus():
                QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
                assert not view.draw.hasFocus(), "that comes after the rows"
            seen = rows.viewport().rect()
            assert seen.contains(each.mapTo(rows.viewport(), each.rect().center()))
            assert each.width() <= seen.width(), "nothing is cut at its side"
    window.resize(size)


def test_rows_are_taken_away_and_a_setting_differs_once(view) -> None:
    for count in (2, 3, 4):
        click(view, "twinMore")
        assert len(view.trainer.differences.rows) == count
    assert not view.trainer.differences.more.isVisible(), "four are enough"
    names = [each.name for each in view.trainer.differences.rows]
    assert len(set(names)) == 4
    last = row(view, 3).setting
    last.setFocus()
    for key in (Qt.Key.Key_Home, *[Qt.Key.Key_Down] * last.count()):
        QTest.keyClick(last, key)
        assert row(view, 3).name not in names[:3], "what another row has is passed over"
    for count in (3, 2, 1):
        QTest.mouseClick(row(view, 0).close_button, LEFT)
        assert len(view.trainer.differences.rows) == count
    assert not row(view).close_button.isVisible() and view.trainer.differences.more.isVisible()


def test_when_one_diverges_both_end_with_its_sentence(qtbot, window, view) -> None:
    form(window, WILD)
    differ_in(view, "Latent dimensions")
    click(view, "twinTrain")
    qtbot.waitUntil(lambda: bool(window.message_bar.messages) and idle(window)(), timeout=LIMIT)
    said = window.message_bar.messages[-1]
    assert said.kind == "error" and said.text.startswith("The left twin: The loss stopped being a finite number in ep")
    assert all(np.isfinite(each.codes).all() for each in window.session.twins.pair.sides.values())
    assert view.trainer.train.isVisible()
