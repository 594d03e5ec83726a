"""The lessons: their files against the program they speak of, and a person who reads, points, tries and checks."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox, QWidget
from scipy.spatial import Delaunay
from sklearn.neighbors import NearestNeighbors
from torch.distributions import Bernoulli, Normal, kl_divergence

from app import theme
from app.lesson_facts import FACTS, Scene, facts_of, written
from app.lessons import Condition, Lesson, LessonError, load_lessons, read_lesson
from app.main_window import MainWindow
from app.panels.draw.examples import load_examples
from app.panels.lessons.formula import FormulaRow
from app.panels.lessons.panel import POINT_AT_A_TERM, LessonPanel
from app.phase import Phase
from app.run_library import shipped_runs
from app.settings import AppSettings
from models.config import RunConfig
from models.datasets import Dataset
from models.presets import PRESETS
from tests.app.conftest import made_ready

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
ROOT = Path(__file__).resolve().parents[2]
LESSONS = load_lessons()
TOPICS = ("bottleneck", "map", "loss", "holes", "kl", "reparameterisation", "interpolation", "dimensions", "denoising")
TOPICS += ("sparsity", "anomalies", "pca", "bits")
SOURCE = " ".join(" ".join(path.read_text().split()) for path in sorted((ROOT / "models").glob("*.py")))


def named(name: str) -> Lesson:
    return next(lesson for lesson in LESSONS if lesson.name == name)


# the files


def test_there_is_a_lesson_about_each_topic_in_this_order() -> None:
    assert tuple(lesson.name for lesson in LESSONS) == TOPICS
    assert len({lesson.title for lesson in LESSONS}) == len(LESSONS)


@pytest.mark.parametrize("lesson", LESSONS, ids=TOPICS)
def test_what_a_lesson_asks_for_is_there(lesson: Lesson) -> None:
    shipped = {entry.path.stem for entry in shipped_runs()}
    assert not lesson.setup.run or lesson.setup.run in shipped
    assert not lesson.setup.preset or lesson.setup.preset in PRESETS
    assert not lesson.setup.example or lesson.setup.example in {example.name for example in load_examples()}
    base = PRESETS[lesson.setup.preset].config if lesson.setup.preset else RunConfig()
    assert base.replace(**lesson.settings).to_dict().items() >= lesson.settings.items()
    assert lesson.question.rstrip().endswith((".", "?")) and lesson.answer.endswith(".")
    assert all(condition.hint.endswith(".") for condition in lesson.check)
    assert 60 <= len(lesson.text.split()) <= 190, "short"


@pytest.mark.parametrize("lesson", LESSONS, ids=TOPICS)
def test_the_code_that_a_term_shows_stands_in_the_program(lesson: Lesson) -> None:
    telling = [term for term in lesson.formula if term.says]
    assert telling and all(term.code for term in telling)
    for term in telling:
        assert " ".join(term.code.split()) in SOURCE, term.code


def test_what_is_no_pytorch_in_the_program_stands_in_pytorch_too() -> None:
    telling = [term for lesson in LESSONS for term in lesson.formula if term.code]
    numpys = [term for term in telling if "np." in term.code or term.code.startswith("outputs =")]
    assert [term.fact for term in telling if term.torch] == [term.fact for term in numpys] != []


def test_each_line_of_pytorch_computes_what_its_term_tells(read_in: MainWindow) -> None:
    session, strip = read_in.session, read_in.session.strip
    strip.set_shape("straight")
    strip.set_steps(7)
    session.look.set_code(np.array([0.3, 1.1], np.float32))
    told = facts(read_in)
    a = torch.from_numpy(told["strip_a_code"])
    names = {
        "torch": torch,
        "codes": torch.from_numpy(session.view.codes),
        "z": torch.tensor([0.3, 1.1]),
        "A": a,
        "B": a + torch.from_numpy(told["strip_b_minus_a"]),
        "steps": told["strip_steps"],
    }
    walk = np.array([strip.code_of(step) for step in range(7)])
    shares = np.arange(7) * told["strip_share"]
    for term in (term for lesson in LESSONS for term in lesson.formula if term.torch):
        wanted = {"strip_steps": walk, "strip_share": shares}.get(term.fact, told[term.fact])
        assert np.asarray(eval(term.torch, names)) == pytest.approx(np.asarray(wanted), abs=1e-5), term.torch


@pytest.mark.parametrize("lesson", LESSONS, ids=TOPICS)
def test_every_formula_is_typeset(qtbot, lesson: Lesson) -> None:
    row = FormulaRow()
    qtbot.addWidget(row)
    row.resize(240, 40)  # in the narrowest column
    row.show_terms([(term.tex, term.says) for term in lesson.formula])
    row.show()
    for term in row.terms:
        picture = term.grab().toImage()
        ground = picture.pixelColor(picture.width() // 2, 2)
        inked = sum(
            abs(picture.pixelColor(x, y).lightness() - ground.lightness()) > 60
            for x in range(picture.width())
            for y in range(picture.height())
        )
        assert inked > 10, f"nothing is drawn of {term._tex}"
        assert term.x() >= 0 and term.geometry().right() < row.width() and term.geometry().bottom() < row.height()


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("no fence at all", "not enough values to unpack (expected 3, got 1)"),
        ("words first\n+++\ntitle = 'x'\n+++\n", "the first line is not +++"),
        ("+++\ntitle = \n+++\ntext", "Invalid value (at line 2, column 9)"),
        ("+++\ntitle = 'x'\n+++\ntext", "missing 2 required positional arguments: 'question' and 'answer'"),
        ("+++\ntitle='x'\nquestion='q'\nanswer='a'\n+++\ntext", "its question has no check"),
        (
            "+++\ntitle='x'\nquestion='q'\nanswer='a'\n[[check]]\nfact='moon'\nhint='h'\n+++\ntext",
            "there is no fact “moon”",
        ),
    ],
)
def test_a_damaged_lesson_is_named_in_one_sentence(tmp_path: Path, content: str, wrong: str) -> None:
    path = tmp_path / "01-moon.md"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LessonError) as raised:
        read_lesson(path)
    assert str(raised.value).startswith("The lesson “01-moon.md” cannot be used: ")
    assert wrong in str(raised.value)


def test_every_place_of_sixteen_numbers_is_far_from_the_codes_and_no_hole() -> None:
    told = {"kind": "ae", "latent_dim": 16, "pinned_gap": 1.2, "pinned_inside": True}
    failing = [each.hint for each in named("holes").check if not each.holds(told[each.fact])]
    assert failing == ["This question is about a map of two numbers: choose “AE 2-D” in the list at the top."]
    assert all(each.holds((told | {"latent_dim": 2})[each.fact]) for each in named("holes").check)


def test_a_condition_holds_within_its_bounds_only() -> None:
    between = Condition("beta", "", least=2.0, most=4.0)
    assert [between.holds(value) for value in (1.9, 2.0, 4.0, 4.1, None)] == [False, True, True, False, False]
    assert Condition("pinned_classes", "", contains="4").holds(("4", "9"))
    assert not Condition("pinned_classes", "", contains="4").holds(("9",))
    assert Condition("trained", "", equals=True).holds(True) and not Condition("trained", "", equals=True).holds(False)


# in the window


@pytest.fixture(scope="module")
def lent_run() -> None:
    """A window that opens for the first time looks at the shipped VAE."""


@pytest.fixture
def shipped(qtbot, make_window) -> MainWindow:
    """A window without MNIST that looks at the shipped VAE, as it opens for the first time."""
    return made_ready(qtbot, make_window(None))


@pytest.fixture
def read_in(borrowed_window: MainWindow) -> Iterator[MainWindow]:
    """The same, borrowed, for a test that reads in lessons and trains nothing; the first lesson is the one met."""
    yield borrowed_window
    lessons = borrowed_window.lessons
    if lessons.panel is not None:
        lessons.panel.show_lesson(0)
        if lessons.panel.isVisible():
            lessons.toggle()


def open_lesson(window: MainWindow, name: str) -> LessonPanel:
    """Open the lessons with the keyboard and choose one with the arrow keys."""
    if window.lessons.panel is None or not window.lessons.panel.isVisible():
        QTest.keyClick(window, Qt.Key.Key_L, CTRL)
    panel = window.lessons.panel
    assert panel is not None and panel.isVisible()
    panel.picker.setFocus()
    while panel.lesson().name != name:
        assert panel.after.isEnabled() or panel.before.isEnabled()
        forward = TOPICS.index(panel.lesson().name) < TOPICS.index(name)
        QTest.mouseClick(panel.after if forward else panel.before, LEFT)
    return panel


def facts(window: MainWindow) -> dict[str, Any]:
    desk_scene = Scene(window.session, window.views.current(), None)
    return facts_of(desk_scene)


def check(panel: LessonPanel) -> str:
    QTest.mouseClick(panel.check, LEFT)
    assert panel.result.isVisible()
    return panel.result.text()


def point_at(panel: LessonPanel, index: int) -> str:
    term = panel.formula.terms[index]
    panel._scroll.ensureWidgetVisible(term)
    QTest.mouseMove(panel.window(), QPoint(1, 1))
    QTest.mouseClick(term, LEFT)
    return panel.value.text().replace("\u200b", "")


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


def test_pointing_at_a_term_tells_its_value_and_its_line(read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "kl")
    assert panel.value.text() == POINT_AT_A_TERM
    view = read_in.session.view
    means, spreads = torch.from_numpy(view.codes), torch.from_numpy(np.exp(view.log_variances / 2))
    kl = float(kl_divergence(Normal(means, spreads), Normal(0.0, 1.0)).sum(dim=1).mean())
    said = point_at(panel, 3)
    assert f"Now: <b>{kl:.1f} nats per image</b>" in said
    assert "-0.5 * (1.0 + log_variance - mean.square() - log_variance.exp()).sum(dim=1)" in said
    assert panel.formula.terms[3].is_current and not panel.formula.terms[0].is_current
    assert "Now: <b>1.00</b>" in point_at(panel, 2)


def test_a_lesson_s_page_and_its_terms_are_saved(read_in: MainWindow, tmp_path: Path) -> None:
    panel = open_lesson(read_in, "bottleneck")
    assert [action.text() for action in panel.export.menu().actions()] == [
        "Save the page (PNG, SVG)…",
        "Save the formula's terms (CSV)…",
    ]
    panel.save_page_to(tmp_path / "page.png")
    assert QImage(str(tmp_path / "page.png")).height() > 2 * panel._page.height()
    panel.save_page_to(tmp_path / "page.svg")
    drawn = ElementTree.parse(tmp_path / "page.svg")
    words = " ".join("".join(each.itertext()) for each in drawn.iter("{http://www.w3.org/2000/svg}text"))
    assert panel.lesson().question.split()[0] in words and words.startswith("The bottleneck")
    panel.save_terms_to(tmp_path / "terms.csv")
    rows = list(csv.DictReader((tmp_path / "terms.csv").open(newline="")))
    assert [row["term"] for row in rows] == [term.tex for term in panel.lesson().formula]
    assert rows[0]["code"] == panel.lesson().formula[0].code and rows[0]["pytorch"] == ""
    told = facts(read_in)
    assert [row["now"] for row in rows] == [
        written(term.fact, told) if term.fact else "" for term in panel.lesson().formula
    ]
    assert read_in.message_bar.messages[-1].text == f"Saved as “{tmp_path / 'terms.csv'}”."
    panel.save_terms_to(tmp_path / "nowhere" / "terms.csv")
    assert read_in.message_bar.messages[-1].kind == "error"
    assert not (tmp_path / "nowhere").exists()


def test_the_keyboard_reaches_every_term(read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "kl")
    panel.formula.terms[0].setFocus()
    for index in range(1, 4):
        QTest.keyClick(read_in.focusWidget(), Qt.Key.Key_Tab)
        assert panel.formula.terms[index].hasFocus() and panel.formula.terms[index].is_current


def test_values_follow_the_window_while_a_lesson_is_read(qtbot, read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "map")
    point_at(panel, 0)
    read_in.session.look.set_code(np.array([0.25, -1.5], np.float32))
    qtbot.waitUntil(lambda: "(0.25, -1.50)" in panel.value.text(), timeout=5000)


def test_a_term_that_is_computed_in_numpy_tells_pytorch_s_line_first(read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "holes")
    point_at(panel, 0)
    told = panel.value.text().replace("\u200b", "")
    pytorch, here = "In PyTorch: <code>torch.cdist(z[None], codes).min()</code>", "In this program: <code>return order,"
    assert 0 < told.index(pytorch) < told.index(here)


def test_facts_of_the_pinned_place_are_what_they_say(read_in: MainWindow) -> None:
    session = read_in.session
    place = np.array([[0.3, 1.1]], np.float32)
    session.look.set_code(place[0])
    distances, indices = NearestNeighbors(n_neighbors=20).fit(session.view.codes).kneighbors(place)
    told = facts(read_in)
    assert told["pinned_gap"] == pytest.approx(distances[0, 0], rel=1e-4)
    assert told["pinned_classes"] == tuple(sorted({str(session.view.labels[i]) for i in indices[0]}))
    assert told["pinned_inside"], "among the codes"
    assert told["pinned_index"] == -1 and told["pinned_error"] is None and told["narrowest_sigma"] is None
    session.look.pick(0.0, 0.0, 17)
    told = facts(read_in)
    assert told["pinned_error"] == pytest.approx(float(session.view.run.errors[17]))
    assert told["narrowest_sigma"] == pytest.approx(math.exp(session.view.log_variances[17].min() / 2), rel=1e-5)
    assert told["rate_bits"] == pytest.approx(session.view.run.report["test_kl"] / math.log(2))
    assert told["code_bits"] == 64 and told["pixels"] == 784


def test_a_fact_that_is_not_there_says_so_and_units_follow_the_loss(read_in: MainWindow) -> None:
    assert written("sketch_error", facts(read_in)) == "there is none"
    assert written("reconstruction", facts(read_in)).endswith("nats per image")
    paths = {entry.path.stem: entry.path for entry in shipped_runs()}
    read_in.session.open_run(paths["ae-2"])
    told = facts(read_in)
    assert written("reconstruction", told).endswith("squared error per image")
    assert told["kl"] is None and told["rate_bits"] is None, "an AE has neither"
    assert set(told) == set(FACTS)
    assert told["sparsity_kept"] is None and told["corruption"] is None, "nothing pulls or damages"


def test_a_place_is_inside_where_no_line_parts_it_from_the_codes(read_in: MainWindow) -> None:
    session = read_in.session
    hull = Delaunay(session.view.codes)
    places = np.stack(np.meshgrid(np.linspace(-6, 6, 9), np.linspace(-6, 6, 9)), -1).reshape(-1, 2)
    for place in places.astype(np.float32):
        session.look.set_code(place)
        assert facts(read_in)["pinned_inside"] == (hull.find_simplex(place) >= 0), place


def test_a_drawn_code_is_its_cloud_s_middle_and_sigma_times_the_noise(qtbot, read_in: MainWindow) -> None:
    panel, look = open_lesson(read_in, "reparameterisation"), read_in.session.look
    for index in (17, 17, 40):
        mean, before = read_in.session.view.codes[index], point_at(panel, 3)
        look.pick(0.0, 0.0, index)
        qtbot.waitUntil(lambda before=before: point_at(panel, 3) != before)  # other noise; told in turns
        z, mu, sigma, eps = (told_numbers(point_at(panel, term)) for term in range(4))
        spread = np.exp(read_in.session.view.log_variances[index] / 2)
        assert mu == pytest.approx(mean, abs=6e-4) and sigma == pytest.approx(spread, abs=6e-4)
        assert z == pytest.approx(mu + sigma * eps, abs=4e-3)
    look.set_code(np.zeros(2, np.float32))
    qtbot.waitUntil(lambda: "there is none" in point_at(panel, 0))


def told_numbers(said: str) -> np.ndarray:
    found = re.search(r"Now: <b>\(([^)]*)\)</b>", said)
    assert found, said
    return np.array([float(each) for each in found[1].split(", ")])


def test_the_terms_of_a_bernoulli_loss_add_up_to_it(read_in: MainWindow, vae_file: Path, digits: Dataset) -> None:
    session = read_in.session
    session.look.pick(0.0, 0.0, 5)
    whole = float(session.view.run.errors[5])
    assert written("pinned_ink", facts(read_in)) == f"{whole:.1f} nats with the other term", "its image is not here"
    session.open_run(vae_file)
    session.look.pick(0.0, 0.0, 5)
    image = torch.from_numpy(digits.test_images[5] / 255.0)
    sure = torch.from_numpy(session.view.decode(session.view.codes[5])[0].astype(np.float64))
    ink = float((image * -Bernoulli(probs=sure).log_prob(torch.ones(()).double())).sum())
    paper = float(((1 - image) * -Bernoulli(probs=sure).log_prob(torch.zeros(()).double())).sum())
    told = facts(read_in)
    assert ink + paper == pytest.approx(float(session.view.run.errors[5]), rel=1e-4)
    assert told["pinned_ink"][:2] == pytest.approx((ink, paper), rel=1e-4)
    assert written("pinned_ink", told) == f"{ink:.1f} of {ink + paper:.1f} nats"
    assert written("pinned_paper", told) == f"{paper:.1f} of {ink + paper:.1f} nats"


def test_the_terms_of_sparsity_add_up_to_what_was_measured(read_in: MainWindow) -> None:
    paths = {entry.path.stem: entry.path for entry in shipped_runs()}
    read_in.session.open_run(paths["ae-64-sparse"])
    rho = torch.tensor(0.02, dtype=torch.float64)
    mean = torch.from_numpy(read_in.session.view.codes).double().abs().mean(dim=0)
    spoken, silent = (rho * (rho / mean).log()).sum(), ((1 - rho) * ((1 - rho) / (1 - mean)).log()).sum()
    told = facts(read_in)
    assert told["sparsity_kept"][:2] == pytest.approx((float(spoken), float(silent)))
    assert sum(told["sparsity_kept"][:2]) == pytest.approx(read_in.session.view.run.report["test_sparsity"], rel=1e-3)
    assert written("sparsity_kept", told) == f"−{abs(float(spoken)):.3f} nats, with ρ = 0.02"
    assert written("sparsity_silent", told) == f"{float(silent):.3f} nats, with ρ = 0.02"


def test_the_terms_of_a_straight_walk_are_those_of_the_strip(read_in: MainWindow) -> None:
    strip = read_in.session.strip
    strip.set_shape("straight")
    strip.set_steps(5)
    told = facts(read_in)
    for step in range(5):
        code = told["strip_a_code"] + step * told["strip_share"] * told["strip_b_minus_a"]
        assert strip.code_of(step) == pytest.approx(code, abs=1e-5)
    assert written("strip_share", told) == "0, 0.250, 0.500, … 1"


def test_the_score_of_a_sketch_is_told_with_its_place(qtbot, shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "anomalies")
    QTest.mouseClick(panel.set_up, LEFT)
    desk = shipped.session.sketch
    qtbot.waitUntil(lambda: "easier" in point_at(panel, 0))
    snapshot = shipped.session.view.snapshot
    image = desk.seen[None] / 255.0
    sure = np.clip(snapshot.decode(snapshot.encode(desk.seen[None]))[0].astype(np.float64), 1e-9, 1 - 1e-9)
    extra = image * np.log(np.maximum(image, 1e-12) / sure)
    extra += (1 - image) * np.log(np.maximum(1 - image, 1e-12) / (1 - sure))
    assert f"Now: <b>{extra.sum() / np.square(image).sum():.2f}; " in point_at(panel, 0)


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


def test_a_noisy_sketch_is_restored_by_the_run_that_learned_it(qtbot, shipped: MainWindow) -> None:
    panel, pad = open_lesson(shipped, "denoising"), shipped.sketch_panel
    QTest.mouseClick(panel.set_up, LEFT)
    assert (shipped.session.view.run.path.stem, shipped.views.current()) == ("ae-16-denoising", "denoising")
    qtbot.waitUntil(lambda: not pad.is_playing() and not pad.pad.sheet.is_blank())
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


def restored_decibels(qtbot, panel: LessonPanel) -> float:
    said = point_at(panel, 1)
    qtbot.waitUntil(lambda: "dB" in point_at(panel, 1), timeout=5000)
    found = re.search(r"Now: <b>([\d.]+) dB, with noise 9\.\d dB</b>", point_at(panel, 1))
    assert found, said
    return float(found[1])


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


def seen(label: QWidget) -> int:
    """Pixels of its height that are in sight."""
    return label.visibleRegion().boundingRect().height()


def test_the_present_beta_is_the_dial_s(qtbot, shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "kl")
    shipped.session.edit_config(RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100, beta=10.0))
    shipped.session.training.set_slow_motion(True)
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.TRAINING, timeout=20_000)
    qtbot.waitUntil(lambda: "Now: <b>10.00</b>" in point_at(panel, 2), timeout=20_000)
    shipped.training_panel.beta_changed.emit(4.0)
    qtbot.waitUntil(lambda: "Now: <b>4.00</b>" in panel.value.text(), timeout=5_000)
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.IDLE, timeout=20_000)


def test_the_stick_figure_is_no_digit(qtbot, read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "anomalies")
    QTest.mouseClick(panel.set_up, LEFT)
    assert not read_in.sketch_panel.is_playing() and not read_in.sketch_panel.pad.sheet.is_blank()
    assert "Not strange enough" in check(panel), "half a 3 would be strange"
    figure = next(example for example in load_examples() if example.name == "stick-figure")
    read_in.sketch_panel.play_example(figure, instant=True)
    qtbot.waitUntil(lambda: "✓" in check(panel), timeout=5000)


def test_a_lesson_in_which_one_trains_fills_the_form_and_has_the_button(qtbot, shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "kl")
    assert panel.train.isVisible() and not shipped.loss_plot.isVisible(), "the column is for reading"
    QTest.mouseClick(panel.set_up, LEFT)
    config = shipped.training_panel.config()
    assert (config.kind, config.latent_dim, config.beta, config.epochs) == ("vae", 2, 10.0, 3)
    assert "Press Train" in check(panel)
    QTest.keyClick(shipped, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.TRAINING, timeout=20_000)
    assert panel.train.text() == "Stop" and shipped.loss_plot.isVisible()
    qtbot.waitUntil(lambda: not panel.question.visibleRegion().isEmpty(), timeout=5000)
    assert panel.question.visibleRegion().boundingRect().bottom() == panel.question.height() - 1
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.IDLE, timeout=60_000)
    assert shipped.loss_plot.isVisible(), "its curves are read when it is over"
    assert panel.train.text() == "Train"
    assert "✓" in check(panel)


def test_set_up_leaves_a_training_in_peace(qtbot, shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "dimensions")
    shipped.session.edit_config(RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100))
    shipped.session.training.set_slow_motion(True)
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.TRAINING, timeout=20_000)
    QTest.mouseClick(panel.set_up, LEFT)
    last = shipped.message_bar.messages[-1]
    assert (last.text, last.kind) == ("Stop the training before a lesson opens another run.", "warning")
    assert shipped.session.training.phase is Phase.TRAINING
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.IDLE, timeout=20_000)


def test_formulas_follow_the_theme(qapp, read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "bottleneck")
    term = panel.formula.terms[1]

    def darkest() -> int:
        picture = term.grab().toImage()
        colours = [QColor(picture.pixel(x, y)) for x in range(picture.width()) for y in range(picture.height())]
        return min(each.lightness() for each in colours)

    assert darkest() < 100
    theme.apply(qapp, "dark")
    picture = term.grab().toImage()
    brightest = max(
        QColor(picture.pixel(x, y)).lightness() for x in range(picture.width()) for y in range(picture.height())
    )
    assert brightest > 180
