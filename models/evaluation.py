"""What a run is worth: its losses on held-out images, its codes' neighbourhoods, and what looks unlike its data."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from models import objectives
from models.activations import active_per_image, mean_activations, threshold
from models.chunks import chunks, flat_chunks, unit
from models.config import IMAGE_SIDE, PIXELS
from models.corruption import corrupt, drawn, mean_psnr, psnr
from models.datasets import trained_on
from models.facts import Losses
from models.latent_space import NEIGHBOURS, TREE_DIMENSIONS
from models.learner import EVALUATION_BATCH, EVALUATION_SEED, held_out_noise, losses_of
from models.principal import fit_of
from models.roc import roc
from models.snapshot import Snapshot, flat_images, to_unit

if TYPE_CHECKING:
    from models.checkpoint import Run
    from models.datasets import Dataset


def reconstruction_errors(snapshot: Snapshot, images: np.ndarray, codes: np.ndarray | None = None) -> np.ndarray:
    """Reconstruction loss (N,) of images (N, 28, 28) through their mean codes: Bernoulli nats, or squared error.

    The codes (N, d) may be given where they are known.
    """
    return _errors_of_codes(snapshot, images, snapshot.encode(images) if codes is None else codes)


def held_out_losses(snapshot: Snapshot, images: np.ndarray) -> Losses:
    """The averages that training reports: for a VAE the bound itself, with one sampled code an image.

    The noise is that of training's own evaluation, so that a run's figures come out the same.
    """
    codes, log_variances = snapshot.posterior(images)
    if log_variances is None:
        error = float(_errors_of_codes(snapshot, images, codes).mean(dtype=np.float64))
        return losses_of(snapshot.config, error, 0.0, 0.0, torch.from_numpy(mean_activations(codes)))
    mean, log_variance = torch.from_numpy(codes), torch.from_numpy(log_variances)
    sampled = objectives.sample(mean, log_variance, held_out_noise(*mean.shape)).numpy()
    error = float(_errors_of_codes(snapshot, images, sampled).mean(dtype=np.float64))
    kl = float(objectives.divergence_per_image(mean, log_variance).double().mean())
    return Losses(error + snapshot.config.beta * kl, error, kl)


def squared_errors(snapshot: Snapshot, images: np.ndarray, codes: np.ndarray | None = None) -> np.ndarray:
    """Squared error per pixel (N,) of each image's reconstruction through its mean code.

    The codes (N, d) may be given where they are known.
    """
    codes = snapshot.encode(images) if codes is None else codes
    pairs = zip(chunks(images), chunks(codes), strict=True)
    parts = [np.square(snapshot.decode(these) - unit(part)).mean(axis=(1, 2)) for part, these in pairs]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def squared_error_per_pixel(snapshot: Snapshot, images: np.ndarray) -> float:
    """Mean squared error per pixel of reconstructions through mean codes."""
    return float(squared_errors(snapshot, images).mean(dtype=np.float64))


def bernoulli_floor(images: np.ndarray) -> float:
    """The least Bernoulli loss that images (N, 28, 28) uint8 allow: their grey pixels' entropy, nats per image."""
    return float(entropy_floors(images).mean(dtype=np.float64))


def entropy_floors(images: np.ndarray) -> np.ndarray:
    """The Bernoulli loss (N,) of a perfect reconstruction of each image: -x ln x - (1-x) ln(1-x), over its pixels."""
    if images.dtype == np.uint8:
        table = _entropy(np.arange(256) / 255.0).astype(np.float32)
        return np.concatenate([table[part].sum(axis=(1, 2)) for part in chunks(images)])
    return _entropy(images.astype(np.float64)).sum(axis=(1, 2)).astype(np.float32)


def knn_accuracy(
    train_codes: np.ndarray, train_labels: np.ndarray, codes: np.ndarray, labels: np.ndarray, k: int = NEIGHBOURS
) -> float:
    """Share 0..1 of `codes` whose k nearest training codes vote for the right label; of equal votes the least wins."""
    k = min(k, len(train_codes))
    if train_codes.shape[1] > TREE_DIMENSIONS:
        from sklearn.neighbors import KNeighborsClassifier

        classifier = KNeighborsClassifier(k).fit(train_codes, train_labels)
        return float((classifier.predict(codes) == labels).mean())
    # imported in a quarter of the time of scikit-learn, which brings it, and answers sooner
    from scipy.spatial import cKDTree

    nearest = cKDTree(train_codes).query(codes, range(1, k + 1))[1]
    classes = np.unique(train_labels)
    votes = (train_labels[nearest][:, :, None] == classes).sum(axis=1)
    return float((classes[votes.argmax(axis=1)] == labels).mean())


def pca_error(dataset: Dataset, components: int) -> float:
    """Squared error per pixel of PCA with `components` directions learned on training images, on held-out ones."""
    principal, left = fit_of(dataset), 0.0
    for part in flat_chunks(dataset.test_images):
        centred = part - principal.mean
        left += float(np.square(centred).sum(dtype=np.float64))
        left -= float(np.square(centred @ principal.first(components)).sum(dtype=np.float64))
    return left / dataset.test_images.size


def anomaly_scores(snapshot: Snapshot, images: np.ndarray, errors: np.ndarray | None = None) -> np.ndarray:
    """How little images (N, 28, 28) look like the run's data, (N,); compare with held-out ones by `percentile`.

    The plain error rewards small images, which have little to get wrong (squared, faint ones too), and punishes grey
    pixels, whose Bernoulli loss is never 0. So the score is what exceeds the image's own floor (for Bernoulli that
    leaves KL(image || reconstruction), else the squared error itself), divided by the image's energy, the sum of its
    squared pixels. Measured as the chance that a changed digit scores above a held-out one (1,000 of each), with the
    shipped VAE 16-D: at half its size 1.00 (plain error 0.27), moved by 3 pixels 0.99 (0.91), with a tenth of its ink
    1.00 (0.86); with the AE 16-D, a tenth of its ink 1.00 (0.29).
    """
    errors = reconstruction_errors(snapshot, images) if errors is None else errors
    floors = entropy_floors(images) if snapshot.config.loss == "bce" else 0.0
    excess = torch.from_numpy(np.asarray(errors - floors, np.float32))
    energy = torch.from_numpy(np.concatenate([np.square(unit(part)).sum(axis=(1, 2)) for part in chunks(images)]))
    return (excess.clamp(min=0.0) / energy.clamp(min=1.0)).numpy()


def percentile(scores: np.ndarray, value: float) -> float:
    """The share of held-out scores below `value`, 0..100: above about 99 an image looks unlike the run's data."""
    return 100.0 * np.count_nonzero(np.asarray(scores) < value) / len(scores)  # exact, unlike 100 * 0.29


def importance_weighted_bound(snapshot: Snapshot, images: np.ndarray, samples: int = 50, seed: int = 0) -> float:
    """-ln p(x) from above, nats per image: -mean ln(1/K sum p(x|z) p(z) / q(z|x)) (Burda et al. 2015, equation 8).

    With one sample it is the VAE's own bound. ValueError for a run that is no VAE with the Bernoulli loss.
    """
    if snapshot.config.kind != "vae" or snapshot.config.loss != "bce":
        raise ValueError("The importance-weighted bound needs a VAE with the Bernoulli loss.")
    means, log_variances = snapshot.posterior(images)
    assert log_variances is not None  # a VAE has them
    generator = np.random.default_rng(seed)
    total = np.full(len(images), -np.inf)
    for _ in range(samples):
        noise = generator.standard_normal(means.shape, np.float32)
        codes = means + np.exp(0.5 * log_variances) * noise
        log_ratio = 0.5 * (np.square(noise) - np.square(codes) + log_variances).sum(axis=1, dtype=np.float64)
        total = np.logaddexp(total, log_ratio - _errors_of_codes(snapshot, images, codes))
    return float(-(total - math.log(samples)).mean())


def evaluate(run: Run, dataset: Dataset, snapshot: Snapshot | None = None) -> dict[str, Any]:
    """The report of a run on a dataset's held-out images; what only its training could know is taken from the run.

    ValueError with a sentence where the weights are so large that numbers overflow.
    """
    snapshot = snapshot or Snapshot.from_weights(run.config, run.weights)
    dataset, images = trained_on(dataset, run.config.leave_out), dataset.test_images
    losses = held_out_losses(snapshot, images)
    if not math.isfinite(losses.total):
        raise ValueError("With its weights the loss is no finite number.")
    past = run.report
    figures = {
        "kind": run.config.kind,
        "latent_dim": run.config.latent_dim,
        "parameters": int(sum(weight.size for weight in run.weights.values())),
        "epochs": run.config.epochs,
        "seed": run.config.seed,
        "leave_out": run.config.leave_out,
        "device": past.get("device"),
        "precision": past.get("precision"),
        "compiled": past.get("compiled"),
        "train_seconds": past.get("train_seconds"),
        "images_per_second": past.get("images_per_second"),
        "test_loss": losses.total,
        "test_reconstruction": losses.reconstruction,
        "test_kl": losses.kl,
        "test_mse_per_pixel": squared_error_per_pixel(snapshot, images),
        "knn_accuracy": knn_accuracy(
            snapshot.encode(dataset.train_images), dataset.train_labels, snapshot.encode(images), dataset.test_labels
        ),
        "dataset": dataset.title,
        "held_out_images": len(images),
    }
    corruption, level = run.config.corruption, run.config.corruption_level
    figures |= restored(snapshot, images, corruption, level) if corruption != "none" else {}
    return figures | _sparsity(snapshot, images) | _told_apart(snapshot, dataset)


def restored(snapshot: Snapshot, images: np.ndarray, corruption: str, level: float) -> dict[str, float | None]:
    """Mean peak signal-to-noise ratio in decibels of damaged images (N, 28, 28), and of what the network makes of them.

    Over the images that the damage changes (`corruption.mean_psnr`); the first is None where it changes none. The
    damage is the same at every call, so that runs can be compared.
    """
    generator, found = np.random.default_rng(EVALUATION_SEED), []
    for part in flat_chunks(images):
        noisy = corrupt(part, corruption, level, drawn(corruption, len(part), generator))
        rebuilt = snapshot.reconstruct(noisy.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))
        found.append(np.stack([psnr(noisy, part), psnr(rebuilt, part)]))
    noisy_mean, restored_mean = mean_psnr(*np.concatenate(found, axis=1))
    return {"noisy_psnr": noisy_mean if math.isfinite(noisy_mean) else None, "restored_psnr": restored_mean}


def _sparsity(snapshot: Snapshot, images: np.ndarray) -> dict[str, float]:
    """How sparse a sparse run's codes are; nothing for other runs."""
    if snapshot.config.sparsity == "none":
        return {}
    codes = snapshot.encode(images)
    return {
        "test_sparsity": float(objectives.sparsity(snapshot.config, torch.from_numpy(mean_activations(codes)))),
        "mean_activation": float(mean_activations(codes).mean()),
        "active_share": float(active_per_image(codes, threshold(codes)).mean()),
    }


def _told_apart(snapshot: Snapshot, dataset: Dataset) -> dict[str, float]:
    """How well both scores tell the left-out class from the kept ones: the ROC's areas; nothing where none is."""
    left_out = snapshot.config.leave_out
    odd = np.zeros(0, bool) if left_out == "none" else dataset.test_labels == int(left_out)
    if not odd.any() or odd.all():
        return {}
    errors = reconstruction_errors(snapshot, dataset.test_images)
    scores = anomaly_scores(snapshot, dataset.test_images, errors)
    areas = {"left_out_roc_area": scores, "left_out_roc_area_of_error": errors}
    return {name: roc(values[~odd], values[odd]).area for name, values in areas.items()}


def completed(run: Run, dataset: Dataset) -> Run:
    """The run with its anomaly scores and its whole report, so that a saved one needs no data to be looked into."""
    snapshot = Snapshot.from_weights(run.config, run.weights)
    errors = run.errors if run.errors is not None else reconstruction_errors(snapshot, dataset.test_images)
    scores = anomaly_scores(snapshot, dataset.test_images, errors)
    seen = trained_on(dataset, run.config.leave_out)
    report = run.report | evaluate(run, dataset, snapshot) | references(seen, run.config.latent_dim)
    return replace(run, errors=errors, scores=scores, report=report)


def in_half_the_bits(run: Run, dataset: Dataset) -> Run:
    """The run with its weights rounded to 16 bits, and all that follows from them measured anew."""
    weights = {name: weight.astype(np.float16).astype(np.float32) for name, weight in run.weights.items()}
    codes, log_variances = Snapshot.from_weights(run.config, weights).posterior(dataset.test_images)
    rounded = replace(run, weights=weights, codes=codes, log_variances=log_variances, errors=None)
    return completed(rounded, dataset)


def references(dataset: Dataset, latent_dim: int) -> dict[str, float]:
    """What a loss can be held against: the training images' Bernoulli floor (nats per image), and PCA's error."""
    return {
        "bernoulli_floor": bernoulli_floor(dataset.train_images),
        "pca_mse_per_pixel": pca_error(dataset, latent_dim),
    }


def _errors_of_codes(snapshot: Snapshot, images: np.ndarray, codes: np.ndarray) -> np.ndarray:
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), EVALUATION_BATCH):
            chosen = slice(start, start + EVALUATION_BATCH)
            flat = to_unit(flat_images(images[chosen]))
            logits = torch.from_numpy(snapshot.logits(codes[chosen])).reshape(len(flat), PIXELS)
            parts.append(objectives.reconstruction_per_image(snapshot.config, logits, flat).numpy())
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _entropy(x: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.nan_to_num(x * np.log(x)) - np.nan_to_num((1 - x) * np.log1p(-x))
