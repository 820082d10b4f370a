"""Tables in CSV files: numbers, categories and dates in columns, the class in one of them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .cells import clean, valid_format
from .errors import DatasetError
from .format import NAMES, PLACE, SHARE, SPLITS, Format, Parsed
from .holdout import digests_of_groups, digests_of_rows, sides_of
from .table_fit import FILLED, ROLES, fit, group_notes, shared_groups
from .table_inputs import canonical, matrix, one_hot
from .table_rows import encoded


def parse_csv(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read a table in CSV; the test split is another table, or a share of this one."""
    settings = complete(settings)
    table, train, notes = fit(files["train_table"], settings)
    share = settings["test"]
    if share and "test_table" in files:
        raise DatasetError(
            f"{files['train_table']}: `test_path` and a share, `test`, are both set; remove one"
        )
    sides = {"train": train}
    if "test_table" in files:
        _, _, sides["test"], said = encoded(files["test_table"], table, labelled=True)
        notes += [f"the test table: {note}" for note in said]
        notes += shared_groups(settings["group"], train.groups, sides["test"].groups)
    splits, groups, tested = {}, None, None
    for name, side in sides.items():
        digests = digests_of_rows(canonical(side.values, table))
        owners = None
        if name == "train" and side.groups is not None:
            owners = digests_of_groups(side.groups.tolist())
            notes += group_notes(settings["group"], side.groups)
        orders, sizes = sides_of(digests, share if name == "train" else 0, owners)
        if owners is not None:
            groups = sizes
            notes += _share_notes(orders, share)
        whole = np.concatenate(list(orders.values()))
        labels, images = side.label[whole], matrix(side.values, table, whole)
        start = 0
        for split, order in orders.items():
            rows_of_split = slice(start, start := start + len(order))
            split = "test" if name == "test" else split
            splits[split] = images[rows_of_split], labels[rows_of_split]
            if split == "test":
                tested = side.numbers[order].tolist()
    about = {"inputs": table["inputs"], "one_hot": one_hot(table), "table": table}
    if table["missing"] in FILLED:
        about["missing"] = table["missing"]
    return Parsed(splits, table["classes"], about, tuple(notes), groups=groups, test_sources=tested)


def _share_notes(orders: dict[str, np.ndarray], share: float) -> Iterator[str]:
    """Note a test split whose size is far from the share, because groups are large."""
    sizes = {name: len(order) for name, order in orders.items()}
    total = sum(sizes.values())
    if share and abs(sizes["test"] / total - share) > 0.1:
        yield (
            f"group: the test split has {sizes['test']} of {total} rows, far from the share {share}: "
            "groups are few or large"
        )


def complete(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with defaults; raise DatasetError for contradictory ones."""
    defaults = {key: rule["default"] for key, rule in CSV.settings.items() if "default" in rule}
    settings = {**defaults, **settings}
    uses: dict[str, list[str]] = {}
    for key in ROLES:
        value = settings[key]
        named = [value] if isinstance(value, str) else list(value or ())
        if isinstance(value, dict):
            settings[key] = {clean(name): valid_format(name, form) for name, form in value.items()}
        elif key == "dates":
            settings[key] = dict.fromkeys(map(clean, named))
        else:
            settings[key] = (
                clean(value) if isinstance(value, str) else value and list(map(clean, value))
            )
        for name in map(clean, named):
            uses.setdefault(name, []).append(key)
    for name, keys in uses.items():
        keys = [key for key in dict.fromkeys(keys) if set(keys) != {"group", "ignore"}]
        if len(keys) > 1:
            raise DatasetError(
                f"the column {name!r} is listed under {' and '.join(keys)}; keep one of them"
            )
    if settings["missing_indicator"] and settings["missing"] not in FILLED:
        raise DatasetError(
            f"missing_indicator: needs `missing: mean`, median or most_frequent, not {settings['missing']}"
        )
    return settings


def csv_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    files = {role: settings[key] for role, key in CSV.places.items() if settings.get(key)}
    parsed = parse_csv(settings, files)
    sizes = {f"{split}_size": len(parsed.splits.get(split, ((), ()))[1]) for split in SPLITS}
    return {"classes": parsed.classes, "shape": [len(parsed.about["inputs"])], **sizes}


def _columns(description: str, **rule: Any) -> dict[str, Any]:
    return NAMES | {"description": description} | rule


OPTIONAL = {"type": ["string", "null"], "default": None}

CSV = Format(
    parse_csv,
    settings={
        "path": PLACE,
        "test_path": PLACE | OPTIONAL | {"description": "another table, for the test"},
        "label": {"type": "string", "description": "the column with the class"},
        "categorical": _columns("columns of categories, even if their values are numbers"),
        "numeric": _columns(
            "columns of numbers as people write them, such as 1,234 or 12 % or $5 or 12E3"
        ),
        "dates": {
            "type": ["array", "object"],
            "items": {"type": "string"},
            "additionalProperties": {"type": ["string", "null"]},
            "default": [],
            "description": "columns of ISO dates, which become days since 1970; or {name: format}",
        },
        "ignore": _columns("columns that are not inputs"),
        "group": OPTIONAL
        | {"description": "a column; rows with the same value in it stay in the same split"},
        "test": SHARE,
        "decimal": {"enum": [".", ","], "default": ".", "description": "the decimal sign"},
        "separator": OPTIONAL
        | {
            "minLength": 1,
            "maxLength": 1,
            "description": "the character between cells; null detects it",
        },
        "encoding": OPTIONAL
        | {"description": "such as cp1252; null goes by the byte-order mark, else UTF-8"},
        "header": {
            "type": "boolean",
            "default": True,
            "description": "false if the file has no line of names; the columns are then `column 1`, ...",
        },
        "missing_values": {
            "type": ["array", "null"],
            "items": {"type": ["string", "number"]},
            "default": None,
            "description": "texts that count as missing, in any case, instead of NA, null, ?, ...",
        },
        "missing": {
            "enum": ["refuse", *FILLED, "row"],
            "default": "refuse",
            "description": "refuse missing values, fill them in from the training rows, or drop the row",
        },
        "missing_indicator": {
            "type": "boolean",
            "default": False,
            "description": "one more input, 0 or 1, for each column with missing values",
        },
    },
    required=("path", "label"),
    sizes=csv_sizes,
    places={"train_table": "path", "test_table": "test_path"},
)
