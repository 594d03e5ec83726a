"""Training twins in the window: what differs between them, one button for both, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from sklearn.neighbors import KNeighborsClassifier

from app.main_window import MainWindow
from app.panels.twins.differences import Difference
from app.panels.twins.view import Twins
from app.phase import Phase
from app.run_library import own_runs
from models.checkpoint import load_run
from models.config import RunConfig
from models.datasets import Dataset
from models.snapshot import Snapshot
from models.twins import SIDES
from tests.app.twin_hands import choose, click, form, opened, words
from tests.conftest import trained

LEFT = Qt.MouseButton.LeftButton
LIMIT = 60_000  # milliseconds
SMALL = RunConfig(encoder=(32,), decoder=(32,), batch_size=100, epochs=2000)
WILD = RunConfig(
    kind="ae", loss="mse", activation="linear", output="linear", encoder=(128,) * 8, decoder=(128,) * 8,
    learning_rate=1.0, gradient_clip=0.0, schedule="constant",
)  # fmt: skip


@pytest.fixture
def view(window: MainWindow, tmp_path: Path, monkeypatch) -> Twins:
    """The view, opened with a click on its tab, of a person without runs."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data home"))
    return opened(window)


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


def test_one_button_trains_both_and_keeps_them(qtbot, window, view, digits: Dataset) -> None:
    form(window, SMALL.replace(epochs=2))
    assert row(view).setting.currentText() == "Kind" and row(view).left.text() == "VAE  vs"
    assert row(view).value() == "ae"
    click(view, "twinTrain")
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said) and said[-1].text.startswith("Both twins are trained"), timeout=LIMIT)
    sides = window.session.twins.pair.sides
    assert sides["left"].config == SMALL.replace(epochs=2)
    assert sides["right"].config == SMALL.replace(epochs=2, kind="ae"), "but for the kind the same"
    names = [entry.title for entry in own_runs()]
    for side in SIDES:
        name = sides[side].name
        assert name in names and view.pickers[side].currentText() == name and "twin" in name
        alone = trained(digits, **sides[side].config.to_dict())
        np.testing.assert_array_equal(view.maps[side].points.points, alone.codes, "what it learns alone")
    assert window.top_bar.run_picker.findText(sides["left"].name) >= 0, "the window's list has them, too"
    assert view.trainer.train.isVisible() and view.pickers["left"].isEnabled()


def test_twins_and_a_training_exclude_each_other_and_stop_ends_both(qtbot, window, view) -> None:
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
    click(window.training_panel, "startButton")
    qtbot.waitUntil(lambda: window.session.training.phase is Phase.TRAINING, timeout=LIMIT)
    click(view, "twinTrain")
    assert window.message_bar.messages[-1].text == "A training is under way: stop it first."
    assert idle(window)()


def steps(window: MainWindow) -> list[int]:
    told = window.session.twins.runs.training._told
    return [len(told[side]) for side in SIDES]


def test_a_pause_holds_both_and_changes_nothing(qtbot, let_turns_pass, window, view, digits: Dataset) -> None:
    form(window, SMALL.replace(epochs=40))
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
    assert abs(held[0] - held[1]) <= 1 and held[1] < 40 * 15
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


def test_held_twins_are_stopped_or_closed_at_once(qtbot, window, view) -> None:
    form(window, SMALL)
    for end in (lambda: click(view, "twinStop"), window.close):
        start(qtbot, window, view)
        click(view, "twinPause")
        end()
        qtbot.waitUntil(lambda: window.session.twins.runs.training._thread is None, timeout=LIMIT)


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
    for name, folder in (("twin.safetensors", tmp_path), ("no.safetensors", tmp_path / "no such folder")):
        path = folder / name
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), ""))  # the system's
        choose_in_menu(view, "right", 1)
    said = [each.text for each in list(window.message_bar.messages)[-2:]]
    path = tmp_path / "twin.safetensors"
    assert said == [
        f"Saved as “{path}”.",
        f"The run could not be saved to “{tmp_path / 'no such folder' / 'no.safetensors'}”: no such file or directory.",
    ]
    run, made = load_run(path), window.session.twins.pair.sides["right"]
    assert run.config == SMALL.replace(kind="ae") and run.report == {"stopped": True}
    snapshot = Snapshot.from_weights(run.config, run.weights)
    np.testing.assert_allclose(snapshot.decode(made.codes[:3]), made.snapshot.decode(made.codes[:3]), atol=1e-6)
    np.testing.assert_allclose(run.codes, snapshot.encode(digits.test_images), atol=1e-5)
    assert len(run.history.steps) > 40 and run.history.steps[0] == 1 and np.isfinite(run.history.total).all()
    assert [each.name for each in tmp_path.iterdir() if "twin" in each.name] == ["twin.safetensors"], (
        "and no part of it"
    )


def test_a_twin_becomes_the_run_that_the_window_looks_at(qtbot, window, view) -> None:
    form(window, SMALL)
    start(qtbot, window, view)
    assert not view.sides["left"].open_action.isEnabled()
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    weights = window.session.twins.pair.sides["left"].snapshot.weights()
    choose_in_menu(view, "left", 0)
    assert window.message_bar.messages[-1].text.startswith("The window looks at “VAE 2-D, twin, Built-in digits, ")
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
    qtbot.waitUntil(lambda: view.table.item(0, 2).text() != "–", timeout=LIMIT)  # after an epoch
    window.close()
    assert not window.session.twins.runs.training._thread, "closing in the middle has ended it"


def test_the_table_is_filled_while_they_learn_and_says_on_what(qtbot, window, view, digits: Dataset) -> None:
    large = {"encoder": (1024,), "decoder": (1024,), "batch_size": 500}  # small steps would leave the worker no Python
    form(window, SMALL.replace(**large))
    start(qtbot, window, view)
    click(view, "twinTablePage")
    table, desk = view.table, window.session.twins
    cells = {table.item(line, 0).text(): line for line in range(table.rowCount())}
    starred = [cells[name] for name in ("Squared error a pixel", "5-NN accuracy", "N(0, I) lands on data")]
    shown: list[tuple] = []

    def note(side: str, measures) -> None:
        if measures.images and side == "right":
            shown.append((measures, [table.item(line, 2).text() for line in starred]))

    desk.measured.connect(note)
    qtbot.waitUntil(lambda: len({each.epoch for each, _ in shown}) >= 2, timeout=LIMIT)
    head = table.horizontalHeaderItem(0).text()
    assert head.startswith("* of 297, epoch ") and head[16:].isdigit()
    assert all(cell.endswith(" *") for cell in shown[-1][1]), shown[-1][1]
    epoch, measures = desk.table._young["right"]
    snapshot = epoch.snapshot
    codes = snapshot.encode(digits.test_images)
    plain = KNeighborsClassifier(5).fit(snapshot.encode(digits.train_images), digits.train_labels)
    assert measures.knn_accuracy == pytest.approx(plain.score(codes, digits.test_labels), abs=0.007), "but for ties"
    squared = np.square(snapshot.reconstruct(digits.test_images) - digits.test_images / 255).mean()
    assert measures.squared_error == pytest.approx(squared, rel=1e-4)
    assert measures.reconstruction == epoch.done.held_out.reconstruction and measures.epoch == epoch.done.epoch
    click(view, "twinStop")
    qtbot.waitUntil(idle(window), timeout=LIMIT)
    qtbot.waitUntil(lambda: not table.item(starred[0], 2).text().endswith("*"), timeout=LIMIT)
    assert table.horizontalHeaderItem(0).text() == "", "now all images are looked at"


def test_the_suggestion_follows_the_form(window, view) -> None:
    form(window, SMALL.replace(kind="ae"))
    assert row(view).left.text() == "AE  vs" and row(view).value() == "vae"
    number = differ_in(view, "Latent dimensions")
    assert number.text() == "16"
    form(window, SMALL.replace(latent_dim=8))
    assert row(view).left.text() == "8  vs" and number.text() == "16", "a value that differs stays"
    form(window, SMALL.replace(latent_dim=16))
    assert number.text() == "2"


def test_hidden_layers_can_differ_in_two_rows(qtbot, window, view) -> None:
    form(window, SMALL)
    editor = differ_in(view, "Encoder")
    assert row(view).left.text() == "32  vs" and editor.text() == "256, 128"
    type_into(editor, "24, 16")
    click(view, "twinMore")
    assert len(view.trainer.differences.rows) == 2
    assert view.window().focusWidget() is row(view, 1).setting, "the new row has the keyboard"
    type_into(differ_in(view, "Decoder", 1), "40")
    start(qtbot, window, view)
    sides = window.session.twins.pair.sides
    qtbot.waitUntil(lambda: all(side.run is None for side in sides.values()), timeout=LIMIT)
    assert sides["left"].config == SMALL
    assert sides["right"].config == SMALL.replace(encoder=(24, 16), decoder=(40,))
    click(view, "twinTablePage")
    heads = [view.table.horizontalHeaderItem(column).text() for column in (1, 2)]
    assert heads == ["encoder 32", "encoder 24-16"]
    assert "VAE 2-D, encoder 24-16, decoder 40, twin, Built-in digits, " in window.session.twins.runs._names["right"]


def test_a_sparse_ae_beside_a_plain_vae_needs_both_said(qtbot, window, view) -> None:
    form(window, SMALL)
    differ_in(view, "Sparsity")
    click(view, "twinTrain")
    said = window.message_bar.messages
    assert said[-1].text == "A VAE's code cannot be sparse: choose the AE, or no sparsity." and idle(window)()
    click(view, "twinMore")
    assert row(view, 1).name == "kind" and row(view, 1).value() == "ae"
    start(qtbot, window, view)
    right = window.session.twins.pair.sides["right"].config
    assert (right.kind, right.sparsity) == ("ae", "l1")


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        (
            "Corruption level",
            "Nothing is corrupted that could have another level: choose a corruption in the form, or l",
        ),
        (
            "Sparsity weight",
            "No code is made sparse that could have another weight: choose a sparsity in the form, or l",
        ),
    ],
)
def test_what_has_no_meaning_alone_is_refused(window, view, label: str, sentence: str) -> None:
    form(window, SMALL)
    differ_in(view, label)
    click(view, "twinTrain")
    assert window.message_bar.messages[-1].text.startswith(sentence) and idle(window)()


def test_noise_or_none(qtbot, window, view) -> None:
    form(window, SMALL)
    differ_in(view, "Corruption")
    click(view, "twinMore")
    type_into(differ_in(view, "Corruption level", 1), "0.25")
    start(qtbot, window, view)
    right = window.session.twins.pair.sides["right"].config
    assert (right.corruption, right.corruption_level) == ("gaussian", 0.25)


def test_without_a_digit_a_sentence_says_that_the_batches_are_others(qtbot, window, view, digits: Dataset) -> None:
    form(window, SMALL.replace(epochs=2))
    assert words(view, "twinNotTheSame") == ""
    differ_in(view, "Left-out digit")
    assert row(view).value() == "4"
    assert words(view, "twinNotTheSame") == (
        "They learn from different images, so each goes through its own in batches of its own; all else is equal."
    )
    click(view, "twinTrain")
    said = window.message_bar.messages
    qtbot.waitUntil(lambda: bool(said) and said[-1].text.startswith("Both twins are trained"), timeout=LIMIT)
    for side, left_out in zip(SIDES, ("none", "4"), strict=True):
        made = window.session.twins.pair.sides[side]
        assert made.config.leave_out == left_out
        alone = trained(digits, **made.config.to_dict())
        np.testing.assert_array_equal(made.codes, alone.codes, "what it learns alone")
    assert window.session.twins.pair.is_of_one_data, "held-out images are all there"


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
