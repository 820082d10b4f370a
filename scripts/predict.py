"""Classify pictures of your own with a trained network: predict.py MODEL IMAGE...

Needs model.npz alone. A picture becomes grey or RGB as the model's images are, its centre is
cropped to their proportions (a square, mostly), and the crop is resized to their size with
antialiasing (Lanczos). Transparent parts count as white.

For a network trained with softmax_cross_entropy the numbers are probabilities: the softmax of its
scores. For other losses they are the scores themselves.
"""

from common import artifacts
from common.models import Model, load_model

import argparse
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from components import SettingsError
from inputs import Examples
from nn import predict, softmax

BRIGHT = 127  # a border brighter than this, of 255, looks like paper


class PredictError(ValueError):
    """A model or an image that cannot be used."""

    user_error = True


def usable_model(path: Path) -> Model:
    """Read a model that was trained to its end on images."""
    try:
        model = load_model(path)
    except FileNotFoundError:
        raise PredictError(f"{path}: no such file; expected a model.npz") from None
    except (SettingsError, OSError):
        raise  # their own messages say what is wrong
    except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
        raise PredictError(f"{path}: not a model file; expected a model.npz of train.py") from None
    status, shape = model.config["status"], model.config["shape"]
    if model.network is None or status not in ("completed", "stopped"):
        reason = model.config["reason"]
        raise PredictError(f"{path}: a model whose training {status} cannot classify: {reason}")
    if len(shape) < 2:
        raise PredictError(f"{path}: classifies examples of shape {shape}, not images")
    return model


def read_image(path: Path, shape: list[int]) -> np.ndarray:
    """Read a picture as uint8 of this shape, (height, width) or (height, width, 3)."""
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)  # as the camera was held
    except FileNotFoundError:
        raise PredictError(f"{path}: no such file") from None
    except UnidentifiedImageError:
        raise PredictError(f"{path}: not an image (PNG, JPEG, ...)") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise PredictError(f"{path}: this image cannot be read: {error}") from None
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    height, width, *colours = shape
    image = image.convert("RGB" if colours and colours[0] == 3 else "L")
    return np.asarray(resized(image, width, height)).reshape(shape)


def resized(image: Image.Image, width: int, height: int) -> Image.Image:
    """The largest centred part of these proportions, in this size."""
    scale = min(image.width / width, image.height / height)
    across, down = max(1, round(scale * width)), max(1, round(scale * height))
    left, top = (image.width - across) // 2, (image.height - down) // 2
    part = image.crop((left, top, left + across, top + down))
    return part.resize((width, height), Image.Resampling.LANCZOS)


def looks_bright(pixels: np.ndarray) -> bool:
    """Is the border of a picture, where the background is, bright?"""
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return bool(np.median(border) > BRIGHT)


def classify(model: Model, images: np.ndarray) -> np.ndarray:
    """Return (n, classes): probabilities for a softmax network, else its scores."""
    n = len(images)
    examples = Examples(
        images, np.zeros(n, np.uint8), np.arange(n), model.preparation, model.network.dtype
    )
    scores = predict(model.network, examples)
    return softmax(scores) if kind(model) == "probability" else scores


def kind(model: Model) -> str:
    """What the numbers of `classify` are."""
    loss = model.config["network"]["loss"]
    name = loss if isinstance(loss, str) else loss["name"]
    return "probability" if name == "softmax_cross_entropy" else "score"


def best(model: Model, values: np.ndarray, top: int) -> list[dict[str, Any]]:
    """Return the `top` classes with the highest values of one image, best first."""
    order = np.argsort(-values, kind="stable")[:top]
    return [
        {"class": model.config["classes"][i], kind(model): round(float(values[i]), 6)}
        for i in order
    ]


def note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="a model.npz")
    parser.add_argument("images", type=Path, metavar="IMAGE", nargs="+", help="PNG, JPEG, ...")
    parser.add_argument("--top", type=int, default=3, help="how many classes to show (3)")
    parser.add_argument(
        "--invert", action="store_true", help="swap dark and bright: for ink on paper and MNIST"
    )
    parser.add_argument(
        "--white",
        type=int,
        default=255,
        help="highest pixel value of the training images: 255, but 16 for scikit-learn's digits",
    )
    parser.add_argument("--json", action="store_true", help="print a list of objects as JSON")
    options = parser.parse_args()
    if options.top < 1 or not 1 <= options.white <= 255:
        parser.error("--top is at least 1, --white 1 to 255")
    model = usable_model(options.model)
    shape = model.config["shape"]
    images = np.stack([read_image(path, shape) for path in options.images])
    if options.invert:
        images = 255 - images
    if len(shape) == 2:
        for path in [p for p, i in zip(options.images, images, strict=True) if looks_bright(i)]:
            advice = "leave --invert away" if options.invert else "try --invert"
            note(f"{path}: the background looks bright; for MNIST's white on black {advice}")
    if kind(model) == "score" and not options.json:
        note("this network was not trained with softmax: the numbers are scores, no probabilities")
    images = np.round(images * (options.white / 255)).astype(np.uint8)
    results = [
        {"file": str(path), "classes": best(model, values, options.top)}
        for path, values in zip(options.images, classify(model, images), strict=True)
    ]
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for result in results:
        form = "{:.1%}" if kind(model) == "probability" else "{:.4g}"
        shown = [f"{row['class']} {form.format(row[kind(model)])}" for row in result["classes"]]
        print(f"{result['file']}: {', '.join(shown)}")


if __name__ == "__main__":
    artifacts.cli(main)
