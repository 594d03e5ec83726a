"""The built-in digits are read and split without scikit-learn as scikit-learn does it."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from models.built_in import small_digits, stratified_split


def test_the_built_in_digits_are_split_as_scikit_learn_does() -> None:
    images, labels = small_digits()
    theirs = load_digits()
    assert np.array_equal(images, theirs.images) and np.array_equal(labels, theirs.target)
    for held_out, seed in ((297, 0), (100, 0), (433, 3)):
        expected = train_test_split(np.arange(1797), test_size=held_out, random_state=seed, stratify=labels)
        for mine, wanted in zip(stratified_split(labels, held_out, seed), expected, strict=True):
            assert np.array_equal(mine, wanted)
