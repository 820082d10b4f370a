"""Explicit random generators: one per purpose, so that none disturbs another."""

import numpy as np

PURPOSES = {"init": 0, "shuffling": 1, "dropout": 2, "augmentation": 3}
WORD = 2**64 - 1


def streams(seed: int) -> dict[str, np.random.Generator]:
    """Independent generators for `init`, `shuffling`, `dropout` and `augmentation`.

    Each comes from the seed and a fixed key of its purpose: drawing dropout masks changes neither
    the initial weights nor the order of the batches.
    """
    return {
        purpose: np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(key,)))
        )
        for purpose, key in PURPOSES.items()
    }


def generator_state(rng: np.random.Generator) -> np.ndarray:
    """The state of a PCG64 generator as six uint64, which `np.savez` stores without pickles."""
    state = rng.bit_generator.state
    numbers = state["state"]["state"], state["state"]["inc"]
    words = [word for number in numbers for word in (number >> 64, number & WORD)]
    return np.array([*words, state["has_uint32"], state["uinteger"]], np.uint64)


def restore_generator(rng: np.random.Generator, words: np.ndarray) -> None:
    """Put a generator back to where `generator_state` read it: it goes on with the same numbers."""
    high, low, inc_high, inc_low, has_uint32, uinteger = (int(word) for word in words)
    rng.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": high << 64 | low, "inc": inc_high << 64 | inc_low},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
