"""The classes of a table: which texts of the label are one class, and whether they are classes at all."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .cells import CODES, PLAIN_NUMBER, TEXT, key_of, plain
from .columns import ABSENT, UNSEEN, Column
from .errors import MOST_CLASSES
from .messages import Notes, short, some

MANY_CLASSES = 20  # more whole numbers may be a quantity
FEW_ROWS = 10  # in fewer rows, different values do not suggest an index


def classes_of(
    label: Column, declared: Sequence[str], state: dict[str, Any]
) -> tuple[list[str], np.ndarray]:
    """Return the names of the classes, and the class of each row, ABSENT for a missing label."""
    decimal, problems, notes = state["settings"]["decimal"], state["problems"], state["notes"]
    name, texts = label.name, label.texts
    where = f"label {short(name)}"
    numeric = [value for text in texts if (value := plain(text, decimal)) is not None]
    if len(numeric) == len(texts) and len(set(numeric)) > MANY_CLASSES:
        notes.setdefault(
            f"has {len(set(numeric))} different numbers, and each is a class of its own; if it is a "
            "quantity, replace its values by ranges", []
        ).append(name)  # fmt: skip
    if declared:
        if len({key_of(text, decimal) for text in declared}) < len(declared):
            problems.append(f"{where}: two of the `classes` are equal: {some(declared)}")
        codes = label.places_in(declared)
        if (codes == UNSEEN).any():
            unknown = label.cells_at(codes == UNSEEN, state["rows"])
            problems.append(
                f"{where}: {unknown} not among the `classes` {some(declared, listed=20)}"
            )
        note_merged(name, texts, decimal, notes)
        return list(declared), codes
    found = label.survey(state["rows"])
    whole = all(value.is_integer() for value in numeric)
    forms = set(found) - {TEXT, CODES, PLAIN_NUMBER}
    if forms and TEXT not in found and CODES not in found:
        kind = max(forms, key=lambda kind: found[kind].count)
        problems.append(
            f"{where}: looks like {kind} ({found[kind]}); if they are classes, list them under `classes`"
        )
    elif (not whole and 2 * len(numeric) >= len(texts)) or len(set(numeric)) > MOST_CLASSES:
        odd = next((t for t in texts if not float(plain(t, decimal) or 0).is_integer()), texts[0])
        problems.append(
            f"{where}: has {len(texts)} different values, such as {short(odd)}: it seems to be a quantity. "
            "This project classifies; regression is out of its scope. If the values are classes (at most "
            f"{MOST_CLASSES}), list them under `classes`"
        )
    elif len({key_of(text, decimal) for text in texts}) > MOST_CLASSES:
        problems.append(
            f"{where}: has {len(texts)} different texts ({next(iter(found.values()))}), and at most "
            f"{MOST_CLASSES} can be classes; is it the right column?"
        )
    names, places = merged(name, texts, decimal, notes)
    if len(names) == len(state["rows"]) >= FEW_ROWS and not problems:
        problems.append(
            f"{where}: has a different value in each row ({some(list(map(short, names)), listed=3)}); is "
            "it the right column?"
        )
    if len(names) == 1 and not problems and not label.missing.count:
        problems.append(f"{where}: has only one value ({short(names[0])}); expected two or more")
    return names, np.append(places, ABSENT)[label.values]


def merged(
    name: str, texts: Sequence[str], decimal: str, notes: Notes
) -> tuple[list[str], np.ndarray]:
    """Return sorted categories, numbers before texts, and the category of each text, int64 (n,)."""
    groups: dict[float | str, list[str]] = {}
    keys = [key_of(text, decimal) for text in texts]
    for key, text in zip(keys, texts, strict=True):
        groups.setdefault(key, []).append(text)
    ordered = sorted(groups, key=lambda key: (isinstance(key, str), key))
    note_merged(name, texts, decimal, notes)
    place = {key: number for number, key in enumerate(ordered)}
    names = [min(groups[key], key=lambda text: (len(text), text)) for key in ordered]
    return names, np.array([place[key] for key in keys], np.int64)


def note_merged(name: str, texts: Sequence[str], decimal: str, notes: Notes) -> None:
    """Note texts that are equal as numbers, and texts that differ only in case."""
    alike = "differ only in upper and lower case, and count as different"
    for key, text in (
        (key_of, "are equal as numbers, and count as one"),
        (lambda text, _: text.casefold(), alike),
    ):
        groups: dict[Any, list[str]] = {}
        for each in texts:
            groups.setdefault(key(each, decimal), []).append(each)
        if several := [sorted(group) for group in groups.values() if len(group) > 1]:
            shown = some([" and ".join(map(short, group[:3])) for group in several], listed=3)
            notes.setdefault(f"{shown} {text}", []).append(name)
