"""The last training images held out in the test set's place: which they are, and how they are found again."""

from __future__ import annotations

import hashlib

import numpy as np

from models.datasets import Dataset, held_out_images, last_held_out, whole_title


def test_the_last_training_images_are_held_out_and_not_learned_from(digits: Dataset) -> None:
    found = last_held_out(digits, 1200)
    for mine, whole in ((found.train_images, digits.train_images), (found.train_labels, digits.train_labels)):
        assert np.array_equal(mine, whole[:300])
    for mine, whole in ((found.test_images, digits.train_images), (found.test_labels, digits.train_labels)):
        assert np.array_equal(mine, whole[300:])
    assert found.fingerprint == hashlib.sha256(digits.train_images[300:].tobytes()).hexdigest()[:16]


def test_they_are_found_again_by_title_and_fingerprint(digits: Dataset) -> None:
    last = last_held_out(digits, 1200)
    assert whole_title(last.title) == (digits.title, 1200)
    assert whole_title(digits.title) == (digits.title, 0)
    found = held_out_images(digits, last.title, last.fingerprint)
    assert found is not None and np.array_equal(found, last.test_images)
    assert held_out_images(digits, digits.title, digits.fingerprint) is digits.test_images
    assert held_out_images(digits, last.title, "another") is None
    assert held_out_images(digits, last_held_out(digits, 1199).title, last.fingerprint) is None
