"""A real Slurm on this machine, for tests: munged, slurmctld and some slurmd on the loopback address.

It needs no systemd, no cgroups and no accounting database; memory and time limits are enforced all the
same. All its state is in one folder. By hand (``eval`` sets SLURM_CONF and PATH of the shell):

    python tests/slurm/cluster.py install        # Debian, Ubuntu: apt-get install, as root
    eval "$(python tests/slurm/cluster.py start)"
    python tests/slurm/cluster.py kill-node n2   # as a power cut; start-node n2 brings it back
    python tests/slurm/cluster.py stop
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = ["munge", "slurm-client", "slurmctld", "slurmd"]
PROGRAMS = ["munged", "sbatch", "slurmctld", "slurmd"]
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"


def is_installed() -> bool:
    """Whether the programs are there."""
    return all(shutil.which(program, path=SEARCHED) for program in PROGRAMS)


def install() -> None:
    """Install the packages, without letting their services start."""
    if is_installed():
        return
    policy = Path("/usr/sbin/policy-rc.d")  # asked by package scripts before they start a service
    made = not policy.exists()
    if made:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            subprocess.run(["apt-get", "-qq", *command], check=True, env=environment)
    finally:
        if made:
            policy.unlink()


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Return when the condition holds; raise a TimeoutError that names the condition."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


class Cluster:
    """A one-machine cluster.

    Args:
        folder: of configuration, state and logs; a short path (a socket is in it).
        nodes: how many; they are called n1, n2, ...
        cpus: of each node, whatever this machine has.
        memory: of each node, in MB.
        port: slurmctld's; the nodes take the following ones.
    """

    def __init__(
        self, folder: Path, nodes: int = 3, cpus: int = 2, memory: int = 6000, port: int = 27400
    ):
        self.folder, self.port, self.cpus, self.memory = Path(folder), port, cpus, memory
        self.nodes = [f"n{i + 1}" for i in range(nodes)]
        self.configuration = self.folder / "slurm.conf"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which Slurm's commands, and Snakemake, find this cluster."""
        return {"SLURM_CONF": str(self.configuration), "PATH": f"{self.folder}/bin:{SEARCHED}"}

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command of Slurm; return its output."""
        done = subprocess.run(
            command, check=check, text=True, stdout=subprocess.PIPE,
            env={**os.environ, **self.environment},
        )  # fmt: skip
        return done.stdout

    def start(self) -> None:
        """Start missing daemons, and wait until all nodes take jobs."""
        for folder in ("state", "bin"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # munge insists
        self.write_configuration()
        self.start_munge()
        self.start_controller()
        for node in self.nodes:
            self.start_node(node)
        self.wait_for_nodes()

    def write_configuration(self) -> None:
        host = socket.gethostname().partition(".")[0]
        line = (
            "NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} "
            "CPUs={cpus} RealMemory={memory} State=UNKNOWN"
        )
        nodes = [
            line.format(node=n, host=host, port=self.port + i, cpus=self.cpus, memory=self.memory)
            for i, n in enumerate(self.nodes, 1)
        ]
        user = self.run("id", "-un").strip()
        values = {"host": host, "port": self.port, "user": user, "folder": self.folder}
        self.configuration.write_text(
            (HERE / "slurm.conf").read_text().format(**values, nodes="\n".join(nodes))
        )
        sacct = self.folder / "bin/sacct"
        shutil.copy(HERE / "sacct.sh", sacct)
        sacct.chmod(0o755)

    def pid(self, daemon: str) -> int | None:
        """The process of a daemon (``munged``, ``slurmctld``, ``slurmd.n1``), if it is alive."""
        try:
            pid = int((self.folder / f"{daemon}.pid").read_text())
            program = Path(f"/proc/{pid}/comm").read_text().strip()
        except (OSError, ValueError):
            return None
        return pid if program == daemon.partition(".")[0] else None

    def start_munge(self) -> None:
        if self.pid("munged"):
            return
        key = self.folder / "munge.key"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_bytes(os.urandom(1024))
        places = {"key-file": key, "socket": self.folder / "munge.sock"}
        places |= {f"{kind}-file": self.folder / f"munged.{kind}" for kind in ("log", "seed")}
        places["pid-file"] = self.folder / "munged.pid"
        self.run("munged", "--force", *(f"--{name}={path}" for name, path in places.items()))

    def start_controller(self) -> None:
        if not self.pid("slurmctld"):
            self.run("slurmctld", "-f", str(self.configuration))

    def start_node(self, node: str) -> None:
        (self.folder / f"spool.{node}").mkdir(exist_ok=True)
        if not self.pid(f"slurmd.{node}"):
            self.run("slurmd", "-N", node, "-f", str(self.configuration))

    def wait_for_nodes(self) -> None:
        def all_up() -> bool:
            states = self.run("sinfo", "-h", "-N", "-o", "%T", check=False).split()
            return len(states) == len(self.nodes) and set(states) <= {"idle", "mixed", "allocated"}

        wait_until(all_up, 120, f"all nodes up (see the logs in {self.folder})")

    def stop_daemon(self, daemon: str) -> None:
        """Stop a daemon and wait for its end."""
        if pid := self.pid(daemon):
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not self.pid(daemon), 60, f"{daemon} stopped")

    def cancel(self) -> None:
        """Cancel all jobs, and wait until none is left."""
        self.run("scancel", "--full", "--state=PENDING", "--me", check=False)
        self.run("scancel", "--full", "--me", check=False)
        wait_until(lambda: not self.run("squeue", "-h", check=False), 120, "jobs cancelled")

    def stop(self) -> None:
        """Cancel all jobs and stop all daemons."""
        if self.pid("slurmctld"):
            self.cancel()
        for daemon in [*(f"slurmd.{node}" for node in self.nodes), "slurmctld", "munged"]:
            self.stop_daemon(daemon)

    def kill_node(self, node: str) -> None:
        """Take a node away as a power cut would: its slurmd and everything that runs on it."""
        log = str(self.folder / f"slurmd.{node}.log")
        doomed = [pid for pid in (self.pid(f"slurmd.{node}"),) if pid]
        for process in Path("/proc").glob("[0-9]*"):  # the steps write into the log of their node
            if read(process / "comm") == "slurmstepd" and log in opened(process):
                doomed += descendants(int(process.name))
        for pid in doomed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        (self.folder / f"slurmd.{node}.pid").unlink(missing_ok=True)


def read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # the process ended meanwhile
        return ""


def opened(process: Path) -> set[str]:
    """The files that a process has open."""
    try:
        return {os.readlink(link) for link in (process / "fd").iterdir()}
    except OSError:
        return set()


def descendants(pid: int) -> list[int]:
    """A process and all below it."""
    children = [read(task) for task in Path(f"/proc/{pid}/task").glob("*/children")]
    return [pid, *(p for child in " ".join(children).split() for p in descendants(int(child)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    actions = ["install", "start", "stop", "status", "kill-node", "start-node", "stop-controller"]
    parser.add_argument("action", choices=actions)
    parser.add_argument("node", nargs="?", help="n1, n2, ...")
    default = Path(tempfile.gettempdir(), f"one-machine-slurm-{os.getuid()}")
    parser.add_argument("--folder", type=Path, default=default, help="default: %(default)s")
    parser.add_argument("--nodes", type=int, default=3)
    options = parser.parse_args()
    cluster = Cluster(options.folder, options.nodes)
    if options.action == "install":
        install()
    elif options.action == "start":
        cluster.start()
        for name, value in cluster.environment.items():
            print(f"export {name}={value}")
    elif options.action == "status":
        sys.stdout.write(cluster.run("sinfo", "-N") + cluster.run("squeue", "-a"))
    elif options.action == "stop-controller":
        cluster.stop_daemon("slurmctld")
    elif options.action == "stop":
        cluster.stop()
    else:
        {"kill-node": cluster.kill_node, "start-node": cluster.start_node}[options.action](
            options.node
        )


if __name__ == "__main__":
    main()
