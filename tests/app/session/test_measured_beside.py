"""What stands beside a network: its twin from the Twins view; figures are forgotten with what they are of."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

from app.phase import Phase
from app.viewpoint import Viewpoint
from models.checkpoint import load_run, save_run
from tests.app.session.conftest import SMALL, use
from tests.conftest import trained


def test_a_network_that_no_longer_stands_beside_is_let_go_of(qtbot, awake, vae_file):
    desk, figures = awake.regularity, []
    desk.figures.shown.connect(lambda shown: figures.append(shown.other))
    desk.watch(True)
    stood: list[weakref.ref[Viewpoint]] = []
    for name in ("first", "second"):
        twin = Viewpoint.of_run(replace(load_run(vae_file), name=name, path=None))
        twin.look_through_weights()
        desk.beside.know_pair({"left": awake.view, "right": twin})
        del twin
        stood.append(weakref.ref(desk.beside.found.view))
        qtbot.waitUntil(lambda name=name: figures[-1].title == name and figures[-1].found is not None)
        qtbot.waitUntil(lambda: desk.figures.at_rest)
    gc.collect()
    assert [each() is not None for each in stood] == [False, True]
    measured = len(figures)
    desk.watch(False)
    desk.watch(True)
    assert figures[measured].found is not None, "what still stands there is not measured again"


def test_the_twin_from_before_stands_beside_while_others_are_trained(qtbot, awake, vae_file, digits, tmp_path):
    """Also where nobody had looked at the regularity before: the pair was told to its view, which came too late."""
    path, twins = tmp_path / "twin.safetensors", awake.twins.runs
    save_run(trained(digits, kind="ae", latent_dim=2), path)
    use(qtbot, awake, "digits")
    awake.twins.watch(True)
    twins.open_run("left", vae_file)
    twins.open_run("right", path)
    awake.edit_config(SMALL.replace(epochs=5000))
    twins.train({"kind": "ae"})
    qtbot.waitUntil(lambda: awake.twins.pair.sides["right"].run is None)
    awake.regularity.watch(True)
    assert awake.regularity.beside.found.title == "twin"
    twins.training.stop()
    qtbot.waitUntil(lambda: twins.training.phase is Phase.IDLE)
    assert awake.regularity.beside.found.title == "AE 2-D (shipped)"
