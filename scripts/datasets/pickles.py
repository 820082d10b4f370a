"""Reading the pickles of CIFAR-10 without unpickling: nothing in them is looked up, made or called.

A pickle is a program for a machine with a stack. The published batches, which Python 2 and numpy 1 wrote
in protocol 2, need a few of its instructions, and two calls: for an array and for its type. They are
told from the exact form that numpy gave them; anything else is refused. What is stored in the memo is
never asked for, so no value is in two places. Source: the comments of Lib/pickletools.py in Python.
"""

import re
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from .errors import DatasetError

MOST_INSTRUCTIONS = 1 << 18  # of a batch of 10000 pictures about 30000
MOST_DIMENSIONS = 4


class Name(Enum):
    """What the batches ask for by name."""

    RECONSTRUCT = "numpy.core.multiarray._reconstruct"
    NDARRAY = "numpy.ndarray"
    DTYPE = "numpy.dtype"


class Unfinished(NamedTuple):
    """What a call gave: an array, or the type of this name; its state is still to come."""

    name: Name
    dtype: bytes = b""


def load(content: bytes) -> Any:
    """Read bytes, whole numbers, None, False, arrays; lists, tuples and dictionaries of them.

    Arrays are read-only views of `content`'s bytes. Raises DatasetError, without the file's name, for
    what is damaged, or is no such pickle.
    """
    try:
        return _run(content)
    except (IndexError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"damaged pickle ({error}); fetch it again") from None


def _run(content: bytes) -> Any:
    place = 0
    stack: list[Any] = []
    outer: list[list[Any]] = []  # the stacks below each mark

    def take(size: int) -> bytes:
        nonlocal place
        if place + size > len(content):
            raise ValueError("it ends too early")
        place += size
        return content[place - size : place]

    def number(size: int) -> int:
        return int.from_bytes(take(size), "little")

    def line() -> str:
        nonlocal place
        start = place
        place = content.index(b"\n", start, start + 200) + 1
        return content[start : place - 1].decode()

    def since_mark() -> list[Any]:
        nonlocal stack
        items, stack = stack, outer.pop()
        return items

    for _ in range(MOST_INSTRUCTIONS):
        match take(1):
            case b"U":  # SHORT_BINSTRING
                stack.append(take(number(1)))
            case b"q":  # BINPUT
                take(1)
            case b"r":  # LONG_BINPUT
                take(4)
            case b"K":  # BININT1
                stack.append(number(1))
            case b"M":  # BININT2
                stack.append(number(2))
            case b"J":  # BININT
                stack.append(int.from_bytes(take(4), "little", signed=True))
            case b"T":  # BINSTRING
                stack.append(take(number(4)))
            case b"N":
                stack.append(None)
            case b"\x89":  # NEWFALSE
                stack.append(False)
            case b"(":  # MARK
                outer.append(stack)
                stack = []
            case b"]":
                stack.append([])
            case b"}":
                stack.append({})
            case b"e":  # APPENDS
                items = since_mark()
                _expect(type(stack[-1]) is list)
                stack[-1].extend(items)
            case b"u":  # SETITEMS
                items = since_mark()
                _expect(type(stack[-1]) is dict and all(type(key) is bytes for key in items[::2]))
                stack[-1].update(zip(items[::2], items[1::2], strict=True))
            case b"t":  # TUPLE
                items = since_mark()
                stack.append(tuple(items))
            case b"\x85" | b"\x86" | b"\x87" as code:  # TUPLE1, TUPLE2, TUPLE3
                size = code[0] - 0x84
                _expect(len(stack) >= size)
                stack[-size:] = [tuple(stack[-size:])]
            case b"c":  # GLOBAL
                stack.append(_named(f"{line()}.{line()}"))
            case b"R":  # REDUCE
                arguments = stack.pop()
                stack.append(_called(stack.pop(), arguments))
            case b"b":  # BUILD
                state = stack.pop()
                stack.append(_built(stack.pop(), state))
            case b"\x80":  # PROTO
                take(1)
            case b".":  # STOP
                _expect(len(stack) == 1 and not outer)
                return stack.pop()
            # Newer protocols are read as far as the first name, to say what they ask for.
            case b"\x95":  # FRAME
                take(8)
            case b"\x8c":  # SHORT_BINUNICODE
                stack.append(take(number(1)).decode())
            case b"\x94":  # MEMOIZE
                pass
            case b"\x93":  # STACK_GLOBAL
                name, module = stack.pop(), stack.pop()
                _expect(type(name) is str and type(module) is str)
                stack.append(_named(f"{module}.{name}"))
            case code:
                raise DatasetError(
                    f"the pickle has the instruction 0x{code.hex()} at byte {place - 1}, which no "
                    "published batch has, but one that was pickled anew; use the published archive"
                )
    raise DatasetError(
        f"the pickle has more than {MOST_INSTRUCTIONS} instructions; do not use this file"
    )


def _expect(holds: bool) -> None:
    if not holds:
        raise ValueError("an instruction without what it needs")


def _named(name: str) -> Name:
    try:
        return Name(name)
    except ValueError:
        allowed = ", ".join(known.value for known in Name)
        raise DatasetError(
            f"the pickle asks for {name}, which is refused (a batch needs {allowed}); do not use this "
            "file"
        ) from None


def _called(function: Any, arguments: Any) -> Unfinished:
    match function, arguments:
        case Name.RECONSTRUCT, (Name.NDARRAY, (0,), b"b"):
            return Unfinished(Name.NDARRAY)
        case Name.DTYPE, (bytes() as kind, 0, 1) if re.fullmatch(rb"[iuf][1248]", kind):
            return Unfinished(Name.DTYPE, kind)
    raise DatasetError("the pickle makes another call than batches do; do not use this file")


def _built(made: Any, state: Any) -> np.ndarray | np.dtype:
    match made, state:
        case (
            Unfinished(Name.DTYPE, kind),
            (3, b"|" | b"<" | b">" | b"=" as order, None, None, None, -1, -1, 0),
        ):
            return np.dtype((order + kind).decode())
        case (
            Unfinished(Name.NDARRAY),
            (1, tuple() as shape, np.dtype() as dtype, False, bytes() as data),
        ) if len(shape) <= MOST_DIMENSIONS and all(type(size) is int for size in shape):
            # Raises ValueError unless the data fill the shape.
            return np.frombuffer(data, dtype).reshape([max(size, 0) for size in shape])
    raise DatasetError("the pickle sets another state than that of an array; do not use this file")
