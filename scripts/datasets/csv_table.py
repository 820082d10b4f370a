"""Tables in CSV files: numbers, categories and dates in columns, the class in one of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from .cells import clean
from .errors import DatasetError, some
from .format import NAMES, PLACE, SHARE, SPLITS, Format, Parsed
from .holdout import digests_of_groups, digests_of_rows, numbered, sides_of
from .leaks import copies_matter
from .messages import short
from .table_fit import FILLED, ROLES, fit, names_in
from .table_inputs import Rows, canonical, matrix, one_hot, unlike_training
from .table_rows import encoded

FEW_GROUPS = 10


def parse_csv(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read a table in CSV; the test split is another table, or a share of this one."""
    settings = complete(settings)
    table, train, notes = fit(files["train_table"], settings)
    share, group = settings["test"], settings["group"]
    about = {"inputs": table["inputs"], "one_hot": one_hot(table), "table": table}
    if table["missing"] in FILLED:
        about["missing"] = table["missing"]
    test, tested = None, None
    if "test_table" in files:
        if share:
            raise DatasetError(
                f"{files['train_table']}: `test_path` and a share, `test`, are both set; remove one"
            )
        _, _, test, said = encoded(files["test_table"], table, labelled=True)
        notes += [f"the test table: {note}" for note in said]
    digests, owners, said = _digests(train, table, settings)
    notes += said
    if group:
        notes += _group_notes(group, train.groups, None if test is None else test.groups)
    orders, groups = sides_of(digests, share, owners)
    if groups and share and abs(len(orders["test"]) / len(train.numbers) - share) > 0.1:
        notes.append(
            f"{'group' if group else 'copies'}: the test split has {len(orders['test'])} of "
            f"{len(train.numbers)} rows, far from the share {share}: groups are few or large"
        )
    whole = np.concatenate(list(orders.values()))
    labels, images = train.label[whole], matrix(train.values, table, whole)
    n = len(orders["train"])
    splits = {"train": (images[:n], labels[:n])}
    if share:
        splits["test"], tested = (images[n:], labels[n:]), train.numbers[orders["test"]].tolist()
    if test is not None:
        digests = numbered(digests_of_rows(canonical(test.values, table)))
        order = sides_of(digests, 0)[0]["train"]
        splits["test"] = matrix(test.values, table, order), test.label[order]
        if far := unlike_training(splits["test"][0], table):
            notes.append(
                f"the test table: {some(map(short, far))}: values far from those of the training table; "
                "expected the same units"
            )
        tested = test.numbers[order].tolist()
    return Parsed(splits, table["classes"], about, tuple(notes), groups=groups, test_sources=tested)


def _digests(
    train: Rows, table: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """Return the digests of rows, uint8 (n, 32), those of what stays on one side or None, and notes."""
    content = digests_of_rows(canonical(train.values, table))
    digests = numbered(content)
    if settings["group"]:
        return digests, digests_of_groups(train.groups.tolist()), []
    if settings["copies"] == "together":
        return digests, content, []
    copies = int((digests[:, :8] != content[:, :8]).any(axis=1).sum())
    if not copies_matter(copies, [*train.values.values()]):
        return digests, None, []
    have = "has" if copies == 1 else "have"
    said = (
        f"{copies} of {len(content)} rows {have} the same inputs as an earlier row, and a split may "
        "separate them; write `copies: together` to keep copies on one side"
    )
    return digests, None, [said]


def _group_notes(name: str, groups: np.ndarray, test: np.ndarray | None) -> Iterator[str]:
    """Note groups of a test table that the training table has too, and few or large groups."""
    sizes = Counter(groups.tolist())
    if test is not None and (shared := int(np.isin(test, list(sizes.keys() - {""})).sum())):
        yield (
            f"group: {shared} of {len(test)} rows of the test table have a value of {name!r} that the "
            "training table has too, so the test score may be too good"
        )
    value, most = sizes.most_common(1)[0]
    if 2 * most > len(groups):
        yield f"group: {most} of {len(groups)} rows have the {name} {value}, and stay together"
    if len(sizes) < FEW_GROUPS:
        yield f"group: the column {name!r} has {len(sizes)} different values, so splits are coarse"


def complete(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with defaults; raise DatasetError for contradictory ones."""
    defaults = {key: rule["default"] for key, rule in CSV.settings.items() if "default" in rule}
    settings = {**defaults, **settings}
    uses: dict[str, list[str]] = {}
    for key in ROLES:
        value, names = settings[key], list(map(clean, names_in(settings[key])))
        for name in names:
            uses.setdefault(name, []).append(key)
        if key == "dates":
            forms = value.values() if isinstance(value, dict) else [None] * len(names)
            settings[key] = dict(zip(names, forms, strict=True))
        else:
            settings[key] = names[0] if isinstance(value, str) else value and names
    for name, keys in uses.items():
        keys = [key for key in dict.fromkeys(keys) if set(keys) != {"group", "ignore"}]
        if len(keys) > 1:
            raise DatasetError(
                f"the column {name!r} is listed under {' and '.join(keys)}; keep one of them"
            )
    for name, form in settings["dates"].items():
        try:
            datetime.strptime("", form or "")
        except ValueError as error:  # of another kind if the format is invalid
            if "does not match" not in str(error):
                raise DatasetError(f"dates: {name!r} has the format {form!r}: {error}") from None
    if settings["group"] and settings["copies"] == "together":
        raise DatasetError(
            "`group` and `copies: together` are both set; keep one (a group keeps its own copies together)"
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
        "copies": {
            "enum": ["apart", "together"],
            "default": "apart",
            "description": "whether rows with the same inputs stay in the same split",
        },
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
