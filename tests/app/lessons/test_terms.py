"""A formula's terms: what each one tells of the window, against calculations of its own."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from scipy.spatial import Delaunay
from sklearn.neighbors import NearestNeighbors
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits

from app import theme
from app.lesson_facts import FACTS, written
from app.main_window import MainWindow
from app.panels.draw.examples import load_examples
from app.panels.lessons.panel import POINT_AT_A_TERM
from app.phase import Phase
from app.run_library import shipped_runs
from models.checkpoint import load_run, save_run
from models.config import RunConfig
from models.datasets import Dataset
from models.evaluation import reconstruction_errors
from tests.app.lessons.conftest import LEFT, LESSONS, check, facts, open_lesson, point_at


def told_numbers(said: str) -> np.ndarray:
    found = re.search(r"Now: <b>\(([^)]*)\)</b>", said)
    assert found, said
    return np.array([float(each.replace("−", "-")) for each in found[1].split(", ")])


# pointing at a term


def test_pointing_at_a_term_tells_its_value_and_its_line(read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "kl")
    assert panel.value.text() == POINT_AT_A_TERM
    view = read_in.session.view
    means, spreads = torch.from_numpy(view.codes), torch.from_numpy(np.exp(view.log_variances / 2))
    kl = float(kl_divergence(Normal(means, spreads), Normal(0.0, 1.0)).sum(dim=1).mean())
    said = point_at(panel, 3)
    assert f"Now: <b>{kl:.1f} nats per image</b>" in said
    assert "0.5 * torch.addcmul(torch.expm1(log_variance) - log_variance, mean, mean).sum(dim=1)" in said
    assert panel.formula.terms[3].is_current and not panel.formula.terms[0].is_current
    assert "Now: <b>1</b>" in point_at(panel, 2)


def test_the_keyboard_reaches_every_term(read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "kl")
    panel.formula.terms[0].setFocus()
    for index in range(1, 4):
        QTest.keyClick(read_in.focusWidget(), Qt.Key.Key_Tab)
        assert panel.formula.terms[index].hasFocus() and panel.formula.terms[index].is_current


def test_the_keyboard_goes_down_the_page_to_the_buttons(read_in: MainWindow) -> None:
    """The terms came after Check."""
    panel = open_lesson(read_in, "bottleneck")
    panel = open_lesson(read_in, "map")
    panel.picker.setFocus()
    met = []
    while not panel.check.hasFocus():
        QTest.keyClick(read_in.focusWidget(), Qt.Key.Key_Tab)
        met.append(read_in.focusWidget())
        assert len(met) < 10
    assert met == [panel._scroll, *panel.formula.terms, panel.set_up, panel.check]


def test_values_follow_the_window_while_a_lesson_is_read(qtbot, read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "map")
    point_at(panel, 0)
    read_in.session.look.set_code(np.array([0.25, -1.5], np.float32))
    qtbot.waitUntil(lambda: "(0.25, −1.50)" in panel.value.text(), timeout=5000)


def test_a_term_that_is_computed_in_numpy_tells_pytorch_s_line_first(read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "holes")
    point_at(panel, 0)
    told = panel.value.text().replace("\u200b", "")
    pytorch, here = "In PyTorch: <code>torch.cdist(z[None], codes).min()</code>", "In this program: <code>return order,"
    assert 0 < told.index(pytorch) < told.index(here)


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


# what it tells


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


def test_facts_of_the_pinned_place_are_what_they_say(read_in: MainWindow) -> None:
    session = read_in.session
    place = np.array([[0.3, 1.1]], np.float32)
    session.look.set_code(place[0])
    distances, indices = NearestNeighbors(n_neighbors=20).fit(session.view.codes).kneighbors(place)
    told = facts(read_in)
    assert told["pinned_gap"] == pytest.approx(distances[0, 0], rel=1e-4)
    near = Counter(str(session.view.labels[i]) for i in indices[0])
    assert told["pinned_classes"] == tuple(sorted(near))
    assert told["pinned_common"] == tuple(sorted(name for name, count in near.items() if count >= 5))
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
    assert written("loss", told) == "25.4 squared error per image"
    read_in.session.open_run(paths["ae-64-sparse"])
    assert written("loss", facts(read_in)) == "5.9 per image", "its sparsity is added"
    assert told["kl"] is None and told["beta"] is None and told["rate_bits"] is None, "an AE has none of them"
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


def test_a_network_in_training_tells_of_the_image_that_is_picked(qtbot, shipped: MainWindow) -> None:
    """Its file, which would hold errors and log-variances, is still to be written; the images are here."""
    session = shipped.session
    session.edit_config(RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100))
    session.training.set_slow_motion(True)
    session.start_training()
    qtbot.waitUntil(lambda: session.view.run is None and session.view.snapshot is not None, timeout=20_000)
    session.training.pause()
    qtbot.waitUntil(lambda: session.training.phase is Phase.PAUSED, timeout=20_000)
    session.look.pick(0.0, 0.0, 5)
    image, snapshot = session.data.dataset.test_images[5:6], session.view.snapshot
    code, log_variance = snapshot.posterior(image)
    whole = float(reconstruction_errors(snapshot, image, session.look.pin.code[None])[0])
    told = facts(shipped)
    assert session.look.pin.code == pytest.approx(code[0], abs=1e-5)
    assert told["pinned_error"] == pytest.approx(whole, rel=1e-4)
    assert sum(told["pinned_ink"][:2]) == pytest.approx(whole, rel=1e-4)
    assert told["pinned_sigma"] == pytest.approx(np.exp(log_variance[0] / 2), rel=1e-5)
    session.training.stop()
    qtbot.waitUntil(lambda: session.training.phase is Phase.IDLE, timeout=20_000)


def test_the_terms_of_a_hopeless_image_add_up_too(
    read_in: MainWindow, vae_file: Path, digits: Dataset, tmp_path
) -> None:
    run = load_run(vae_file)
    last = max(name for name in run.weights if name.startswith("decoder") and name.endswith("weight"))
    save_run(replace(run, weights=run.weights | {last: run.weights[last] * 12}), tmp_path / "sure.safetensors")
    read_in.session.open_run(tmp_path / "sure.safetensors")
    read_in.session.look.pick(0.0, 0.0, 5)
    logits = torch.from_numpy(read_in.session.view.decoder.logits(run.codes[5:6]).astype(np.float64).ravel())
    image = torch.from_numpy(digits.test_images[5].ravel() / 255.0)
    assert float(logits.abs().max()) > 30, "a network that is far too sure"
    whole = float(binary_cross_entropy_with_logits(logits, image, reduction="sum"))
    ink, paper, told = facts(read_in)["pinned_ink"]
    assert ink + paper == pytest.approx(whole, rel=1e-6) and told == pytest.approx(whole, rel=1e-6)


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
    told_shares = {}
    for steps in (3, 4, 5, 10):
        strip.set_steps(steps)
        told_shares[steps] = written("strip_share", facts(read_in))
    assert told_shares == {
        3: "0, 0.5, 1",
        4: "0, 0.333, 0.667, 1",
        5: "0, 0.25, 0.5, … 1",
        10: "0, 0.111, 0.222, … 1",
    }


def test_small_figures_are_told_as_what_they_are() -> None:
    told = {"latent_dim": 1, "beta": 0.001}
    assert (written("latent_dim", told), written("beta", told)) == ("1 number", "0.001")
    assert written("code_bits", {"code_bits": 32 * 64}) == "2,048 bits per image", "as the twins' table writes it"
    assert [written("beta", {"beta": beta}) for beta in (0.0, 1.0, 1 / 3, 1000.0)] == ["0", "1", "0.3333", "1000"]


def test_a_percentile_is_not_rounded_to_all_images() -> None:
    told = {"sketch_percentile": 99.97, "sketch_among": "of 10,000 held-out images are easier"}
    assert written("sketch_percentile", told) == "99 % of 10,000 held-out images are easier"


def test_the_score_of_a_sketch_is_told_with_its_place(qtbot, read_in: MainWindow) -> None:
    panel = open_lesson(read_in, "anomalies")
    QTest.mouseClick(panel.set_up, LEFT)
    desk = read_in.session.sketch
    qtbot.waitUntil(lambda: "easier" in point_at(panel, 0))
    snapshot = read_in.session.view.snapshot
    image = desk.seen[None] / 255.0
    sure = np.clip(snapshot.decode(snapshot.encode(desk.seen[None]))[0].astype(np.float64), 1e-9, 1 - 1e-9)
    extra = image * np.log(np.maximum(image, 1e-12) / sure)
    extra += (1 - image) * np.log(np.maximum(1 - image, 1e-12) / (1 - sure))
    assert f"Now: <b>{extra.sum() / np.square(image).sum():.2f}; " in point_at(panel, 0)
    read_in.sketch_panel.pad.sheet.clear()


def test_a_sketch_drawn_before_the_lessons_were_first_opened_is_there(qtbot, shipped: MainWindow) -> None:
    shipped.session.open_run(next(entry.path for entry in shipped_runs() if entry.path.stem == "vae-16"))
    figure = next(example for example in load_examples() if example.name == "stick-figure")
    with qtbot.waitSignal(shipped.session.sketch.read):
        shipped.sketch_panel.play_example(figure, instant=True)
    panel = open_lesson(shipped, "anomalies")
    assert "easier" in point_at(panel, 0)
    assert "✓" in check(panel)


def test_the_present_beta_is_the_dial_s(qtbot, shipped: MainWindow) -> None:
    panel = open_lesson(shipped, "kl")
    shipped.session.edit_config(RunConfig(encoder=(32,), decoder=(32,), epochs=2000, batch_size=100, beta=10.0))
    shipped.session.training.set_slow_motion(True)
    QTest.mouseClick(panel.train, LEFT)
    assert shipped.session.training.phase is Phase.STARTING
    assert facts(shipped)["beta"] == 1.0, "until the first codes come, the shipped run is looked at"
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.TRAINING, timeout=20_000)
    qtbot.waitUntil(lambda: "Now: <b>10</b>" in point_at(panel, 2), timeout=20_000)
    shipped.training_panel.beta_changed.emit(4.0)
    qtbot.waitUntil(lambda: "Now: <b>4</b>" in panel.value.text(), timeout=5_000)
    QTest.mouseClick(panel.train, LEFT)
    qtbot.waitUntil(lambda: shipped.session.training.phase is Phase.IDLE, timeout=20_000)
