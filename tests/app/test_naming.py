"""What an image is called in a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.desks.looking import Pin
from app.desks.manifold import in_words
from app.desks.regularity import slice_in_words
from app.naming import called
from app.run_library import shipped_run
from app.viewpoint import Viewpoint
from models.checkpoint import load_run


@pytest.mark.parametrize(("name", "words"), [("3", "a 3"), ("8", "an 8"), ("Ankle boot", "“Ankle boot”")])
def test_a_class_is_called_by_its_name(name: str, words: str) -> None:
    assert called(name) == words


@pytest.mark.parametrize(("dataset", "words"), [("MNIST", "an 8"), ("Fashion-MNIST", "“Bag”")])
def test_a_slice_through_an_image_says_of_which_class_it_is(dataset: str, words: str) -> None:
    view = Viewpoint.of_run(replace(load_run(shipped_run("vae-4")), dataset=dataset))
    index = int(np.flatnonzero(view.labels == 8)[0])
    pin = Pin(view.codes[index], index)
    assert f"held-out image {index} ({words}):" in in_words(view, pin)[0]
    assert slice_in_words(view, pin)[0].endswith(f"as in image {index} ({words}).")
