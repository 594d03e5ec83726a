"""What bfloat16 changes: the loss on the test images and the CPU-seconds of the same runs in float32 and in bfloat16.

Run: python -m tests.benchmarks.precision [--data DIR] [--seeds 0 1] [--json FILE]
Each run is trained in both, in turns, with the same seed. On a CPU without instructions for bfloat16 it takes longer.
"""

from __future__ import annotations

from models.config import Hardware, RunConfig
from models.datasets import resolve
from tests.benchmarks.report import Report, add_data_option, median, options
from tests.benchmarks.time_to_quality import reached

AE = RunConfig(kind="ae")
RUNS = {
    "VAE 2-D": RunConfig(epochs=14),
    "VAE 16-D": RunConfig(latent_dim=16, epochs=6),
    "VAE 8-D, beta 4": RunConfig(latent_dim=8, beta=4.0, epochs=3),
    "VAE 2-D, batches of 64": RunConfig(batch_size=64, epochs=3),
    "VAE 2-D, tanh": RunConfig(activation="tanh", epochs=3),
    "AE 2-D": AE.replace(epochs=16),
    "AE 32-D": AE.replace(latent_dim=32, epochs=6),
    "sparse AE 32-D": AE.replace(latent_dim=32, sparsity="kl", sparsity_target=0.05, epochs=4),
    "denoising AE 16-D": AE.replace(latent_dim=16, corruption="gaussian", corruption_level=0.5, epochs=4),
    "AE 8-D, linear output": AE.replace(latent_dim=8, loss="mse", output="linear", epochs=4),
}


def main() -> None:
    """Measure and report."""
    parser = options(__doc__.splitlines()[0])
    add_data_option(parser)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    chosen = parser.parse_args()
    report, dataset = Report("precision", chosen), resolve(chosen.data)
    report.note(f"Trained on {dataset.title}, one thread.")
    rows, apart, shares = [], [], []
    for title, config in RUNS.items():
        for seed in chosen.seeds:
            losses, cpus = {}, {}
            for precision in ("float32", "bfloat16"):
                run = config.replace(seed=seed)
                losses[precision], _, cpus[precision] = reached(run, dataset, Hardware(precision=precision))
            apart.append(losses["bfloat16"] - losses["float32"])
            shares.append(cpus["bfloat16"] / cpus["float32"])
            rows.append((title, config.epochs, seed, *losses.values(), apart[-1], *cpus.values(), shares[-1]))
    columns = ("run", "epochs", "seed", "float32", "bfloat16", "difference", "CPU-s", "CPU-s", "ratio")
    report.table("Loss on the test images, and CPU-seconds, in float32 and in bfloat16", columns, rows)
    mean = sum(apart) / len(apart)
    report.note(f"Differences from {min(apart):+.2f} to {max(apart):+.2f}, their mean {mean:+.3f}.")
    report.note(f"CPU-seconds in bfloat16 to those in float32, median: {median(shares):.2f}.")
    report.finish()


if __name__ == "__main__":
    main()
