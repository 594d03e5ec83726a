"""The command line's arguments, made from the settings that `config.py` declares once."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from models.config import Hardware, RunConfig
from models.known_data import KNOWN
from models.presets import PRESETS
from models.settings import Setting, settings_of
from models.wording import in_words

SWEEP_EXAMPLES = """\
an example, and the same over a Slurm array of four (any number of shards may share one folder):
  %(prog)s --data mnist --latent-dims 2,4,16 --betas 0.5,1,4 --seeds 0,1 --out my-sweep
  sbatch --array=1-4 --wrap '%(prog)s --data mnist --latent-dims 2,4,16 --betas 0.5,1,4 --seeds 0,1 \
--out my-sweep --shard $SLURM_ARRAY_TASK_ID/4'

The exit status is 0, 1 when a cell failed, 2 for an error and 130 after Ctrl+C or SIGTERM; the same command goes on
each time.
"""

LEVEL = 0.5  # of the damage, where evaluate is told none


class UsageError(Exception):
    """The command line cannot be followed; the text is one sentence for a person."""


class _Parser(argparse.ArgumentParser):
    """Errors are one sentence, without the pages of usage before it."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]} (see {self.prog} --help).")


def parser() -> argparse.ArgumentParser:
    """Everything that `python -m models` understands, under the name by which it was called."""
    name = "latentlab-cli" if Path(sys.argv[0]).stem == "latentlab-cli" else "python -m models"
    top = _Parser(prog=name, description="Latent Lab without its window: train, evaluate, export, sweep.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands.add_parser("train", help="train an AE or a VAE and save the run", allow_abbrev=False))
    _add_evaluate(commands.add_parser("evaluate", help="measure a saved run, or judge images", allow_abbrev=False))
    _add_export(commands.add_parser("export", help="write codes, pictures or weights of a run", allow_abbrev=False))
    words = "train a grid of latent dimension, beta and seed over local processes"
    _add_sweep(
        commands.add_parser(
            "sweep",
            help=words,
            description=f"{words.capitalize()}.",
            epilog=SWEEP_EXAMPLES,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    return top


def config_from(arguments: argparse.Namespace) -> RunConfig:
    """The preset's configuration, or the default one, with the settings that were given; raises ConfigError."""
    base = PRESETS[arguments.preset].config if arguments.preset else RunConfig()
    return base.replace(**_given(arguments, RunConfig))


def hardware_from(arguments: argparse.Namespace) -> Hardware:
    """Where to compute; raises ConfigError."""
    return Hardware(**_given(arguments, Hardware))


def _given(arguments: argparse.Namespace, cls: type) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in settings_of(cls) if hasattr(arguments, name)}


def _add_train(train: argparse.ArgumentParser) -> None:
    _add_data(train)
    train.add_argument("--out", type=Path, metavar="RUN.safetensors", help="save the run to this file")
    train.add_argument("--report", type=Path, metavar="REPORT.json", help="write the figures to this file")
    train.add_argument("--name", default="", help="the run's name, shown in the window")
    _add_training(train)
    for cls in (RunConfig, Hardware):
        for field in dataclasses.fields(cls):
            _add_setting(train, field)


def _add_sweep(sweep: argparse.ArgumentParser) -> None:
    _add_data(sweep)
    sweep.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        required=True,
        help="a new folder, or that of the same sweep: one run file a cell and sweep.json come there, and what is "
        "finished there is not trained again",
    )
    for option, name in (("--latent-dims", "latent_dim"), ("--betas", "beta"), ("--seeds", "seed")):
        about = settings_of(RunConfig)[name]
        sweep.add_argument(
            option,
            type=_numbers,
            metavar="N,N,...",
            help=_escaped(f"the grid's values of: {about.label} {_limits(about)}(default: one, that of train)"),
        )
    sweep.add_argument("--jobs", type=int, metavar="N", help="processes at a time (default: cores - 1)")
    sweep.add_argument(
        "--shard", default="1/1", metavar="i/n", help="train every n-th cell only, beginning with the i-th (from 1)"
    )
    _add_training(sweep)
    for cls in (RunConfig, Hardware):
        for field in dataclasses.fields(cls):
            if field.name not in ("latent_dim", "beta", "seed"):
                _add_setting(sweep, field)


def _add_training(command: argparse.ArgumentParser) -> None:
    """What train and sweep share beside the settings."""
    command.add_argument(
        "--preset",
        choices=list(PRESETS),
        metavar="NAME",
        help="start from a preset; settings given beside it win. "
        + _escaped(" ".join(f"{each.name}: {each.meaning}" for each in PRESETS.values())),
    )
    command.add_argument(
        "--validate",
        type=int,
        metavar="N",
        help="train on all but the last N training images and report on those instead of the held-out ones; "
        "to choose settings without looking at the test set",
    )
    command.add_argument("--quiet", action="store_true", help="no progress bar")


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("run", type=Path, metavar="RUN.safetensors", help="the saved run")
    _add_data(evaluate)
    evaluate.add_argument("--report", type=Path, metavar="REPORT.json", help="write the figures to this file")
    evaluate.add_argument(
        "--images",
        type=Path,
        metavar="FILE.npy",
        help="(N, 28, 28) uint8 in MNIST's format: report of each its codes, reconstruction_error (nats, or squared "
        "error) and anomaly_percentile (0 to 100, among held-out images)",
    )
    evaluate.add_argument(
        "--corruption",
        metavar="|".join(settings_of(RunConfig)["corruption"].choices or ()),
        help="also report noisy_psnr and restored_psnr (dB) of held-out images damaged like this",
    )
    evaluate.add_argument(
        "--corruption-level", type=_number, metavar="X", help=f"how much is damaged [0 to 1] (default: {LEVEL})"
    )
    evaluate.add_argument(
        "--bound",
        type=int,
        metavar="K",
        help="also report importance_weighted_bound with K samples an image (VAE with the Bernoulli loss)",
    )


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument("run", type=Path, metavar="RUN.safetensors", help="the saved run")
    export.add_argument("--codes", type=Path, metavar="CODES.csv", help="label and code of every held-out image")
    export.add_argument("--grid", type=Path, metavar="GRID.png", help="images decoded over the map, as one picture")
    export.add_argument("--weights", type=Path, metavar="WEIGHTS.npz", help="all weights as numpy arrays")
    export.add_argument("--half", type=Path, metavar="HALF.safetensors", help="the run in 16 bits: half the size")
    export.add_argument("--data", metavar="DIR", help="for --half: the dataset that the run was trained on")
    export.add_argument(
        "--steps", type=int, default=20, metavar="N", help="images along a side of the grid [1 to 100] (default: 20)"
    )


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        metavar="DIR",
        help=f"a folder of IDX files, or one of {', '.join(KNOWN)}; what is not here yet is downloaded "
        "(default: the environment's LATENTLAB_DATA, else digits)",
    )


def _add_setting(command: argparse.ArgumentParser, field: dataclasses.Field) -> None:
    about: Setting = field.metadata["setting"]
    command.add_argument(
        "--" + field.name.replace("_", "-"),
        type=_reader(about, field.default),
        default=argparse.SUPPRESS,
        metavar=_metavar(about, field.default),
        help=_escaped(f"{about.meaning} {_limits(about)}(default: {_shown(field.default)})"),
    )


def _reader(about: Setting, default: Any) -> Callable[[str], Any]:
    """Turns text into the setting's type; what is wrong with it the configuration itself says, in its own words."""

    def read(text: str) -> Any:
        if about.choices is not None:
            return text
        if isinstance(default, tuple):
            return _numbers(text)
        return _number(text)

    return read


def _numbers(text: str) -> tuple[Any, ...]:
    return tuple(_number(part.strip()) for part in text.split(",") if part.strip())


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _metavar(about: Setting, default: Any) -> str:
    if about.choices is not None:
        return "|".join(about.choices)
    return "N,N,..." if isinstance(default, tuple) else "N" if isinstance(default, int) else "X"


def _limits(about: Setting) -> str:
    if about.minimum is None or about.maximum is None:
        return ""
    unit = f" {about.unit}" if about.unit else ""
    layers = f", at most {about.longest} layers, empty for none" if about.longest else ""
    return f"[{in_words(about.minimum)} to {in_words(about.maximum)}{unit}{layers}] "


def _shown(default: Any) -> str:
    return ",".join(map(str, default)) if isinstance(default, tuple) else f"{default}"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments of one call; raises UsageError or ConfigError."""
    return parser().parse_args(argv)
