"""Pictures in the page: figures, and the test examples that a network got wrong."""

import base64
import io
import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from files import artifacts
from origin.record import file_digest

# The figures in each part of an experiment's section; figures of no group are in LAST_GROUP.
GROUPS = {
    "predictions": (
        "confusion_matrix", "per_class", "decision_boundary", "boundary_over_training",
    ),
    "training": ("learning_curves",),
    "sweep": ("sweep_heatmap", "configurations", "marginals"),
    "data": ("samples", "class_balance"),
    "diagnostics": ("reliability", "loss_history", "layer_scales", "first_layer_weights"),
}  # fmt: skip
LAST_GROUP = "diagnostics"
# Files of an experiment whose digests are stored in its figures, by their names there.
READ_BY_FIGURES = {
    "selection": "selection.json",
    "histories": "histories.csv",
    "test": "test.json",
    "models": "final/*/model.npz",
}
MOST_MISTAKES = 100
LARGEST_SIDE = 48  # pixels of a mistake's picture


def address(png: bytes) -> str:
    """Return the data address of a picture."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def embedded(figure: Path) -> dict[str, Any]:
    """Return the data address and the size of a figure."""
    content = figure.read_bytes()
    with artifacts.whole(figure), Image.open(io.BytesIO(content)) as image:
        image.verify()
        return {"image": address(content), "width": image.width, "height": image.height}


def is_current(figure: Path) -> bool:
    """Return whether a figure was drawn from the files now in the folder of its experiment."""
    with Image.open(figure) as image:
        text = image.info.get("Description")  # precedes the pixels, which are not decoded
    read = json.loads(text)["data"] if text else {}
    for name, pattern in READ_BY_FIGURES.items():
        now = {file_digest(path) for path in figure.parent.parent.glob(pattern)}
        if not now.issuperset(read.get(name, [])):
            return False
    return True


def thumbnails(images: np.ndarray) -> list[str]:
    """Return the data addresses of small pictures, scaled by the lowest and the highest of all values.

    ``images`` is (n, H, W) or (n, H, W, 3); other shapes give no pictures.
    """
    if not len(images) or not (images.ndim == 3 or images.shape[3:] == (3,)):
        return []
    low, high = float(images.min()), float(images.max())
    scaled = np.rint((images - low) * (255 / ((high - low) or 1))).astype(np.uint8)
    small = map(Image.fromarray, scaled)
    found = []
    for image in small:
        image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        file = io.BytesIO()
        image.save(file, "PNG")
        found.append(address(file.getvalue()))
    return found


def mistakes_of(folder: Path) -> dict[str, Any] | None:
    """Return the mistakes that the first network was surest of, some with pictures; None without any."""
    table = folder / "test_predictions.csv"
    if not table.exists():
        return None
    known = artifacts.load_arrays(table.with_suffix(".npz"))
    rows = artifacts.each_row(table)  # other seeds are not kept in memory
    examples = list(islice(rows, 1))
    examples += [row for row in rows if row["seed"] == examples[0]["seed"]]
    wrong = [n for n, row in enumerate(examples) if row["true_class"] != row["predicted_class"]]
    if not wrong:
        return None
    surest = known["surest_mistakes_of_first"].tolist()
    found = thumbnails(known["images_of_surest_mistakes"]) or [""] * len(surest)
    pictures = dict(zip(surest, found, strict=True))
    rest = [n for n in wrong if n not in pictures]
    rest.sort(key=lambda n: -float(examples[n]["probability"] or 0))
    rows = [
        examples[n] | {"picture": pictures.get(n, "")} for n in [*pictures, *rest][:MOST_MISTAKES]
    ]
    return {
        "rows": rows,
        "source": "file" if "file" in rows[0] else "row",
        "classes": {
            column: sorted({row[column] for row in rows})
            for column in ("true_class", "predicted_class")
        },
        "pictures": sum(map(bool, pictures.values())),
        "seed": rows[0]["seed"],
        "wrong": len(wrong),
        "examples": len(examples),
    }


def figures_of(paths: list[Path], captions: dict[str, str]) -> dict[str, list]:
    """Return the current figures of an experiment, with their pictures, by GROUPS."""
    found: dict[str, list] = {group: [] for group in GROUPS}
    order = {name: place for place, name in enumerate(sum(GROUPS.values(), ()))}
    for path in sorted(paths, key=lambda path: order.get(path.stem, len(order))):
        key = path.stem
        if is_current(path):
            group = next((group for group, names in GROUPS.items() if key in names), LAST_GROUP)
            found[group].append(
                {
                    "name": key.replace("_", " "),
                    "caption": captions.get(key, ""),
                    "path": f"results/experiments/{path.parent.parent.name}/figures/{path.name}",
                }
                | embedded(path)
            )
    return found
