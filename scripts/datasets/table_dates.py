"""The formats of the dates and times in a column, for messages that name the right one."""

import itertools
import json
import re
from collections.abc import Sequence

import numpy as np

from .cells import days

LOOKED_AT = 1000  # texts
DAYS = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
)
WORDS = ("%d %b %Y", "%d-%b-%Y", "%d. %b %Y", "%b %d %Y", "%b %d, %Y", "%d%b%Y")
WORDS += tuple(form.replace("%b", "%B") for form in WORDS)
MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y")
CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p")
PART = re.compile(r"(?:%?\w)+")  # 31 or %d; strptime is too slow to try all formats
LONG = (*DAYS, *WORDS)
SHORT = tuple(form.replace("%Y", "%y") for form in LONG)
FORMS = (
    *LONG,
    *SHORT,
    *map(" ".join, itertools.product((*LONG, *SHORT), CLOCKS)),
    *MONTHS,
    *CLOCKS,
)
COMPACT = {8: "%Y%m%d", 6: "%Y%m", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}  # by their digits


def forms_of(texts: Sequence[str]) -> list[str]:
    """Return the formats of strptime that read all texts."""
    texts = texts[:LOOKED_AT]
    alike = [form for form in FORMS if PART.sub("x", form) == PART.sub("x", texts[0])]
    return [form for form in alike if all(days(text, form) is not None for text in texts)]


def compact_form(numbers: np.ndarray) -> str | None:
    """Return the format of sorted whole numbers that are all dates, such as 20241231, else None."""
    first, last = f"{numbers[0]:.0f}", f"{numbers[-1]:.0f}"
    form = COMPACT.get(len(first))
    if form is None or len(first) != len(last):
        return None
    texts = [f"{number:.0f}" for number in numbers[:: len(numbers) // LOOKED_AT + 1]]
    dates = all("1900" <= text[:4] < "2100" and days(text, form) is not None for text in texts)
    return form if dates else None


def setting(name: str, form: str) -> str:
    """Return the setting that reads a column of dates in this format."""
    key = (
        name
        if re.fullmatch(r"[\w.()/-][\w .()/-]*", name)
        else json.dumps(name, ensure_ascii=False)
    )
    return f'`dates: {{{key}: "{form}"}}`'


def advice(name: str, texts: Sequence[str]) -> str:
    """Say how to declare a column of dates or times; the sentence ends before a list of other keys."""
    if all(days(text) is not None for text in texts[:LOOKED_AT]):
        return "list it under `dates`, "
    if not (forms := forms_of(texts)):
        hours = all(re.match(r"\d+:", text) for text in texts)
        way = "convert durations to numbers" if hours else "convert them to one, such as 2024-12-31"
        return f"no format fits all of them: {way}, or list it under "
    given = " or ".join([setting(name, forms[0]), *(f'`"{form}"`' for form in forms[1:3])])
    which = ", which both fit" if len(forms) == 2 else ", which all fit" if len(forms) > 2 else ""
    return f"give the format, {given}{which}, or list it under "
