"""The classes of a table: which texts of the label are one class, and whether they are classes at all."""

import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from .cells import CODES, PLAIN_NUMBER, TEXT, clean, key_of, plain
from .columns import ABSENT, UNSEEN, Column
from .errors import MOST_CLASSES, some
from .leaks import FEW_ROWS
from .messages import Report, short

MANY_CLASSES = 20  # more whole numbers may be a quantity
UNSURE = {  # classes that may be missing values
    *("unknown", "unlabeled", "unlabelled", "undefined", "not available", "no data", "n.d.", "tbd"),
    *("unbekannt", "keine angabe", "k.a.", "k. a.", "inconnu", "desconocido", "sconosciuto"),
}
LOOK_ALIKE = str.maketrans("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx")


def classes_of(
    label: Column, numbers: np.ndarray, settings: Mapping[str, Any], report: Report
) -> tuple[list[str], np.ndarray]:
    """Return the names of the classes, and the class of each row, ABSENT for a missing label."""
    decimal, name, texts = settings["decimal"], label.name, label.texts
    listed = settings.get("classes_listed", False)  # by the user, who knows them
    different = len({value for text in texts if (value := plain(text, decimal)) is not None})
    numeric = all(plain(text, decimal) is not None for text in texts)
    if different > MANY_CLASSES and numeric and not listed:
        report.note(
            f"has {different} different numbers, and each is a class of its own; if it is a quantity, "
            "replace its values by ranges",
            name,
        )
    unsure = [text for text in texts if text.casefold() in UNSURE]
    if unsure and not listed:
        report.note(
            f"{some(map(short, unsure))} is a class; if it means a missing value, list it under "
            "`missing_values`",
            name,
        )
    if declared := [clean(name) for name in settings.get("classes") or ()]:
        if len({key_of(text, decimal) for text in declared}) < len(declared):
            report.problem(f"two of the `classes` are equal: {some(declared)}", name, "label")
        codes = label.places_in(declared)
        if (codes == UNSEEN).any():
            unknown = label.cells_at(codes == UNSEEN, numbers)
            known = some(declared, listed=20)
            report.problem(f"{unknown} not among the `classes` {known}", name, "label")
        if not listed:
            note_merged(name, texts, decimal, report)
        return declared, codes
    names, places = merged(name, texts, decimal, report)
    if problem := _no_classes(label, names, numbers, decimal):
        report.problem(problem, name, "label")
    return names, np.append(places, ABSENT)[label.values]


def _no_classes(label: Column, names: list[str], numbers: np.ndarray, decimal: str) -> str | None:
    """Say why the texts of a label do not seem to be classes; None if they do."""
    texts, found = label.texts, label.survey(numbers)
    values = [value for text in texts if (value := plain(text, decimal)) is not None]
    odd = [text for text in texts if not float(plain(text, decimal) or 0).is_integer()]
    forms = set(found) - {TEXT, CODES, PLAIN_NUMBER}
    if forms and TEXT not in found and CODES not in found:
        kind = max(forms, key=lambda kind: found[kind].count)
        return f"looks like {kind} ({found[kind]}); if they are classes, list them under `classes`"
    if (odd and 2 * len(values) >= len(texts)) or len(set(values)) > MOST_CLASSES:
        return (
            f"has {len(texts)} different values, such as {short((odd or texts)[0])}: it seems to be a "
            "quantity. This project classifies; regression is out of its scope. If the values are classes "
            f"(at most {MOST_CLASSES}), list them under `classes`"
        )
    if len(names) > MOST_CLASSES:
        return (
            f"has {len(texts)} different texts ({next(iter(found.values()))}), and at most "
            f"{MOST_CLASSES} can be classes; is it the right column?"
        )
    if len(names) == len(numbers) >= FEW_ROWS:
        shown = some(map(short, names), listed=3)
        return f"has a different value in each row ({shown}); is it the right column?"
    if len(names) == 1 and not label.missing.count:
        return f"has only one value ({short(names[0])}); expected two or more"
    return None


def merged(
    name: str, texts: Sequence[str], decimal: str, report: Report
) -> tuple[list[str], np.ndarray]:
    """Return sorted categories, numbers before texts, and the category of each text, int64 (n,)."""
    note_merged(name, texts, decimal, report)
    groups = _grouped(texts, lambda text: key_of(text, decimal))
    ordered = sorted(groups, key=lambda key: (isinstance(key, str), key))
    places = {text: place for place, key in enumerate(ordered) for text in groups[key]}
    names = [min(groups[key], key=lambda text: (len(text), text)) for key in ordered]
    return names, np.array([places[text] for text in texts], np.int64)


def note_merged(name: str, texts: Sequence[str], decimal: str, report: Report) -> None:
    """Note texts that are equal as numbers, and different texts that people may take for one."""
    for key, said in (
        (lambda text: key_of(text, decimal), "are equal as numbers, and count as one"),
        (str.casefold, "differ only in upper and lower case, and count as different"),
        (_seen, "differ only in spaces or unseen characters, and count as different"),
        (
            lambda text: text.translate(LOOK_ALIKE),
            "look alike but have Latin and Cyrillic letters, and count as different",
        ),
    ):
        groups = _grouped(texts, key).values()
        if alike := [sorted(group) for group in groups if len(group) > 1]:
            shown = some((" and ".join(map(short, group[:3])) for group in alike), listed=3)
            report.note(f"{shown} {said}", name)


def _seen(text: str) -> str:
    """Return a text without characters that nobody sees, such as soft hyphens and double spaces."""
    if not text.isascii():
        text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return " ".join(text.split())


def _grouped(texts: Sequence[str], key: Callable[[str], Hashable]) -> dict[Hashable, list[str]]:
    groups: dict[Hashable, list[str]] = {}
    for text in texts:
        groups.setdefault(key(text), []).append(text)
    return groups
