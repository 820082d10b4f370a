"""The cells of a table: which text is a number, a date or a missing value.

Only plain decimals are numbers without being declared. Python's float() accepts more, such as `1_0`
and the digits of other alphabets. Text that only people read as numbers (`1,234`, `12 %`, `$5`, dates)
has a kind of its own, so an error can say which key decides.
"""

import re
import string
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np

MISSING = (
    "", "na", "n/a", "n.a.", "nan", "-nan", "nat", "null", "none", "nil", "missing", "?", "-", "--",
    "\N{EN DASH}", "\N{EM DASH}", ".", "..", "...", "#n/a", "#na", "#null!", "#value!", "#div/0!",
    "#ref!", "#num!", "#name?", "<na>", "<null>", "(null)", "\\n",
)  # fmt: skip
NOTHING = "\0"  # a cell of a Python table without a value; no file contains it
UNSEEN_MARKS = "\u200b\u200e\u200f\u2060\ufeff"  # zero-width, as copied from web pages
SPACES = " \u00a0\u2009\u202f"
PLAIN = re.compile(
    r"[+-]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]\d+)?)", re.ASCII
)  # fmt: skip
UNSIGNED = re.compile(r"(?<![.\d])\d+[eE]\d", re.ASCII)  # 12E3: a number, or a code
LARGEST_WHOLE = 2.0**53  # float64 has all whole numbers up to here
SEPARATOR = "\x1f"
DECIMAL = re.compile(  # a number whose point cannot separate thousands, unlike 1.234
    rf"(?:^|{SEPARATOR}) *[+-]?(?:\d{{4}}|0\d*\.|\d*\.(?!\d{{3}} *(?:{SEPARATOR}|$)))"
)
LEADING_ZERO = re.compile(rf"{SEPARATOR}0\d")
EXPONENT = re.compile(r"[eE]\d")
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
NUMBER = rf"[+\-\N{{MINUS SIGN}}]?\d[\d.,'’{SPACES}]*(?:[eE][+-]?\d+)?"
CURRENCY_CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|BRL|RUB|MXN"
    "|ZAR|KRW|TRY|HKD|NZD|SGD|CZK|HUF"
)
CURRENCIES = "".join(
    map(chr, filter(lambda c: unicodedata.category(chr(c)) == "Sc", range(0x3000)))
)
CURRENCY = rf"(?:[A-Z]{{0,2}}[{CURRENCIES}]|{CURRENCY_CODES}|Rs\.?|kr\.?|z[lł]|Fr\.?)"
WRITTEN = re.compile(  # sign, currency, sign, digits, exponent, unit
    rf"([+-]?)({CURRENCY})?[{SPACES}]?([+-]?)[{SPACES}]?"
    rf"((?:\d|[.,]\d)[\d.,'’{SPACES}]*?)([eE][+-]?\d+)?"
    rf"[{SPACES}]?([%‰]|{CURRENCY}|[^\W\d_]{{1,6}}[²³]?|[°µμ][^\W\d_]{{0,5}})?"
)
MINUS_LAST = re.compile(r"(\d[\d.,]*\d)-")  # 12.50-, but not the grade 1-
THOUSANDS = [
    (mark, re.compile(rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{2,3}})*{re.escape(mark)}\d{{3}}"))
    for mark in (",", ".", "'", "’", *SPACES)
]
MULTIPLE = re.compile(  # units that scale the number, or may: 5 %, 5k, $5m
    rf"(?:{CURRENCY})?(?:[%‰kmbgt]|mn|bn|mm|mio|mrd|tsd|lakh|crore)", re.IGNORECASE
)
MARKED = re.compile(  # ~5, <5, ="5", '5', 5*, 5.0±0.1
    rf"[=<>≤≥~≈'\"*]+ ?{NUMBER}[*+†‡'\"]*|{NUMBER} ?(?:[*+†‡'\"]+|(?:±|\+/-) ?{NUMBER})"
)
FORMS = {  # recognised before `written` is asked
    "exponents of Fortran": r"[+-]?(?:\d+\.\d*|\.\d+)d[+-]?\d+",
    "unsigned exponents": r"[+-]?\d+[eE]\d+",
    "dates": r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?:[T ].*)?|\d{1,2}([-/.])\d{1,2}\2\d{2}(?:\d{2})?(?: .*)?"
    rf"|\d{{1,2}}\.?[- ](?:{MONTHS})[a-z]*\.?[-, ]+\d{{2,4}}(?: .*)?"
    rf"|(?:{MONTHS})[a-z]*\.? \d{{1,2}},? \d{{4}}(?: .*)?"
    rf"|\d{{1,2}}(?:{MONTHS})\d{{2}}(?:\d{{2}})?"
    r"|(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])/(?:19|20)\d\d",
    "times": r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d*)?)?(?: ?[ap]m)?",
    "hexadecimal numbers": r"[+-]?0x[\da-f]+",
    "infinite numbers": r"[+-]?inf(?:inity)?",
}
PATTERNS = {name: re.compile(form, re.ASCII | re.IGNORECASE) for name, form in FORMS.items()}
TEXT, PLAIN_NUMBER, CODES = "texts", "numbers", "numbers with underscores"


def clean(text: str) -> str:
    """Strip a text, and return it in Unicode's composed form (NFC)."""
    text = text.strip()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).strip(string.whitespace + SPACES + UNSEEN_MARKS)


def kind_of(text: str, decimal: str = ".") -> str:
    """Return PLAIN_NUMBER, TEXT, CODES, or a name for texts that people may read as numbers or dates."""
    if plain(text, decimal) is not None:
        return PLAIN_NUMBER
    if PLAIN.fullmatch(text):  # 1e999, or a decimal point
        return "infinite numbers" if decimal == "." else "decimal points or thousands separators"
    for name, pattern in PATTERNS.items():
        if pattern.fullmatch(text):
            return name
    pointed, comma = written(text, "."), written(text, ",")
    if not pointed and not comma:
        return CODES if "_" in text and PLAIN.fullmatch(text.replace("_", "")) else TEXT
    _, unit = pointed or comma
    if unit:
        return "percentages" if unit in "%‰" else "currency" if is_currency(unit) else TEXT
    if text.startswith("("):
        return "negative numbers in brackets"
    if text.endswith("-"):
        return "numbers with the minus sign at the end"
    if "\N{MINUS SIGN}" in text:
        return "numbers with the minus sign \N{MINUS SIGN}"
    if PLAIN.fullmatch(_western(text)):
        return "digits of another alphabet"
    if not pointed:
        several = any(mark in text for mark, _ in THOUSANDS[1:])
        return "thousands separators and decimal commas" if several else "decimal commas"
    either = comma and "," in text
    return "thousands separators or decimal commas" if either else "thousands separators"


def plain(text: str, decimal: str = ".") -> float | None:
    """Return the value of a plain finite decimal, None for any other text."""
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".")
    if not PLAIN.fullmatch(text):
        return None
    value = float(text) + 0.0  # -0 and 0 are equal
    return value if np.isfinite(value) else None


def key_of(text: str, decimal: str) -> float | str:
    """Return the key that equal categories share: the value of a number, otherwise the text."""
    value = plain(text, decimal)
    return text if value is None or abs(value) >= LARGEST_WHOLE else value


def _western(text: str) -> str:
    """Replace the decimal digits of other alphabets, and their decimal sign."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(c)) if unicodedata.decimal(c, None) is not None
        else {"٫": ".", "．": ".", "−": "-", "－": "-", "，": ",", "٬": ","}.get(c, c)
        for c in text
    )  # fmt: skip


def written(text: str, decimal: str = ".") -> tuple[float, str] | None:
    """Return value and unit of a number as people write it: `$1,234.50`, `12 %`, `(5)`, `3 kg`, `5.10-`.

    Percentages keep their value, 12 for `12 %`. Returns None for any other text.
    """
    text = _western(text)
    negative = text.startswith("(") and text.endswith(")")
    if trailing := MINUS_LAST.fullmatch(text):
        negative, text = True, trailing[1]
    elif negative:
        text = text[1:-1].strip()
    found = WRITTEN.fullmatch(text)
    if not found or (found[1] and found[3]):
        return None
    whole, _, rest = found[4].partition(decimal)
    for mark, pattern in THOUSANDS:
        if mark != decimal and pattern.fullmatch(whole):
            whole = whole.replace(mark, "")
            break
    number = f"{found[1]}{found[3]}{whole}.{rest}{found[5] or ''}"
    if not PLAIN.fullmatch(number) or not np.isfinite(float(number)):
        return None
    unit = (found[2] or "") + (found[6] or "")
    return (-1 if negative else 1) * float(number) + 0.0, unit


def is_currency(unit: str) -> bool:
    return re.fullmatch(CURRENCY, unit) is not None


def days(text: str, form: str | None = None) -> float | None:
    """Return the days since 1970-01-01 of a date in ISO 8601 or in a format of strptime, else None."""
    try:
        when = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / 86400


class Missing:
    """Texts that count as missing, in any case; numbers among them count by value."""

    def __init__(self, texts: Iterable[str | float] | None = None, decimal: str = "."):
        texts = MISSING if texts is None else [clean(str(text)) for text in texts]
        self.texts = {text.casefold() for text in texts} | {NOTHING}
        found = (plain(text) if (n := plain(text, decimal)) is None else n for text in texts)
        self.numbers = np.array([n for n in found if n is not None])
        self.decimal = decimal

    def __contains__(self, text: str) -> bool:
        if text.casefold() in self.texts:
            return True
        return bool(len(self.numbers)) and plain(text, self.decimal) in self.numbers.tolist()


class Short(dict):
    """The values of short texts, such as pixels: a lookup is faster than float()."""

    def __missing__(self, text: str) -> float:
        value = float(text)
        if len(text) < 4:
            self[text] = value
        return value


SHORT = Short()


def as_numbers(
    texts: Sequence[str], decimal: str = "."
) -> tuple[np.ndarray, bool, int | None] | None:
    """Convert a column to float64 (n,), with NaN for text, without a Python loop for usual columns.

    Also return whether a text has a leading zero (`0123`), and the number of points: None unless all
    may separate thousands (`1.234`). Returns None if float() might accept a text that is not a plain
    decimal.
    """
    joined = SEPARATOR.join(texts)
    if not joined.isascii() or "_" in joined:
        return None
    if ("e" in joined or "E" in joined) and EXPONENT.search(joined) and UNSIGNED.search(joined):
        return None
    if decimal != ".":
        if "." in joined:
            return None
        texts = [text.replace(decimal, ".") for text in texts]
    read = SHORT.__getitem__ if len(joined) < 4 * len(texts) else float
    try:
        values = np.fromiter(map(read, texts), np.float64, len(texts))
    except ValueError:
        values = np.fromiter(map(_float, texts), np.float64, len(texts))
    values += 0.0  # -0 and 0 are equal
    if not (finite := np.isfinite(values)).all():
        values[~finite] = np.nan
    if "." not in joined:
        return values, bool(LEADING_ZERO.search(joined)), 0
    return values, False, None if DECIMAL.search(joined) else joined.count(".")


def _float(text: str) -> float:
    try:
        return float(text.strip())  # as `clean` does, also \x1c to \x1f, which float() refuses
    except ValueError:
        return np.nan
