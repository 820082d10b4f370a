"""Explicit random generators, one per purpose, so that none disturbs another."""

import numpy as np

from .errors import SettingsError

LARGEST_SEED = 2**63 - 1  # files store the seeds of runs as int64
PURPOSES = {"init": 0, "shuffling": 1, "dropout": 2, "augmentation": 3}
WORD = 2**64 - 1


def streams(seed: int, shards: int = 1) -> dict[str, np.random.Generator]:
    """Return independent generators for `init`, `shuffling`, `dropout` and `augmentation`.

    Each derives from the seed and a fixed key of its purpose: drawing dropout masks changes neither
    the initial weights nor the order of the batches. Each shard of a batch draws its own masks; those
    after the first use `dropout.1`, `dropout.2`, ... Raises SettingsError unless the seed is a whole
    number from 0 to LARGEST_SEED.
    """
    if not (isinstance(seed, int | np.integer) and 0 <= seed <= LARGEST_SEED):
        raise SettingsError(
            f"seed: found {seed!r}, expected a whole number from 0 to {LARGEST_SEED}"
        )
    keys = {purpose: (key,) for purpose, key in PURPOSES.items()}
    keys |= {f"dropout.{shard}": (PURPOSES["dropout"], shard) for shard in range(1, shards)}
    return {name: generator_of(seed, *key) for name, key in keys.items()}


def generator_of(seed: int, *key: int) -> np.random.Generator:
    """Return the generator of a seed and a key."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def generator_state(rng: np.random.Generator) -> np.ndarray:
    """Return the state of a PCG64 generator as six uint64, which `np.savez` stores without pickles."""
    state = rng.bit_generator.state
    numbers = state["state"]["state"], state["state"]["inc"]
    words = [word for number in numbers for word in (number >> 64, number & WORD)]
    return np.array([*words, state["has_uint32"], state["uinteger"]], np.uint64)


def restore_generator(rng: np.random.Generator, words: np.ndarray) -> None:
    """Restore a state read by `generator_state`: the generator continues with the same numbers."""
    high, low, inc_high, inc_low, has_uint32, uinteger = (int(word) for word in words)
    rng.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": high << 64 | low, "inc": inc_high << 64 | inc_low},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
