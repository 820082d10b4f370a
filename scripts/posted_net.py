"""Measure the effect of each mistake in a posted net: gradient check and validation accuracy.

`studies/posted_net.py` defines the mistakes. Each is put into the corrected net, which is the
selected configuration of an experiment, and trained. Only the training file is read.
"""

import sys
from typing import Any

import numpy as np

import cli
from components import streams
from evaluation import accuracy, accuracy_interval
from files import artifacts
from files.markdown import MarkdownTable
from files.prepared import PARTS, load_prepared
from inputs import Examples
from nn import Trainer, check_gradients, predict
from studies.posted_net import MISTAKES, NETS, build, with_mistakes

CHECKED_IMAGES = 20
TITLE = "The mistakes of the net that stays at 10 %"
ABOUT = f"""Each mistake alone in the corrected net, then the two nets as they were posted. Analytic: by the
backward pass. Numeric: by differences of the net's own loss. Both along a random direction in a
layer's weights, on {CHECKED_IMAGES} training images. Validation accuracy: mean over the seeds and
its 95 % interval; guessing is right in about 10 % of the images. In the formulas s are the scores,
p the outputs, y the one-hot labels, h what the hidden layer gives."""
LAYERS = ("hidden", "output")
CHECKS = ("analytic", "numeric", "relative_error", "verdict")
COLUMNS = [
    *("net", "mistakes", *[f"{layer}_{check}" for layer in LAYERS for check in CHECKS]),
    *("found_by_gradient_check", "validation_accuracy", "validation_accuracy_low"),
    *("validation_accuracy_high", "seeds", "diverged"),
]


def check(
    settings: dict[str, Any], mistakes: str, x: np.ndarray, labels: np.ndarray, classes: int
) -> dict[str, Any]:
    """Return the worst gradient check per layer of a net with these mistakes.

    ``x`` is (n, inputs), float64. Every parameter is checked along one random direction.
    """
    settings = with_mistakes(settings, mistakes)
    settings["network"]["precision"] = "float64"
    network, loss = build(settings, mistakes, x.shape[1], classes, streams(0))
    rows = check_gradients(network, loss, x, labels, settings["training"]["l2"], elements=0)
    result: dict[str, Any] = {"found_by_gradient_check": "no" if all(r.ok for r in rows) else "yes"}
    for layer in LAYERS:
        worst = max((row for row in rows if row.name.startswith(layer)), key=lambda row: row.excess)
        result |= {
            f"{layer}_analytic": worst.analytic,
            f"{layer}_numeric": worst.numeric,
            f"{layer}_relative_error": worst.excess,
            f"{layer}_verdict": "ok" if worst.ok else "WRONG",
        }
    return result


def train(
    settings: dict[str, Any],
    mistakes: str,
    seed: int,
    training: Examples,
    validation: Examples,
    classes: int,
) -> float | None:
    """Train a net with these mistakes; return its validation accuracy, None if it diverged.

    The predicted class has the highest score. The outputs of a net with (a) would depend on the
    other images of the batch.
    """
    settings = with_mistakes(settings, mistakes)
    generators = streams(seed)
    network, loss = build(settings, mistakes, training.inputs, classes, generators)
    trainer = Trainer(network, settings["training"], training, None, generators, loss)
    trainer.run()
    if trainer.status == "diverged":
        print(trainer.reason, flush=True)
        return None
    return accuracy(predict(network, validation).argmax(axis=1), validation.labels)


def measure(
    settings: dict[str, Any],
    seeds: list[int],
    training: Examples,
    validation: Examples,
    checked: tuple[np.ndarray, np.ndarray],
    classes: int,
) -> list[dict[str, Any]]:
    """Check and train all NETS; return a row of COLUMNS for each."""
    once = {"patience": None, "evaluate_every": sys.maxsize}  # evaluate only at the end
    settings = {**settings, "training": {**settings["training"], **once}}
    rows = []
    for net, mistakes in NETS.items():
        found = [train(settings, mistakes, s, training, validation, classes) for s in seeds]
        accuracies = [value for value in found if value is not None]
        low, high, _ = accuracy_interval(accuracies, len(validation)) or (None, None, None)
        rows.append(
            {
                "net": net,
                "mistakes": mistakes,
                **check(settings, mistakes, *checked, classes),
                "validation_accuracy": float(np.mean(accuracies)) if accuracies else None,
                "validation_accuracy_low": low,
                "validation_accuracy_high": high,
                "seeds": len(seeds),
                "diverged": len(found) - len(accuracies),
            }
        )
        print(f"{net}: validation accuracies {found}", flush=True)
    return rows


def table(rows: list[dict[str, Any]]) -> MarkdownTable:
    """Return the table of measurements."""
    columns = {"net": "text", "mistake": "text"}
    for layer in LAYERS:
        for value in ("analytic", "numeric", "relative error"):
            columns[f"{layer} layer: {value}"] = "number"
    columns |= {"gradient check": "text", "validation accuracy": "number"}
    table = MarkdownTable(columns, [])
    for row in rows:
        mistake = MISTAKES.get(row["mistakes"])
        cells = [row["net"], mistake.what if mistake else ""]
        for layer in LAYERS:
            cells += [f"{row[f'{layer}_{value}']:.3e}" for value in ("analytic", "numeric")]
            cells.append(f"{row[f'{layer}_relative_error']:.1e}")
        wrong = [layer for layer in LAYERS if row[f"{layer}_verdict"] != "ok"]
        table.rows.append([*cells, f"WRONG: {', '.join(wrong)}" if wrong else "ok", _percent(row)])
    return table


def explanations() -> MarkdownTable:
    """Return the table that explains each mistake and why the gradient check finds it or not."""
    columns = {
        "": "text",
        "mistake": "text",
        "as posted": "code",
        "right": "code",
        "what the gradient check says": "text",
    }
    return MarkdownTable(
        columns, [[f"({letter})", *mistake] for letter, mistake in MISTAKES.items()]
    )


def _percent(row: dict[str, Any]) -> str:
    if row["validation_accuracy"] is None:
        return "diverged"
    text = f"{100 * row['validation_accuracy']:.1f} %"
    if row["validation_accuracy_low"] is not None:
        low, high = (100 * row[f"validation_accuracy_{end}"] for end in ("low", "high"))
        text += f" ({low:.1f} to {high:.1f})"
    return text + (f", {row['diverged']} diverged" if row["diverged"] else "")


def main() -> None:
    parser = cli.parser(__doc__)
    keys = ("network", "training", "preparation")
    about = f"JSON: {', '.join(keys)}"
    parser.add_argument("--settings", required=True, type=cli.json_with(*keys), help=about)
    parser.add_argument("--seeds", required=True, type=int, nargs="+", help="of the trainings")
    cli.add_training_arrays(parser)
    cli.add_files(
        parser,
        prepared="the prepared data, .npz",
        csv="the table for programs",
        markdown="the tables for people",
        json="the same for the report",
    )
    options = parser.parse_args()
    settings = options.settings
    data = load_prepared(options.prepared, settings["preparation"], options.images, options.labels)
    precision = settings["network"]["precision"]
    training, validation = (data.examples(part, precision) for part in PARTS)
    first = data.examples("training", "float64", slice(CHECKED_IMAGES))
    checked, classes = first.load(slice(0, CHECKED_IMAGES)), len(data.info["classes"])
    rows = measure(settings, options.seeds, training, validation, checked, classes)
    artifacts.write_csv(options.csv, COLUMNS, rows)
    tables = [table(rows), explanations()]
    text = "\n\n".join([f"# {TITLE}", ABOUT, *(part.markdown() for part in tables)])
    artifacts.write_text(options.markdown, text + "\n")
    shown = {"title": TITLE, "about": ABOUT, "tables": [part.content() for part in tables]}
    artifacts.write_json(options.json, shown)


if __name__ == "__main__":
    cli.run(main)
