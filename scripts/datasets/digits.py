"""scikit-learn's handwritten digits, which come with the library."""

import numpy as np

from .errors import DatasetError


def sklearn_digits(test_size: int = 360) -> dict[str, np.ndarray]:
    """Return scikit-learn's 1797 handwritten digits, the last `test_size` of them as test split.

    Returns train_images uint8 (n, 8, 8) with values 0..16, train_labels uint8 (n,), test_images
    and test_labels likewise.
    """
    from sklearn.datasets import load_digits  # slow to import, needed here alone

    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    if not 0 < test_size < len(labels):
        raise DatasetError(f"digits: test_size {test_size}, expected 1 to {len(labels) - 1}")
    return {
        "train_images": images[:-test_size],
        "train_labels": labels[:-test_size],
        "test_images": images[-test_size:],
        "test_labels": labels[-test_size:],
    }
