"""The network that a training of a configuration begins with, made behind the window."""

from __future__ import annotations

from app.viewpoint import Viewpoint
from models.config import Hardware, RunConfig
from models.datasets import Dataset
from models.facts import MAP_IMAGES
from models.settings import ConfigError


def first_weights(config: RunConfig, data: Dataset) -> Viewpoint:
    """A look through it; raises one of `expected_errors`, with one sentence."""
    from models.devices import in_plain_words, pick_device
    from models.training import initial_snapshot

    with in_plain_words(pick_device(Hardware())):
        snapshot = initial_snapshot(config, data)
        codes = snapshot.encode(data.test_images[:MAP_IMAGES])
    return Viewpoint.of_training(f"{config.short_name}, first weights", snapshot, codes, data)


def expected_errors() -> tuple[type[BaseException], ...]:
    """No image is left to train on, or memory is too small."""
    from models.devices import DeviceError

    return (ConfigError, DeviceError)
