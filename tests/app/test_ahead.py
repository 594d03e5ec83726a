"""What takes long when it is first asked for is there before that."""

from __future__ import annotations

from app.main_window import MainWindow
from app.panels.axes.axes import ParallelAxes
from app.panels.draw.examples import ink_of, load_examples
from models.devices import DeviceChoice
from tests.app.conftest import open_view


def test_the_examples_are_drawn_behind_the_window_and_then_no_more(qtbot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.background.busy)
    ink_of.cache_clear()
    window.session.torch_ready.emit([DeviceChoice("cpu", "CPU", True)])
    qtbot.waitUntil(lambda: not window.session.background.busy)
    assert ink_of.cache_info().misses == len(load_examples())
    window.sketch_panel.open_examples()
    axes = open_view(window, "axes")
    assert isinstance(axes, ParallelAxes)
    examples = axes.tools.sketch.menu()
    examples.aboutToShow.emit()
    assert len(examples.actions()) == len(load_examples())
    assert ink_of.cache_info().misses == len(load_examples()), "each button and each entry shows what was drawn"
