"""The lessons' files against the program they speak of: runs, settings, code, formulas and conditions."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.lesson_facts import FACTS
from app.lesson_findings import Scene
from app.lessons import Condition, Lesson, LessonError, read_lesson
from app.panels.draw.examples import load_examples
from app.panels.lessons.formula import FormulaRow
from app.run_library import shipped_runs
from models.config import MEAN_BOUND, RunConfig
from models.presets import PRESETS
from tests.app.lessons.conftest import LESSONS, TOPICS
from tests.conftest import ROOT

SOURCE = " ".join(" ".join(path.read_text().split()) for path in sorted((ROOT / "models").glob("*.py")))


def named(name: str) -> Lesson:
    return next(lesson for lesson in LESSONS if lesson.name == name)


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


def test_who_meets_the_bound_of_codes_in_a_lesson_is_told_of_it() -> None:
    bound = f"softly at ±{MEAN_BOUND:g}"
    meeting = [term for lesson in LESSONS for term in lesson.formula if "_bound(" in term.code]
    assert len(meeting) >= 4 and [term.tex for term in meeting if bound not in term.says] == []
    assert bound in named("holes").text.replace("\n", " "), "its AE's points are pressed against it"


def test_what_is_no_pytorch_in_the_program_stands_in_pytorch_too() -> None:
    telling = [term for lesson in LESSONS for term in lesson.formula if term.code]
    numpys = [term for term in telling if "np." in term.code or term.code.startswith("outputs =")]
    assert [term.fact for term in telling if term.torch] == [term.fact for term in numpys] != []


def test_no_line_of_a_formula_begins_with_a_comma() -> None:
    terms = [term.tex for lesson in LESSONS for term in lesson.formula]
    assert [tex for tex in terms if tex.startswith(",")] == [], "a term may begin a line where a page is narrow"


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


@pytest.mark.parametrize(("count", "inside"), [(16, True), (1, None)])
def test_a_hole_is_one_of_a_map_of_two_numbers(count: int, inside: bool | None) -> None:
    """Of sixteen every place is far from the codes; of one none has codes all around it."""
    told = {"kind": "ae", "latent_dim": count, "pinned_gap": 1.2, "pinned_inside": inside}
    first = hints("holes", told)[0]
    assert first == "This question is about a map of two numbers: choose “AE 2-D” in the list at the top."
    assert not hints("holes", told | {"latent_dim": 2, "pinned_inside": True})


@pytest.mark.parametrize("lesson", [each for each in LESSONS if each.trains], ids=lambda lesson: lesson.name)
def test_what_set_up_does_nobody_is_sent_to_the_hidden_form_for(lesson: Lesson) -> None:
    """The training form gives its place to the lessons."""
    for told in (condition.hint for condition in lesson.check):
        assert "preset" not in told and " form" not in told and " set it " not in told, told
        assert "Train" not in told or "ress Set up" in told, told


def hints(lesson: str, told: dict[str, object]) -> list[str]:
    return [each.hint for each in named(lesson).check if not each.holds(told[each.fact])]


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "vae"},
        {"output": "sigmoid"},
        {"output": "sigmoid", "loss": "bce"},
        {"activation": "tanh"},
        {"input_dropout": 0.1},
        {"corruption": "gaussian"},
        {"sparsity": "l1"},
    ],
    ids=str,
)
def test_pca_is_found_by_a_linear_ae_that_seeks_nothing_else(changed: dict[str, object]) -> None:
    plain = PRESETS["linear-ae"].config
    for config, seeks in ((plain, True), (plain.replace(**changed), False)):
        session: Any = SimpleNamespace(view=SimpleNamespace(config=config))
        assert FACTS["seeks_pca"].find(Scene(session)) is seeks
    told = {"activation": "linear", "seeks_pca": True, "mse": 0.05, "above_pca": 0.001}
    assert not hints("pca", told)
    (wrong,) = hints("pca", told | {"seeks_pca": False})
    assert wrong.startswith("This network seeks something else too: it is a VAE, or ")


def test_an_ae_has_no_kl_to_compare() -> None:
    told = {"kind": "vae", "trained": True, "latent_dim": 32, "kl": 23.0}
    assert not hints("dimensions", told)
    first = hints("dimensions", told | {"kind": "ae", "kl": None})[0]
    assert first == "An AE has no KL: press Set up, which asks for a VAE with 32 dimensions, then Train."
    told |= {"beta": 10.0}
    assert not hints("kl", told)
    assert hints("kl", told | {"kind": "ae", "kl": None})[0].startswith("An AE has no KL: press Set up")


def test_only_a_vae_s_image_has_a_posterior_that_could_be_narrow() -> None:
    told = {"kind": "vae", "latent_dim": 2, "pinned_index": 7, "narrowest_sigma": 0.01}
    assert not hints("reparameterisation", told)
    wide = hints("reparameterisation", told | {"latent_dim": 16, "narrowest_sigma": 0.045})[0]
    assert wide == "This question is about a map of two numbers: choose “VAE 2-D” in the list at the top."
    nothing = {"narrowest_sigma": None}
    assert hints("reparameterisation", told | nothing | {"kind": "ae"})[0].startswith("An AE has no posterior")
    between = hints("reparameterisation", told | nothing | {"pinned_index": -1})[0]
    assert between.startswith("You have picked a place between the points")


@pytest.mark.parametrize("changed", [{"unit": "squared error per image"}, {"latent_dim": 16}], ids=str)
def test_nobody_looks_for_300_nats_where_there_are_none(changed: dict[str, object]) -> None:
    """The worst 20 of the AE 2-D have a squared error of 90 and more, those of the VAE 16-D 144 nats."""
    told = {"unit": "nats per image", "latent_dim": 2, "pinned_error": 350.0}
    assert not hints("loss", told)
    first = hints("loss", told | changed | {"pinned_error": 140.0})[0]
    assert first.startswith("This question is about ") and "choose “VAE 2-D” in the list at the top" in first


def test_a_shipped_run_is_asked_for_and_none_of_one_s_own() -> None:
    """The 32-D VAE of lesson 8 sends 33 bits, and the answer spoke of the shipped one with sixteen dimensions."""
    told = {"rate_bits": 32.3, "trained": False}
    assert not hints("bits", told)
    (wrong,) = hints("bits", told | {"trained": True})
    assert wrong == "This run is one of your own: choose a shipped one in the list at the top."


def test_what_is_said_of_a_flat_map_is_said_of_two_numbers_only() -> None:
    between = {"latent_dim": 2, "pinned_index": -1, "pinned_common": ("4", "9")}
    walk = {"latent_dim": 2, "strip_a": "1", "strip_b": "0", "strip_steps": 15}
    for lesson, told in (("map", between), ("interpolation", walk)):
        assert not hints(lesson, told)
        (wrong,) = hints(lesson, told | {"latent_dim": 16})
        assert wrong == "This question is about a map of two numbers: choose “VAE 2-D” in the list at the top."


def test_a_condition_holds_within_its_bounds_only() -> None:
    between = Condition("beta", "", least=2.0, most=4.0)
    assert [between.holds(value) for value in (1.9, 2.0, 4.0, 4.1, None)] == [False, True, True, False, False]
    assert Condition("pinned_common", "", contains="4").holds(("4", "9"))
    assert not Condition("pinned_common", "", contains="4").holds(("9",))
    assert Condition("trained", "", equals=True).holds(True) and not Condition("trained", "", equals=True).holds(False)
