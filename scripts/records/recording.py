"""What made each artifact, written when a call of the workflow ends: see provenance.py for the files.

Of an artifact of an earlier call stays what that call wrote, as long as the file is there and all that it
was made from is what it was then. So the checksums are those of the files as their jobs left them, and a
file that was changed afterwards is found.
"""

from common import calls
from common.calls import UNRECORDED, say
from common.code import DECIDING
from common.wiring import Aside

import json
import os
import platform
import re
import shlex
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import snakemake

from . import made
from .provenance import FILE, Record, load, write

# Of a command what decides no byte: the log, the number of threads, a folder of this machine.
IRRELEVANT = re.compile(r" > \S+ 2>&1| --threads \d+| --local-mirror (?:'[^']*'|\S)+")
# Parameters of jobs that are no settings.
NO_SETTINGS = {"code", "data", "captions"}
KERNEL = "import json; from common.kernels import kernel; print(json.dumps(kernel()))"


def record(workflow) -> None:
    """Write what made the artifacts that are there now that a call has ended."""
    if workflow.storage_settings.default_storage_provider:
        return say(f"{FILE} is not written: the files are in a storage.")
    if not snakemake.__version__.startswith("9.27"):  # whose inner parts are as they are used here
        return say(f"{FILE} is not written with Snakemake {snakemake.__version__}, but with 9.27.")
    try:
        write(updated(load(), workflow.dag, _begun()))
        UNRECORDED.unlink(missing_ok=True)
    except OSError as error:
        say(f"{FILE} is not written: {error.filename}: {error.strerror}.")


def record_when_idle(workflow) -> None:
    """Let a call with nothing to do record what one made that was killed before it could.

    Snakemake 9.27 calls its hooks only where jobs run.
    """
    execute = workflow.execute

    def executed(*arguments, **named):
        execute(*arguments, **named)
        if not (workflow.dryrun or workflow.execution_settings.no_hooks):
            with suppress(OSError), calls.held():  # another call records itself
                since = _begun()
                if since and any(_changed(job, since) for job in workflow.dag.jobs):
                    record(workflow)

    if workflow.is_main_process:
        workflow.execute = executed


def _changed(job, since: float) -> bool:
    return any(os.path.exists(path) and os.path.getmtime(path) >= since for path in job.output)


def _begun() -> float:
    """When the first job began whose files are not recorded; without locks that is not known."""
    return UNRECORDED.stat().st_mtime if UNRECORDED.exists() else 0.0


def updated(before: Record, dag, since: float) -> Record:
    """What is recorded after a call with this graph of jobs; files are new that were written ``since``."""
    old, made_in = before["artifacts"], dict(before["not_compared"]["made_in"])
    then = {**before["inputs"], **{path: entry["sha256"] for path, entry in old.items()}}
    environments = dict(before["not_compared"]["environments"])
    now = environment()
    here = made.digest(now)[:8]
    environments[here] = now
    waiting, entries, read = set(dag.needrun_jobs()), {}, set()
    for job in dag.jobs:
        for path in filter(os.path.exists, map(str, job.output if job not in waiting else ())):
            new = os.path.getmtime(path) >= since
            if new or path not in old:
                entries[path] = {**described(job), "sha256": made.file_digest(path)}
                made_in[path] = here if new else None
                read.update(map(str, job.input))
            else:
                entries[path] = old[path]
    # What stays of other calls, and the checksums of what all was made from: those that are not known
    # are of files that no job made.
    planned = {str(path) for job in dag.jobs for path in job.output}
    others = {path: old[path] for path in old.keys() - planned if os.path.exists(path)}
    # What a killed call with another graph made: a call with that graph will record it.
    unknown = {path for path in others if 0 < since <= os.path.getmtime(path)}
    others = {path: entry for path, entry in others.items() if path not in unknown}
    sums = {**then, **dict.fromkeys(str(path) for job in waiting for path in job.output)}
    sums |= dict.fromkeys(unknown)
    for path in read - planned - others.keys():
        sums[path] = made.file_digest(path) if os.path.isfile(path) else then.get(path)
    sums |= {path: entry["sha256"] for path, entry in entries.items()}
    while stale := [p for p, e in others.items() if any(sums[i] != then[i] for i in e["inputs"])]:
        for path in stale:
            del others[path]
            sums[path] = None
    entries |= others
    used = {path for entry in entries.values() for path in entry["inputs"]} - entries.keys()
    made_in = {path: key for path, key in made_in.items() if key and path in entries}
    return {
        "artifacts": entries,
        "inputs": {path: sums[path] for path in used if sums.get(path)},
        "not_compared": {
            "environments": {key: environments[key] for key in {here, *made_in.values()}},
            "made_in": made_in,
        },
    }


def described(job) -> Record:
    """What a job is: its rule, its command, what it reads, and what it depends on."""
    command = job.shellcmd.replace(shlex.quote(sys.executable), "python")
    settings = {}
    for name, value in job.params.items():
        if name not in NO_SETTINGS and not isinstance(value, Aside):
            with suppress(ValueError, TypeError):  # options of the command
                settings[name] = json.loads(value) if isinstance(value, str) else value
    found = {
        "rule": job.rule.name,
        "command": IRRELEVANT.sub("", command).strip(),
        "inputs": sorted(map(str, job.input)),
        "settings": {**settings.pop("settings", {}), **settings},
        "code": job.params.get("code"),
    }
    return {key: value for key, value in found.items() if value or key == "inputs"}


def environment() -> Record:
    """The versions of Python and of the packages that decide bytes, and the kernels that compute here."""
    # In a process as jobs are: this one may have loaded numpy before it knew of `portable`.
    command = [sys.executable, "-c", KERNEL]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),  # some exponentials and logarithms are its own
        "packages": {package: version(package) for package in sorted(DECIDING.values())},
        "kernel": json.loads(done.stdout or "{}"),
    }
