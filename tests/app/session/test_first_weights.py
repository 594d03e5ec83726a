"""First weights come behind the window: what was looked at since they were asked for stays."""

from __future__ import annotations

import threading

import pytest

from app.phase import Phase
from tests.app.conftest import PATIENCE
from tests.app.session.conftest import SMALL, use


def come(qtbot, session):
    qtbot.waitUntil(lambda: not session.background.busy)


def test_first_weights_that_come_late_do_not_replace_a_run_that_was_opened(qtbot, awake, ae4_file):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL)
    awake.reset()
    assert awake.open_run(ae4_file)
    come(qtbot, awake)
    assert awake.view.run.path == ae4_file


def test_of_first_weights_asked_for_twice_the_last_are_shown(qtbot, awake):
    use(qtbot, awake, "digits")
    shown = []
    awake.view_shown.connect(lambda view: shown.append(view.name))
    for dim in (3, 4):
        awake.edit_config(SMALL.replace(latent_dim=dim))
        awake.reset()
    come(qtbot, awake)
    assert shown == ["VAE 4-D, first weights"]


def test_a_file_that_cannot_be_opened_leaves_the_wish_for_first_weights(qtbot, awake, tmp_path):
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL)
    awake.reset()
    assert not awake.open_run(tmp_path / "missing.safetensors")
    come(qtbot, awake)
    assert awake.view.name == "VAE 2-D, first weights"


@pytest.mark.parametrize("what", ["stopped network", "twin"])
def test_first_weights_asked_for_while_a_network_is_being_kept_come_all_the_same(qtbot, awake, no_runs, what):
    """What was kept took the window's look, and they were forgotten."""
    use(qtbot, awake, "digits")
    awake.edit_config(SMALL.replace(epochs=5000))
    twins, said = awake.twins.runs, []
    for each in (awake, twins):
        each.message.connect(lambda sentence, kind: said.append(sentence))
    learning = awake.training if what == "stopped network" else twins.training
    awake.start_training() if learning is awake.training else twins.train({"kind": "ae"})
    with qtbot.waitSignals([learning.codes_moved] * 5):
        pass
    learning.stop()
    qtbot.waitUntil(lambda: learning.phase is Phase.IDLE)
    gate = threading.Event()
    awake.background.submit(lambda: gate.wait(PATIENCE / 1000), lambda _: None, lambda _: None)
    awake.keep(awake.view) if learning is awake.training else twins.open_in_window("left")
    awake.edit_config(SMALL.replace(latent_dim=3))
    awake.reset()
    qtbot.waitUntil(lambda: said[-1].startswith(("Kept as ", "The window looks at ")))
    gate.set()
    come(qtbot, awake)
    assert awake.view.name == "VAE 3-D, first weights" and said[-1].startswith("Kept as ")
