"""Threads that share the work of one training, with results that do not depend on their number.

Work is cut into pieces whose number has nothing to do with the threads; each piece has a result of its
own, and what is combined is combined in the order of the pieces. numpy lets other threads run while it
multiplies matrices and goes through long vectors.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TypeVar

Result = TypeVar("Result")


class Workers:
    """The calling thread, and so many more that there are `threads`."""

    def __init__(self, threads: int = 1):
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def run(self, work: Callable[[int, int], Result], pieces: int) -> list[Result]:
        """work(piece, worker) of every piece, in their order; a worker does one piece at a time.

        What a piece raises is raised here, when no other piece is worked on any more.
        """
        if self._pool is None or pieces == 1:
            return [work(piece, 0) for piece in range(pieces)]
        results: list = [None] * pieces
        left = iter(range(pieces))

        def take(worker: int) -> None:
            try:
                for piece in left:  # shared: each piece goes to the worker that is free
                    results[piece] = work(piece, worker)
            finally:
                deque(left, maxlen=0)  # after a failure, or Ctrl-C, nobody begins another piece

        others = [  # in contexts like this one, which has numpy's errstate
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
