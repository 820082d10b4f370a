"""Projects whose files are in a storage; and jobs that share no folder with who sends them."""

import importlib.util
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness import Project, copy_sources, small

HERE = Path(__file__).parent
NEEDED = ("snakemake_storage_plugin_fs", "snakemake_storage_plugin_s3", "moto", "flask_cors")


def pytest_collection_modifyitems(items):
    """Skip the tests of this folder if their packages are not installed."""
    missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
    missing += [name for name in ("rsync", "git") if not shutil.which(name)]
    if missing:
        reason = f"not installed: {', '.join(missing)} (requirements/storage.txt; rsync, git)"
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=reason))


def three(config: dict) -> None:
    """A sweep with a refit, a single network, and a sweep by halving."""
    small(config)
    halved = dict(config["experiments"]["single"])
    halved["training"] = {"learning_rate": 0.1, "epochs": 2}
    halved["sweep"] = {"grid": {"training.learning_rate": [1.0e-6, 0.1]}}
    halved["halving"] = {"factor": 2, "min_epochs": 1}
    config["experiments"]["single"]["training"]["epochs"] = 3
    config["experiments"]["halved"] = halved
    config["targets"] = ["tiny", "single", "halved"]


@dataclass
class Stored(Project):
    """A project whose files are in a storage."""

    options: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, check: bool = True) -> str:
        """Run the workflow; return its output."""
        done = self.snakemake(*self.options, *arguments, check=check, **self.environment)
        return done.stdout


def project(folder: Path, kind: type = Project, **settings) -> Project:
    folder.mkdir()
    copy_sources(folder)
    made = kind(folder, **settings)
    made.edit(three)
    return made


@pytest.fixture(scope="session")
def plain(tmp_path_factory) -> Project:
    """The same experiments without a storage, to compare with."""
    made = project(tmp_path_factory.mktemp("plain") / "project")
    made.snakemake()
    return made


def in_folder(storage: Path) -> list[str]:
    """The options for a storage that is a folder."""
    return ["--default-storage-provider", "fs", "--default-storage-prefix", str(storage)]


@pytest.fixture
def in_a_folder(tmp_path) -> Stored:
    """A project whose files are in the folder `storage` next to it."""
    return project(tmp_path / "project", Stored, options=in_folder(tmp_path / "storage"))


@pytest.fixture
def apart(tmp_path) -> Stored:
    """The same, with jobs in empty folders of their own; Snakemake brings the sources to them."""
    options = [
        *in_folder(tmp_path / "storage"),
        *("--executor", "cluster-generic", "--jobs", "4", "--seconds-between-status-checks", "1"),
        *("--cluster-generic-submit-cmd", f"sh {HERE / 'submit.sh'}"),
        *("--cluster-generic-status-cmd", f"sh {HERE / 'status.sh'}"),
        *("--shared-fs-usage", "none", "--job-deploy-sources"),
    ]
    environment = {
        "NODES": str(tmp_path / "nodes"),
        "NODE_PYTHON": str(Path(sys.executable).parent),
    }
    made = project(tmp_path / "project", Stored, options=options, environment=environment)
    # The jobs get the files that `git ls-files` lists.
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=made.folder, check=True)
    return made


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    """The address of an S3 server on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        for _ in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        else:
            raise AssertionError(log.read_text())
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


@pytest.fixture
def in_s3(tmp_path, s3) -> Stored:
    """A project whose files are in a bucket."""
    options = ["--default-storage-provider", "s3", "--default-storage-prefix", "s3://networks/here"]
    options += ["--storage-s3-endpoint-url", s3]
    keys = {"AWS_ACCESS_KEY_ID": "of-no-account", "AWS_SECRET_ACCESS_KEY": "not-asked-for"}
    return project(tmp_path / "project", Stored, options=options, environment=keys)


@pytest.fixture
def bucket(s3):
    """Gives the files of the bucket, by name."""
    import boto3

    connection = boto3.resource(
        "s3", endpoint_url=s3, region_name="us-east-1",
        aws_access_key_id="of-no-account", aws_secret_access_key="not-asked-for",
    )  # fmt: skip

    def files() -> dict[str, bytes]:
        objects = connection.Bucket("networks").objects.filter(Prefix="here/")
        return {o.key.removeprefix("here/"): o.get()["Body"].read() for o in objects}

    return files
