"""First weights come behind the window: what was looked at since they were asked for stays."""

from __future__ import annotations

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
