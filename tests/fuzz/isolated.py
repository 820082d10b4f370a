"""Run code that may crash, hang or take all memory in its own process."""

import faulthandler
import json
import math
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator

MEGABYTE = 1 << 20
PATIENCE = 12  # a busy or halted machine does not count as hanging


def outcomes(
    work: Callable[[int], str],
    count: float,
    memory: int,
    seconds: float,
    until: float = math.inf,
    first: int = 0,
) -> Iterator[tuple[int, str]]:
    """Yield the numbers `first`, `first` + 1, ... with what `work` returned for each, or how it failed.

    There are `count` of them, fewer if the time `until` (of `time.monotonic`) comes first. The work
    is done in a forked process, which may take `memory` bytes more than it begins with, and `seconds`
    of a processor for each number (or twice PATIENCE times as long by the clock, if it waits). Where
    it dies, another one continues after that number.
    """
    number, end, again = first, first + count, None
    while number < end and time.monotonic() < until:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _work(work, number, end, until, memory, seconds, writing)
        os.close(writing)
        with open(reading, encoding="utf-8") as lines:
            for line in lines:
                yield number, json.loads(line)
                number += 1
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == -signal.SIGALRM and number != again:
            again = number  # others had the processor: what hangs does so a second time
        elif status:
            how = {
                -signal.SIGPROF: f"no end within {seconds} s",
                -signal.SIGALRM: f"no end within {PATIENCE * seconds:g} s by the clock, twice",
            }
            yield number, f"died: {how.get(status, f'status {status}')}"
            number += 1


def _work(work, number, end, until, memory, seconds, writing) -> None:
    """Work through the numbers and end this process, whatever comes."""
    try:
        faulthandler.disable()  # pytest's: who asked sees how the process ended
        for timer in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(timer, signal.SIG_DFL)  # ends the process, within C code too
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", encoding="ascii") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory, taken + memory))
        with open(writing, "w", encoding="utf-8") as results:
            while number < end and time.monotonic() < until:
                _limit(seconds)
                try:
                    text = work(number)
                except BaseException:
                    text = f"raised: {traceback.format_exc(limit=-6)[-3000:]}"
                _limit(0)
                print(json.dumps(text), file=results, flush=True)
                number += 1
        os._exit(0)
    finally:
        os._exit(99)


def _limit(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE * seconds)
