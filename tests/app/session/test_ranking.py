"""The worst reconstructions are looked for behind the window; what is said meanwhile goes when nobody needs them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.checkpoint import load_run, save_run
from tests.app.session.conftest import use


@pytest.mark.parametrize("errors", ["kept in the file", "not kept"])
def test_a_run_without_originals_is_not_looked_through_for_the_worst(qtbot, awake, vae_file, tmp_path, errors):
    use(qtbot, awake, "digits")
    desk, said, seen = awake.reconstructions, [], []
    desk.busy.connect(said.append)
    for told in (desk.shown, desk.missing):
        told.connect(lambda *what: seen.append(what))
    desk.set_visible(True)
    qtbot.waitUntil(lambda: len(seen) > 0)
    desk.choose("worst")
    assert said[-1] == "Looking for the worst…"
    run, elsewhere = load_run(vae_file), tmp_path / "elsewhere.safetensors"
    kept = run.errors if errors == "kept in the file" else None
    save_run(replace(run, fingerprint="0" * 16, errors=kept), elsewhere)
    before = len(seen)
    assert awake.open_run(elsewhere)
    qtbot.waitUntil(lambda: len(seen) > before)
    assert said[-1] == ""
