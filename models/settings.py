"""How a setting is declared: its default, limits, unit and meaning beside its field; and the check of its value."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from models.wording import in_words, quoted


class ConfigError(ValueError):
    """A setting outside its limits, or two settings that exclude each other; the text is one sentence for a person."""


@dataclass(frozen=True)
class Setting:
    """What is known of one setting besides its value.

    `minimum` and `maximum` bound a number, or each element of a list of sizes; `choices` maps each allowed word to
    its meaning in plain words; `unit` is printed behind the number; `common` settings are shown at once, the others
    are folded away; `live` ones may be changed while a run is in progress.
    """

    label: str
    meaning: str
    group: str
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    choices: dict[str, str] | None = None
    longest: int = 0
    common: bool = False
    live: bool = False


def setting(default: Any, label: str, meaning: str, group: str, **more: Any) -> Any:
    """A dataclass field that carries its `Setting`."""
    return field(default=default, metadata={"setting": Setting(label, meaning, group, **more)})


def settings_of(cls: type) -> dict[str, Setting]:
    """The settings of a configuration class by name, in order of declaration."""
    return {each.name: each.metadata["setting"] for each in dataclasses.fields(cls)}


def check(config: Any) -> None:
    """Brings every setting of a frozen configuration to its type; ConfigError with one sentence outside its limits."""
    for each in dataclasses.fields(config):
        object.__setattr__(config, each.name, _checked(each, getattr(config, each.name)))


def _checked(each: dataclasses.Field, value: Any) -> Any:
    about: Setting = each.metadata["setting"]
    if about.choices is not None:
        if not isinstance(value, str) or value not in about.choices:
            raise ConfigError(f"{about.label} must be one of {', '.join(about.choices)}, not {quoted(value)}.")
        return value
    if isinstance(each.default, tuple):
        return _checked_sizes(about, value)
    return _checked_number(about, value, int if isinstance(each.default, int) else float)


def _checked_sizes(about: Setting, value: Any) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)):
        raise ConfigError(f"{about.label} must be a list of sizes such as 256, 128, not {quoted(value)}.")
    wrong = next((size for size in value if not isinstance(size, (int, float))), None)
    if wrong is not None:
        raise ConfigError(f"{about.label} must be whole numbers such as 256, 128, not {quoted(wrong)}.")
    if len(value) > about.longest:
        raise ConfigError(f"{about.label} takes at most {about.longest} layers, not {len(value)}.")
    return tuple(_checked_number(about, size, int) for size in value)


def _checked_number(about: Setting, value: Any, kind: type) -> Any:
    wanted = "a whole number" if kind is int else "a number"
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < math.inf:
        raise ConfigError(f"{about.label} must be {wanted}, not {quoted(value)}.")
    if kind is int and value != int(value):
        raise ConfigError(f"{about.label} must be a whole number, not {value}.")
    assert about.minimum is not None and about.maximum is not None  # every number has limits
    if not about.minimum <= value <= about.maximum:
        limits = f"{in_words(about.minimum)} and {in_words(about.maximum)}"
        raise ConfigError(f"{about.label} must lie between {limits}, not {in_words(value)}.")
    return kind(value)
