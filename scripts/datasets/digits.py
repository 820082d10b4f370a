"""scikit-learn's handwritten digits, which come with the library."""

import numpy as np

TEST_SIZE = 360


def sklearn_digits() -> dict[str, np.ndarray]:
    """Return scikit-learn's 1797 handwritten digits, the last 360 of them as test split.

    Returns train_images uint8 (n, 8, 8) with values 0..16, train_labels uint8 (n,), test_images
    and test_labels likewise.
    """
    images, labels = _digits()
    return _parted(images, labels, np.arange(len(labels)) >= len(labels) - TEST_SIZE)


def sklearn_digits_thirds() -> dict[str, np.ndarray]:
    """Return the same digits, every third of them (599) as test split: each writer is in both."""
    images, labels = _digits()
    return _parted(images, labels, np.arange(len(labels)) % 3 == 2)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    from importlib.metadata import distribution  # every program imports this module

    # sklearn.datasets.load_digits reads this file, but importing it takes a second.
    table = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    rows = np.loadtxt(table, delimiter=",").astype(np.uint8)
    return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1]


def _parted(images: np.ndarray, labels: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "train_images": images[~test],
        "train_labels": labels[~test],
        "test_images": images[test],
        "test_labels": labels[test],
    }
