"""Pictures of any format that Pillow reads, as arrays of one size."""

import math
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from .errors import DatasetError, readable
from .opening import Opened, not_a_file, opened

PNG = b"\x89PNG\r\n\x1a\n"
UNSIGNED = {"I;32", "I;32N", "I;32L", "I;32B"}  # raw modes that Pillow reads as int32
FRAMES, DEPTH = "frames", "depth"
ORIENTATION = 0x0112  # in EXIF; 1 is upright


class Picture(NamedTuple):
    """Pixels in the requested shape, with the values of the file.

    ``bits``: 8 for uint8 pixels; for float64 pixels those of the file, 16, 32 or "float".
    ``lost``: parts of the file that were not read: FRAMES after the first, DEPTH beyond 8 bits.
    ``size``: the width and height of the turned picture before it was cropped.
    """

    pixels: np.ndarray
    bits: int | str
    lost: frozenset[str]
    size: tuple[int, int]


def read_picture(path: str | Path, shape: list[int]) -> Picture:
    """Read a picture in this shape, (height, width) or (height, width, 3).

    Its centre is cropped to the proportions of the shape, and the crop resized with antialiasing
    (Lanczos). EXIF orientation is applied; transparent parts count as white. Raises
    DatasetError for a file that is no picture, or one of more than 89 million pixels.
    """
    try:
        if reason := not_a_file(path):
            raise ValueError(reason)
        with opened(path) as content:
            return picture_of(content, shape)
    except ValueError as error:
        raise DatasetError(f"{readable(path)}: {error}") from None


def picture_of(content: BinaryIO, shape: list[int]) -> Picture:
    """Read a picture from its opened file as `read_picture` does; raise a ValueError without its name."""
    import PIL.Image  # not `from PIL`, which takes longer in every call

    try:
        # Given a path, Pillow 13 maps uncompressed TIFFs into memory, and mixes up those to be turned.
        # Knowing the format saves a small PNG a twentieth of its time.
        formats = ["PNG"] if content.read(len(PNG)) == PNG else None
        with PIL.Image.open(content, formats=formats) as file:
            if isinstance(content, Opened):
                content.reads = -math.inf
            return _resized(file, shape)
    except PIL.UnidentifiedImageError:
        raise ValueError("not an image (PNG, JPEG, ...)") from None
    except Exception as error:  # Pillow raises almost anything on damaged files
        reason = "the file is truncated" if "truncated" in str(error) else error
        raise ValueError(f"this image cannot be read: {reason}") from None


def _resized(file: Any, shape: list[int]) -> Picture:
    import PIL.Image

    width, height = file.size
    if width * height > PIL.Image.MAX_IMAGE_PIXELS:
        raise ValueError(f"{width} x {height} pixels are too many")
    if file.format == "EPS":
        raise ValueError("EPS is a program, which is not run")  # Pillow calls Ghostscript
    raw = _raw_mode(file)
    bits, lost = _bits(file, raw), set()
    if file.format != "MPO" and getattr(file, "is_animated", False):  # of MPO: previews of a camera
        lost.add(FRAMES)
    if bits == 8 and (";16" in raw or raw == "ppm"):
        lost.add(DEPTH)
    file.load()
    if file.info and file.getexif().get(ORIENTATION, 1) != 1:  # small pictures rarely have metadata
        import PIL.ImageOps

        PIL.ImageOps.exif_transpose(file, in_place=True)
    pixels = _bytes(file, shape) if bits == 8 else _numbers(file, raw in UNSIGNED, shape)
    return Picture(pixels, bits, frozenset(lost), file.size)


def _raw_mode(file: Any) -> str:
    """Return how Pillow unpacks the pixels, as `RGB;16B`; "ppm" for a PPM of more than 8 bits."""
    for codec, _, _, args in file.tile[:1]:
        if codec == "ppm" and max((n for n in args if isinstance(n, int)), default=0) > 255:
            return "ppm"
        return str(args[0] if isinstance(args, tuple) else args)
    return ""


def _bits(file: Any, raw: str) -> int | str:
    """Return the bits of a grey value of an opened picture; 8 for colours."""
    mode = file.mode
    if mode == "F":
        return "float"
    if mode.startswith("I;16"):
        return 16
    if mode == "I":
        return 16 if ";16" in raw or file.format == "PPM" else 32
    return 8


def _bytes(image: Any, shape: list[int]) -> np.ndarray:
    """Return 8-bit pixels in this shape."""
    if image.has_transparency_data:
        import PIL.Image

        image = image.convert("RGBA")
        image = PIL.Image.alpha_composite(PIL.Image.new("RGBA", image.size, "white"), image)
    height, width, *colours = shape
    mode = "RGB" if colours and colours[0] == 3 else "L"
    if image.mode != mode:
        image = image.convert(mode)
    if image.size != (width, height):
        image = _cropped(image, height, width)
    return np.frombuffer(image.tobytes(), np.uint8).reshape(shape)


def _cropped(image: Any, height: int, width: int) -> Any:
    """Crop the centre of a picture, and resize it unless that has the right size."""
    import PIL.Image

    box = _centre(*image.size, height, width)
    if box != (0, 0, *image.size):
        image = image.crop(box)
    if image.size != (width, height):
        image = image.resize((width, height), PIL.Image.Resampling.LANCZOS)
    return image


def _centre(across: int, down: int, height: int, width: int) -> tuple[int, int, int, int]:
    """Return the box in the middle of a picture that has the proportions height x width."""
    scale = min(across / width, down / height)
    wide, high = max(1, round(scale * width)), max(1, round(scale * height))
    left, top = (across - wide) // 2, (down - high) // 2
    return left, top, left + wide, top + high


def _numbers(image: Any, unsigned: bool, shape: list[int]) -> np.ndarray:
    """Return the values of a picture of more than 8 bits as float64, in this shape and in their range."""
    import PIL.Image

    numbers = np.asarray(image)
    if unsigned:
        numbers = numbers.view(np.uint32)
    numbers = numbers.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("it has values that are not finite")
    height, width, *colours = shape
    left, top, right, bottom = _centre(*image.size, height, width)
    part = numbers[top:bottom, left:right]
    if part.shape != (height, width):
        low, high = part.min(), part.max()
        # Pillow resizes float32: offsets are added afterwards, so that large ones keep small differences.
        small = PIL.Image.fromarray((part - low).astype(np.float32))
        small = small.resize((width, height), PIL.Image.Resampling.LANCZOS)
        part = np.clip(np.asarray(small, np.float64) + low, low, high)
    return np.repeat(part[..., None], 3, axis=2) if colours else part
