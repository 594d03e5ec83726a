"""A lesson from its page to the answer: set up, try, check, train, and what is remembered of it."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QStyle, QStyleOptionComboBox, QWidget
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from app.exporting_views import MARGIN
from app.lesson_facts import written
from app.main_window import MainWindow
from app.panels.draw.examples import load_examples
from app.panels.lessons.panel import LessonPanel
from app.phase import Phase
from app.run_library import shipped_runs
from app.session import Session
from app.settings import AppSettings
from models.config import RunConfig
from tests.app.conftest import FormUser
from tests.app.drawings import pixels, read
from tests.app.lessons.conftest import CTRL, LEFT, LESSONS, check, facts, open_lesson, point_at
from tests.app.test_choosing_data import write_dataset

# the page


def words_in(window: MainWindow) -> set[str]:
    """All that stands on buttons, labels and lists, of views that a lesson opens too; a shipped run by its own name."""
    for lesson in LESSONS:
        if lesson.setup.view:
            window.views.show_view(lesson.setup.view)
    written_there = {each.text() for kind in (QAbstractButton, QLabel) for each in window.findChildren(kind)}
    for box in window.findChildren(QComboBox):
        written_there |= {box.itemText(index).removesuffix(" (shipped)") for index in range(box.count())}
    return written_there


def test_what_a_lesson_calls_by_name_is_called_so_in_the_window(shipped: MainWindow) -> None:
    """A lesson said “Worst” of a button that is called Worst 20."""
    there = words_in(shipped)
    for lesson in LESSONS:
        pages = (lesson.text, lesson.question, *(condition.hint for condition in lesson.check))
        for name in re.findall("“(.+?)”", " ".join(pages)):
            in_a_menu_or_a_plot = name.endswith("of the strip (A) here") or name.endswith("of the strip (B) here")
            assert in_a_menu_or_a_plot or name == "floor" or name in there, (lesson.name, name)


def test_what_a_check_came_to_goes_when_the_window_is_set_up_anew(shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "bottleneck")
    check(panel)
    QTest.mouseClick(panel.set_up, LEFT)
    assert not panel.result.isVisible()


def test_a_lesson_tells_of_no_key_that_waits_for_a_click_first(shipped: MainWindow) -> None:
    """Space plays the strip only where the strip has the keyboard; who has pressed Check checks again by it."""
    panel = open_lesson(shipped, "interpolation")
    assert "Space" not in panel.text.text()
    check(panel)
    strip = shipped.strip
    QTest.keyClick(shipped.focusWidget(), Qt.Key.Key_Space)
    assert not strip.player.is_running()
    assert all("click" in widget.toolTip() for widget in (strip.controls.play, strip.tiles))


def test_lessons_stand_in_the_place_of_the_training_form_and_go_again(shipped: MainWindow) -> None:
    assert shipped.lessons.panel is None, "nothing is made before it is wanted"
    button = shipped.top_bar.lessons
    QTest.mouseClick(button, LEFT)
    panel = shipped.lessons.panel
    assert panel is not None and panel.isVisible() and panel.objectName() == "lessonPanel" and panel.accessibleName()
    assert not shipped.training_panel.isVisible() and not shipped.loss_plot.isVisible()
    QTest.mouseClick(panel.close_button, LEFT)
    assert not panel.isVisible() and shipped.training_panel.isVisible() and shipped.loss_plot.isVisible()
    QTest.keyClick(shipped, Qt.Key.Key_L, CTRL)
    assert panel.isVisible() and panel.picker.hasFocus()
    QTest.keyClick(shipped, Qt.Key.Key_L, CTRL)
    assert not panel.isVisible() and shipped.training_panel.buttons.start.hasFocus()


def test_every_title_and_its_mark_find_room_in_the_list(read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "bottleneck")
    option = QStyleOptionComboBox()
    panel.picker.initStyleOption(option)
    style, part = panel.picker.style(), QStyle.SubControl.SC_ComboBoxEditField
    room = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, panel.picker).width()
    room += panel.minimumWidth() - panel.width()
    words = panel.picker.fontMetrics()
    titles = [f"{number}  {lesson.title}  ✓" for number, lesson in enumerate(LESSONS, 1)]
    assert [title for title in titles if words.horizontalAdvance(title) > room] == []


def test_what_was_answered_is_remembered_and_the_next_open_lesson_is_shown(qtbot, shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "bottleneck")
    paths = {entry.path.stem: entry.path for entry in shipped_runs()}
    shipped.session.open_run(paths["ae-16"])
    check(panel)
    shipped.close()
    again = MainWindow(data="digits", run_path=None, settings=AppSettings(shipped.settings.path))
    qtbot.addWidget(again)
    again.lessons.toggle()
    assert again.lessons.panel.lesson().name == "map"
    assert again.lessons.panel.picker.itemText(0).endswith("✓")
    again.close()


def test_a_lesson_s_page_and_its_terms_are_saved(qtbot, read_in: MainWindow, tmp_path: Path) -> None:
    panel = open_lesson(read_in, "bottleneck")
    assert [action.text() for action in panel.export.menu().actions()] == [
        "Save picture (PNG, SVG)…",
        "Save terms of the formula (CSV)…",
    ]
    panel.save_page_to(tmp_path / "page.png")
    assert QImage(str(tmp_path / "page.png")).height() > 2 * panel._page.height()
    panel.save_page_to(tmp_path / "page.svg")
    drawn = ElementTree.parse(tmp_path / "page.svg")
    words = " ".join("".join(each.itertext()) for each in drawn.iter("{http://www.w3.org/2000/svg}text"))
    assert panel.lesson().question.split()[0] in words and words.startswith("The bottleneck")
    drawing = read(tmp_path / "page.svg", QImage(str(tmp_path / "page.png")).size())
    at = panel.formula.mapTo(panel._page, QPoint())
    below = drawing.height() // 2 - MARGIN - panel._page.height()
    formula = QRect(2 * (at + QPoint(MARGIN, below)), 2 * panel.formula.size())
    seen, drawn = (np.mean(255 - pixels(each.copy(formula))) for each in (QImage(str(tmp_path / "page.png")), drawing))
    assert drawn == pytest.approx(seen, rel=0.05), "no letter has an outline"
    panel.save_terms_to(tmp_path / "terms.csv")
    rows = list(csv.DictReader((tmp_path / "terms.csv").open(newline="")))
    assert [row["term"] for row in rows] == [term.tex for term in panel.lesson().formula]
    assert rows[0]["code"] == panel.lesson().formula[0].code and rows[0]["pytorch"] == ""
    told = facts(read_in)
    assert [row["now"] for row in rows] == [
        written(term.fact, told) if term.fact else "" for term in panel.lesson().formula
    ]
    assert read_in.message_bar.messages[-1].text == f"Saved as “{tmp_path / 'terms.csv'}”."
    panel = open_lesson(read_in, "map")
    read_in.session.look.set_code(np.array([0.25, -1.5], np.float32))
    qtbot.waitUntil(lambda: "(0.25, −1.50)" in point_at(panel, 0))
    panel.save_terms_to(tmp_path / "map.csv")
    (first, *_) = csv.DictReader((tmp_path / "map.csv").open(newline=""))
    assert first["now"] == "(0.25, -1.50)", "a program reads this one"
    panel.save_terms_to(tmp_path / "nowhere" / "terms.csv")
    assert read_in.message_bar.messages[-1].kind == "error"
    assert not (tmp_path / "nowhere").exists()


# set up, try and check


def seen(label: QWidget) -> int:
    """Pixels of its height that are in sight."""
    return label.visibleRegion().boundingRect().height()


def solve_map(window: MainWindow) -> None:
    codes, labels = window.session.view.codes, window.session.view.labels
    fours, nines = codes[labels == 4], codes[labels == 9]
    gaps, near = NearestNeighbors(n_neighbors=1).fit(nines).kneighbors(fours)
    four = int(gaps[:, 0].argmin())
    window.session.look.set_code((fours[four] + nines[near[four, 0]]) / 2)


def solve_loss(window: MainWindow) -> None:
    window.session.look.pick(0.0, 0.0, int(window.session.view.run.errors.argmax()))


def solve_holes(window: MainWindow) -> None:
    codes = window.session.view.codes
    places = np.stack(np.meshgrid(np.linspace(-5, 5, 41), np.linspace(-5, 5, 41)), -1).reshape(-1, 2)
    gaps = NearestNeighbors(n_neighbors=1).fit(codes).kneighbors(places)[0][:, 0]
    window.session.look.set_code(places[gaps.argmax()].astype(np.float32))


def solve_reparameterisation(window: MainWindow) -> None:
    window.session.look.pick(0.0, 0.0, int(window.session.view.log_variances.min(axis=1).argmin()))


def solve_interpolation(window: MainWindow) -> None:
    labels = window.session.view.labels
    for end, digit in (("A", 1), ("B", 0)):
        window.latent_map.end_requested.emit(end, 0.0, 0.0, int(np.flatnonzero(labels == digit)[0]))
    window.strip.controls.steps.setValue(15)


def solve_sparsity(window: MainWindow) -> None:
    paths = {entry.path.stem: entry.path for entry in shipped_runs()}
    window.session.open_run(paths["ae-16"])


def solve_bits(window: MainWindow) -> None:
    paths = {entry.path.stem: entry.path for entry in shipped_runs()}
    window.session.open_run(paths["vae-16"])


def test_set_up_opens_the_run_and_the_view_of_the_lesson(read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "bottleneck")
    QTest.mouseClick(panel.set_up, LEFT)
    assert read_in.session.view.run.path.stem == "ae-2" and read_in.views.current() == "reconstructions"
    assert "You are not looking at “AE 16-D” yet" in check(panel)
    paths = {entry.path.stem: entry.path for entry in shipped_runs()}
    read_in.top_bar.run_chosen.emit(paths["ae-16"])
    said = check(panel)
    assert "✓" in said and "With sixteen numbers" in said
    assert panel.picker.currentText().endswith("✓")


@pytest.mark.parametrize(
    ("name", "solve"),
    [
        ("map", solve_map),
        ("loss", solve_loss),
        ("holes", solve_holes),
        ("reparameterisation", solve_reparameterisation),
        ("interpolation", solve_interpolation),
        ("sparsity", solve_sparsity),
        ("bits", solve_bits),
    ],
)
def test_a_question_is_open_after_set_up_and_can_be_answered_without_the_dataset(read_in, name, solve) -> None:
    panel = open_lesson(read_in, name)
    QTest.mouseClick(panel.set_up, LEFT)
    assert "✓" not in check(panel)
    solve(read_in)
    assert "✓" in check(panel)


def test_the_whole_answer_comes_into_sight(read_in: MainWindow, let_turns_pass) -> None:
    panel = open_lesson(read_in, "reparameterisation")
    QTest.mouseClick(panel.set_up, LEFT)
    check(panel)
    let_turns_pass()
    assert seen(panel.result) == panel.result.height() > 40
    solve_reparameterisation(read_in)
    check(panel)  # the answer is longer than the hint it takes the place of
    let_turns_pass()
    assert seen(panel.result) == panel.result.height() > 60


def test_an_answer_that_does_not_fit_is_read_from_its_beginning(shipped: MainWindow, let_turns_pass) -> None:
    """Above the loss plot of a low window the page has 150 pixels: the answer's first words had to be looked for."""
    panel = open_lesson(shipped, "reparameterisation")
    QTest.mouseClick(panel.set_up, LEFT)
    shipped.loss_plot.show()
    shipped._splitters["left"].setSizes([0, shipped.height()])
    solve_reparameterisation(shipped)
    check(panel)
    let_turns_pass()
    page = panel._scroll.viewport()
    assert panel.result.height() > page.height(), "it does not fit"
    assert panel.result.mapTo(page, QPoint()).y() == 0


def test_where_hardly_a_9_lies_the_4s_do_not_meet_them(read_in: MainWindow) -> None:
    """Far out the twenty nearest points lie anywhere: one 9 among them made a squashed 0 “a bit of both”."""
    panel, look = open_lesson(read_in, "map"), read_in.session.look
    view = read_in.session.view
    look.set_code(np.array([1.838, 2.78], np.float32))
    nearest = np.linalg.norm(view.codes - look.pin.code, axis=1).argsort()[:20]
    assert {4, 9} <= set(view.labels[nearest]) and (view.labels[nearest] == 9).sum() < 5
    assert "Fewer than five of the twenty nearest points are 9s" in check(panel)


def restored_decibels(qtbot, panel: LessonPanel) -> float:
    said = point_at(panel, 1)
    qtbot.waitUntil(lambda: "dB" in point_at(panel, 1), timeout=5000)
    found = re.search(r"Now: <b>([\d.]+) dB, with noise 9\.\d dB</b>", point_at(panel, 1))
    assert found, said
    return float(found[1])


def test_a_noisy_sketch_is_restored_by_the_run_that_learned_it(qtbot, shipped: MainWindow) -> None:
    panel, pad = open_lesson(shipped, "denoising"), shipped.sketch_panel
    QTest.mouseClick(panel.set_up, LEFT)
    assert (shipped.session.view.run.path.stem, shipped.views.current()) == ("ae-16-denoising", "denoising")
    qtbot.waitUntil(lambda: not pad._replay.is_running() and not pad.pad.sheet.is_blank())
    assert "Switch the noise on" in check(panel)
    QTest.mouseClick(pad.noise, LEFT)
    QTest.keyClick(pad.noise.sheet.noisy, Qt.Key.Key_Space)
    pad.noise.sheet.close()
    qtbot.waitUntil(lambda: "Now look through “AE 16-D” as well" in check(panel), timeout=5000)
    qtbot.waitUntil(lambda: "Now: <b>Gaussian noise, σ = 0.50</b>" in point_at(panel, 0))  # told in turns
    learned = restored_decibels(qtbot, panel)
    assert learned > 18, "the answer says about 20"
    solve_sparsity(shipped)
    assert "✓" in check(panel)
    qtbot.waitUntil(lambda: restored_decibels(qtbot, panel) < 13, timeout=5000)
    qtbot.waitUntil(lambda: "there is none" in point_at(panel, 0))
    assert shipped.session.sketch.noisy
    open_lesson(shipped, "anomalies")
    QTest.mouseClick(panel.set_up, LEFT)
    assert not shipped.session.sketch.noisy, "in other lessons a 3 is a 3"


def test_the_stick_figure_is_no_digit(qtbot, read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "anomalies")
    QTest.mouseClick(panel.set_up, LEFT)
    assert not read_in.sketch_panel._replay.is_running() and not read_in.sketch_panel.pad.sheet.is_blank()
    assert "Not strange enough" in check(panel), "half a 3 would be strange"
    figure = next(example for example in load_examples() if example.name == "stick-figure")
    read_in.sketch_panel.play_example(figure, instant=True)
    qtbot.waitUntil(lambda: "✓" in check(panel), timeout=5000)


# where one trains


def test_a_lesson_in_which_one_trains_fills_the_form_and_has_the_button(qtbot, shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "kl")
    assert panel.train.isVisible() and not shipped.loss_plot.isVisible(), "the column is for reading"
    QTest.mouseClick(panel.set_up, LEFT)
    config = shipped.training_panel.config()
    assert (config.kind, config.latent_dim, config.beta) == ("vae", 2, 10.0)
    assert "Press Set up, then Train" in check(panel)
    shipped.training_panel.choose(config.replace(epochs=3), "cpu")
    QTest.keyClick(shipped, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.TRAINING, timeout=20_000)
    assert panel.train.text() == "Stop" and shipped.loss_plot.isVisible()
    qtbot.waitUntil(lambda: not panel.question.visibleRegion().isEmpty(), timeout=5000)
    assert panel.question.visibleRegion().boundingRect().bottom() == panel.question.height() - 1
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.IDLE, timeout=60_000)
    assert shipped.loss_plot.isVisible(), "its curves are read when it is over"
    assert panel.train.text() == "Train"
    assert "✓" in check(panel)


@pytest.mark.parametrize(("name", "epochs"), [("kl", 3), ("dimensions", 3), ("pca", 8)])
def test_of_fewer_images_a_lesson_asks_for_as_many_steps(shipped: MainWindow, name: str, epochs: int) -> None:
    """What an answer tells was measured on MNIST's 60,000; three epochs of 1,500 are 24 steps and teach nothing."""
    panel = open_lesson(shipped, name)
    QTest.mouseClick(panel.set_up, LEFT)
    config, images = shipped.training_panel.config(), len(shipped.session.data.dataset.train_labels)
    assert images < 2000
    steps = config.epochs * math.ceil(images / config.batch_size)
    assert steps == pytest.approx(epochs * 60_000 / config.batch_size, rel=0.01)


def test_other_images_after_set_up_take_other_epochs(qtbot, shipped: MainWindow, tmp_path: Path) -> None:
    """MNIST that has come meanwhile would have been seen 112 times."""
    panel, form, data = open_lesson(shipped, "kl"), shipped.training_panel, shipped.session.data
    QTest.mouseClick(panel.set_up, LEFT)
    filled, few = form.config(), data.dataset
    shipped.open_path(write_dataset(tmp_path / "images", 120, 20))
    qtbot.waitUntil(lambda: data.dataset is not few, timeout=10_000)
    steps = math.ceil(len(data.dataset.train_labels) / filled.batch_size)
    assert steps == 1 and form.config() == filled.replace(epochs=900)
    form.choose(filled.replace(beta=0.1), "cpu")
    shipped.top_bar.dataset_chosen.emit("digits")
    qtbot.waitUntil(lambda: data.dataset.name == "digits", timeout=10_000)
    assert form.config() == filled.replace(beta=0.1), "what a person has changed stays"


def test_other_images_that_come_while_it_trains_have_epochs_of_their_own_after_it(
    qtbot, shipped: MainWindow, tmp_path: Path
) -> None:
    panel, form, session = open_lesson(shipped, "kl"), shipped.training_panel, shipped.session
    QTest.mouseClick(panel.set_up, LEFT)
    filled, few = form.config(), session.data.dataset
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=30_000)
    shipped.open_path(write_dataset(tmp_path / "images", 120, 20))
    qtbot.waitUntil(lambda: session.data.dataset is not few, timeout=10_000)
    assert form.config() == filled, "those of the training under way"
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=10_000)
    assert session.config == form.config() == filled.replace(epochs=900)


def test_without_mnist_too_a_linear_ae_comes_to_pca(qtbot, shipped: MainWindow) -> None:
    """After eight epochs of the built-in digits its plane stood at 87° to PCA's, and the answer said near zero."""
    panel, session = open_lesson(shipped, "pca"), shipped.session
    QTest.mouseClick(panel.set_up, LEFT)
    enough = shipped.training_panel.config()
    shipped.training_panel.choose(enough.replace(epochs=8), "cpu")
    train_to_the_end(qtbot, panel, session)
    assert "Its error is still more than 2 % above PCA" in check(panel)
    shipped.training_panel.choose(enough, "cpu")
    train_to_the_end(qtbot, panel, session)
    train, test = (
        each.reshape(len(each), -1) / 255.0
        for each in (session.data.dataset.train_images, session.data.dataset.test_images)
    )
    best = PCA(2).fit(train)
    missed = np.square(test - best.inverse_transform(best.transform(test))).mean()
    assert session.view.run.report["test_mse_per_pixel"] == pytest.approx(missed, rel=0.01)
    assert "✓" in check(panel)


def train_to_the_end(qtbot, panel: LessonPanel, session: Session) -> None:
    before = session.view
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(
        lambda: session.training.phase is Phase.IDLE and session.view is not before and session.view.run is not None,
        timeout=120_000,
    )


def test_what_is_to_be_waited_for_is_not_said_when_it_is_over(qtbot) -> None:
    """Under “Let the training come to its end” stood that it was done."""
    panel = LessonPanel()
    qtbot.addWidget(panel)
    panel.show_lessons(LESSONS, [])
    panel.show()
    for right in (False, True):
        panel.show_phase(Phase.TRAINING)
        panel.show_checked(right, "Let the training come to its end.")
        panel.show_phase(Phase.STOPPING)
        assert panel.result.isVisible()
        panel.show_phase(Phase.IDLE)
        assert panel.result.isVisible() is right, "an answer stays"


def test_two_clicks_on_stop_do_not_train_again(qtbot) -> None:
    """Train and Stop are one button: the second click of two came when it was Train already, and took another run."""
    panel, wished = LessonPanel(), []
    qtbot.addWidget(panel)
    panel.show_lessons(LESSONS, [])
    panel.show_lesson([lesson.name for lesson in LESSONS].index("kl"))
    panel.stop_requested.connect(lambda: (wished.append("stop"), panel.show_phase(Phase.IDLE)))
    panel.train_requested.connect(lambda: (wished.append("train"), panel.show_phase(Phase.TRAINING)))
    panel.show()
    qtbot.waitExposed(panel)
    panel.show_phase(Phase.TRAINING)
    for wishes in (["stop"], ["stop", "train"]):
        QTest.mouseDClick(panel.windowHandle(), LEFT, pos=panel.train.mapTo(panel, panel.train.rect().center()))
        assert wished == wishes
    QTest.mouseClick(panel.train, LEFT)
    assert wished == ["stop", "train", "stop"]


def test_a_field_to_mend_that_a_lesson_hides_is_mended_by_set_up(qtbot, shipped: MainWindow) -> None:
    """The lesson said “Mend the marked field first.”, and no field was to be seen."""
    FormUser(shipped.training_panel).type_into("beta", "much")
    panel, session = open_lesson(shipped, "kl"), shipped.session
    QTest.mouseClick(panel.train, LEFT)
    told = shipped.message_bar.messages[-1]
    assert told.text == "The training form under this lesson has a field to mend: press Set up, which fills it in."
    assert session.training.phase is Phase.IDLE
    QTest.mouseClick(panel.set_up, LEFT)
    assert not shipped.message_bar.findChild(QLabel, "messageText").text()
    QTest.keyClick(shipped, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: session.training.phase is Phase.TRAINING, timeout=20_000)
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=20_000)


def test_a_network_that_was_stopped_answers_as_before_once_it_is_kept(
    qtbot, shipped: MainWindow, tmp_path: Path, monkeypatch
) -> None:
    """Its file holds no report of the end, but the losses after each epoch."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    panel, session = open_lesson(shipped, "kl"), shipped.session
    QTest.mouseClick(panel.set_up, LEFT)
    shipped.training_panel.choose(shipped.training_panel.config().replace(epochs=5000), "cpu")
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: session.view is session.trained and len(session.history().held_out_kl) > 2)
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE)
    names = ("loss", "reconstruction", "kl", "rate_bits", "beta", "trained")
    before, said = {name: facts(shipped)[name] for name in names}, check(panel)
    assert None not in before.values() and "✓" in said
    QTest.mouseClick(shipped.findChild(QWidget, "messageAction"), LEFT)
    qtbot.waitUntil(lambda: session.view.run is not None and session.view.run.path is not None)
    assert session.view.run.report == {"stopped": True}
    assert {name: facts(shipped)[name] for name in names} == pytest.approx(before)
    assert check(panel) == said


def test_set_up_leaves_a_training_in_peace(qtbot, shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "dimensions")
    shipped.session.edit_config(RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100))
    shipped.session.training.set_slow_motion(True)
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.TRAINING, timeout=20_000)
    check(panel)
    QTest.mouseClick(panel.set_up, LEFT)
    last = shipped.message_bar.messages[-1]
    assert (last.text, last.kind) == ("Stop the training before a lesson opens another run.", "warning")
    assert panel.result.isVisible(), "the window is as it was checked"
    assert shipped.session.training.phase is Phase.TRAINING
    panel, before = open_lesson(shipped, "pca"), shipped.training_panel.config()
    QTest.mouseClick(panel.set_up, LEFT)
    last = shipped.message_bar.messages[-1]
    assert (last.text, last.kind) == ("Stop the training before a lesson fills in the training form.", "warning")
    assert shipped.training_panel.config() == before, "the form's dials are those of the training"
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.IDLE, timeout=20_000)
