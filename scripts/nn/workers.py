"""Threads that share the work of one training, with results that do not depend on their number.

Work is divided into pieces whose number does not depend on the threads. Each piece has a result of its
own, and results are combined in the order of the pieces. numpy releases the interpreter lock during
matrix products and operations on long vectors, so threads really run at the same time.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache
from typing import TypeVar

import numpy as np

Result = TypeVar("Result")


class Workers:
    """A pool of `threads` threads, one of which is the calling thread."""

    def __init__(self, threads: int = 1):
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def run(self, work: Callable[[int, int], Result], pieces: int) -> list[Result]:
        """Return work(piece, worker) for every piece, in order; each worker does one at a time.

        An exception in a piece is raised here, after all workers have stopped.
        """
        if self._pool is None or pieces == 1:
            return [work(piece, 0) for piece in range(pieces)]
        results: list = [None] * pieces
        left = iter(range(pieces))

        def take(worker: int) -> None:
            try:
                for piece in left:  # shared: the next free worker takes the next piece
                    results[piece] = work(piece, worker)
            finally:
                deque(left, maxlen=0)  # after a failure or Ctrl-C, no piece is started

        others = [  # in copies of this context, which holds numpy's errstate
            self._pool.submit(copy_context().run, take, worker)
            for worker in range(1, min(self.threads, pieces))
        ]
        try:
            take(0)
            for other in others:
                other.result()
        except BaseException:
            wait(others)
            raise
        return results


ALONE = Workers()


@cache
def use_blas_memory(threads: int) -> None:
    """Multiply once in each thread, so that all memory in which BLAS packs matrices was used.

    OpenBLAS's kernels for Haswell read ahead of the packed numbers. On Zen 1, reading memory that was never
    used made later products of float32 matrices with up to 320 columns up to four times slower.
    """
    a, b = np.ones((64, 512), np.float32), np.ones((512, 1024), np.float32)

    def multiply(piece: int, worker: int) -> None:
        for _ in range(threads**2):  # until all threads have started: each needs memory of its own
            a @ b

    Workers(threads).run(multiply, threads)
