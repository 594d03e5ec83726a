"""A network in training has codes of the first held-out images only: what hangs on a later one is let go of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.datasets import Dataset, load_folder
from models.facts import MAP_IMAGES
from models.idx import IMAGES_MAGIC, LABELS_MAGIC
from tests.app.session.conftest import SMALL
from tests.conftest import trained

LATE, EARLY = MAP_IMAGES + 250, 17


@pytest.fixture
def many(digits: Dataset, tmp_path: Path) -> Path:
    """A folder of IDX files with more held-out images than a network in training has codes of."""
    held_out = np.resize(np.arange(len(digits.test_labels)), MAP_IMAGES + 300)
    parts = {
        "train": (digits.train_images, digits.train_labels),
        "t10k": (digits.test_images[held_out], digits.test_labels[held_out]),
    }
    for part, (images, labels) in parts.items():
        head = np.array([IMAGES_MAGIC, len(images), 28, 28], ">u4").tobytes()
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        head = np.array([LABELS_MAGIC, len(labels)], ">u4").tobytes()
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    return tmp_path


def test_a_line_over_the_axes_goes_with_the_code_of_its_image(qtbot, awake, many):
    lines = []
    awake.axes.lines_shown.connect(lambda shown: lines.append([line.key for line in shown]))
    awake.look_at_run(trained(load_folder(many)))
    awake.data.choose(str(many))
    qtbot.waitUntil(lambda: awake.data.dataset is not None)
    awake.axes.set_visible(True)
    for index in (LATE, EARLY):
        awake.look.pick(0.0, 0.0, index)
        awake.axes.add_picked()
    assert lines[-1] == [f"held-out {LATE}", f"held-out {EARLY}"]
    awake.look.pick(0.0, 0.0, LATE)
    awake.edit_config(SMALL)
    awake.reset()
    qtbot.waitUntil(lambda: awake.view.run is None)
    assert len(awake.view.codes) == MAP_IMAGES
    assert lines[-1] == [f"held-out {EARLY}"]
    assert awake.look.pin.index == 0, "the pinned image has no code either"
