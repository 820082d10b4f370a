"""What every program shares: its parser, the types of its options, and messages without tracebacks."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.errors import UserError
from origin import kernels

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def parser(description: str | None, **options: Any) -> argparse.ArgumentParser:
    """Return a parser whose help shows a program's docstring with its own line breaks."""
    layout = argparse.RawDescriptionHelpFormatter
    return argparse.ArgumentParser(description=description, formatter_class=layout, **options)


def add_configfile(to: argparse.ArgumentParser, what: str) -> None:
    """Add Snakemake's option --configfile to a program; `what` is its help."""
    to.add_argument(
        "--configfile", nargs="*", action="extend", default=[], metavar="FILE", help=what
    )


def add_files(to: argparse.ArgumentParser, **files: str) -> None:
    """Add required options that name a file each; the values are their help."""
    for name, about in files.items():
        to.add_argument(f"--{name}", required=True, type=Path, help=about)


def add_training_arrays(to: argparse.ArgumentParser) -> None:
    """Add --images and --labels: the arrays of a dataset's training file."""
    names = {part: f"train_{part}.npy of the dataset" for part in ("images", "labels")}
    add_files(to, **names)


def add_runs(to: argparse.ArgumentParser, *keys: str) -> None:
    """Add the runs of an experiment and their metrics; the settings need some ``keys``."""
    to.add_argument("--experiment", required=True, help="its name, for messages")
    about = "JSON: the settings that the list of runs depends on"
    to.add_argument("--settings", required=True, type=json_with(*keys), help=about)
    about = "the metrics of its runs, .json; @FILE reads the names from its lines"
    to.add_argument("--metrics", required=True, nargs="*", type=Path, help=about)


def json_with(*keys: str) -> Callable[[str], Any]:
    """Return argparse's type of an option that is JSON; with ``keys``, a mapping that has them."""

    def read(text: str) -> Any:
        shown = text if len(text) <= 60 else f"{text[:60]} ..."
        try:
            value = json.loads(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{shown!r} is not JSON: {error}") from None
        for key in keys:
            if not isinstance(value, dict) or key not in value:
                lacks = f"{shown!r} lacks the key {key!r}; expected {', '.join(keys)}"
                raise argparse.ArgumentTypeError(lacks)
        return value

    return read


def pair(text: str) -> tuple[str, str]:
    """Read an option `name=file`, as a type for argparse."""
    name, equals, file = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=FILE")
    return name, file


def use_one_thread() -> None:
    """Let libraries compute in one thread, because two add in another order and give other bits."""
    if all(os.environ.get(name) == "1" for name in THREADS):  # by Snakemake, for most jobs
        return
    import threadpoolctl  # a twentieth of the start

    os.environ |= dict.fromkeys(THREADS, "1")  # read by libraries that are loaded later
    threadpoolctl.threadpool_limits(1)


def run(main: Callable[[], int | None]) -> None:
    """Run a program: a mistake of the user ends in one message and exit code 1, not a traceback.

    A mistake is a UserError, or an error of the operating system. SIGTERM and SIGHUP end a program like
    Ctrl-C, so that it leaves no temporary file.
    """
    if sys.version_info < (3, 11):  # noqa: UP036
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"error: Python 3.11 or newer is needed, this is {found} ({sys.executable})")
    for stop in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(stop) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(stop, lambda number, frame: sys.exit(128 + number))
    for name in ("stdout", "stderr"):  # None if they are closed
        stream = getattr(sys, name) or open(os.devnull, "w")  # noqa: SIM115
        setattr(sys, name, stream)
        stream.reconfigure(errors="backslashreplace")  # a locale may lack letters of a name
    try:
        if kernels.PORTABLE and kernels.request_portable():
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # numpy chose others
        use_one_thread()
        kernels.check()
        code = main()
        sys.stdout.flush()
        sys.exit(code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # by `| head`; Python would complain again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except Exception as error:
        if not isinstance(error, OSError | UserError):
            raise
        if isinstance(error, OSError) and error.filename and error.strerror:
            error = f"{error.filename}: {error.strerror.lower()}"  # without [Errno 2]
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
