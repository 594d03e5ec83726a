"""What differs between twins: rows of settings, what they say of it, refuse, and make of the networks."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QStyle, QStyleOptionComboBox, QToolTip

from app.panels.twins.view import PAGES
from app.run_library import own_runs
from models.checkpoint import load_run
from models.config import RunConfig
from models.datasets import Dataset
from models.settings import settings_of
from models.snapshot import Snapshot
from tests.app.twin_hands import click, form, words
from tests.app.twin_training.conftest import LEFT, LIMIT, SMALL, differ_in, idle, row, start, type_into

# settings


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


def test_the_suggestion_follows_the_form(window, view) -> None:
    form(window, SMALL.replace(kind="ae"))
    assert row(view).left.text() == "AE  vs" and row(view).value() == "vae"
    number = differ_in(view, "Latent dimensions")
    assert number.text() == "16"
    form(window, SMALL.replace(latent_dim=8))
    assert row(view).left.text() == "8  vs" and number.text() == "16", "a value that differs stays"
    form(window, SMALL.replace(latent_dim=16))
    assert number.text() == "2"


def test_a_large_seed_is_said_to_its_last_digit(window, view) -> None:
    form(window, SMALL.replace(seed=2147483646))
    differ_in(view, "Seed")
    assert row(view).left.text() == "2147483646  vs"


def test_a_small_number_is_said_as_its_field_shows_it(window, view) -> None:
    form(window, SMALL.replace(learning_rate=1e-5))
    differ_in(view, "Learning rate")
    assert row(view).left.text() == "0.00001  vs"


@pytest.mark.parametrize("setting", ["Kind", "KL weight (beta)", "Encoder"])
def test_the_right_twin_s_field_tells_its_meaning_as_the_form_does(window, view, setting: str) -> None:
    form(window, SMALL)
    editor = differ_in(view, setting)
    middle = editor.rect().center()
    QApplication.sendEvent(editor, QHelpEvent(QEvent.Type.ToolTip, middle, editor.mapToGlobal(middle)))
    seen = QTextDocument()
    seen.setHtml(QToolTip.text())
    QToolTip.hideText()
    about = settings_of(RunConfig)[row(view).name]
    assert seen.toPlainText().startswith(f"{about.meaning}\n") and "<" not in seen.toPlainText()


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


# rows


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
