"""The figures of what stood beside a network are forgotten with it, not kept with its weights for ever."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

from app.viewpoint import Viewpoint
from models.checkpoint import load_run


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
