"""Threads share pieces of work; if one fails, the others stop."""

import threading
import time

import pytest

from nn import Workers

PIECES = 200


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_are_in_the_order_of_the_pieces(threads):
    def work(piece: int, worker: int) -> int:
        time.sleep((piece % 3) * 1e-4)
        return piece**2

    assert Workers(threads).run(work, 50) == [piece**2 for piece in range(50)]


@pytest.mark.parametrize("failing", ["the calling thread", "another thread"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_ends_the_work_of_all(failing, error):
    """Ctrl-C reaches the calling thread alone: the program would wait for all other pieces."""
    begun, both = [], threading.Barrier(2)

    def work(piece: int, worker: int) -> None:
        begun.append(piece)
        if len(begun) <= 2:
            both.wait(10)
        if (worker == 0) == (failing == "the calling thread"):
            raise error("here")
        time.sleep(0.01)

    with pytest.raises(error, match="here"):
        Workers(2).run(work, PIECES)
    found = len(begun)
    assert found < PIECES / 2
    time.sleep(0.05)
    assert len(begun) == found
