"""The axis of the channels of pictures in arrays: find it, and move it last."""

import numpy as np

from .errors import DatasetError

CHANNELS = ((1, 3), (2, 4))  # usual numbers of channels, and rarer ones


def channels_first(name: str, shape: tuple[int, ...], channels: str | None) -> bool:
    """Say if images (n, ...) have their channels first; raise DatasetError if unclear."""
    if len(shape) != 4:
        if channels:
            raise DatasetError(
                f"channels is {channels!r}, but {name} has the shape {shape}, expected 4 dimensions"
            )
        return False
    if channels:
        return channels == "first"
    for usual in CHANNELS:
        first, last = shape[1] in usual, shape[3] in usual
        if first != last:
            return first
        if first:
            break
    raise DatasetError(
        f"{name} has the shape {shape}, which does not say where its channels are; set "
        "`channels: first` for (n, channels, height, width), or `channels: last`"
    )


def shape_of_example(shape: tuple[int, ...], first: bool) -> list[int]:
    """Return the stored shape of an example: channels last, a single channel dropped."""
    example = list(shape[1:])
    if first:
        example = [*example[1:], example[0]]
    return example[:2] if len(example) == 3 and example[2] == 1 else example


def channels_last(images: np.ndarray, first: bool) -> np.ndarray:
    """Return images in the form of `shape_of_example`, C-contiguous."""
    if first:
        images = np.moveaxis(images, 1, -1)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    return np.ascontiguousarray(images)
