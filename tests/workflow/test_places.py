"""Disks that are full or may not be written to."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness import ROOT, small


def one_network(config):
    small(config)
    config["targets"] = ["single"]


@pytest.fixture
def small_disk(tmp_path) -> Path:
    """A file system of 96 kB: the training images alone have 92."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("cannot mount a file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.exhaustive
def test_a_full_disk_is_reported_and_the_same_command_continues_with_more_space(fresh, small_disk):
    fresh.edit(one_network)
    (fresh.folder / "results").symlink_to(small_disk, target_is_directory=True)
    failed = fresh.snakemake("--cores", "1", check=False)
    assert failed.returncode == 1
    # The log is on that disk, too: there may be no room for a message.
    assert "Traceback" not in failed.stdout
    made = [path for path in small_disk.rglob("*") if path.is_file()]
    assert made and not [path for path in made if path.suffix == ".npy"]
    resize = ["mount", "-o", "remount,size=60m", str(small_disk)]
    subprocess.run(resize, check=True)
    fresh.snakemake()


def test_a_disk_that_is_read_only_ends_in_one_message(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    drawn = '{"format": "spiral", "points_per_class": 5, "noise": 0.2, "seed": 0, "classes": 3}'
    command = [ROOT / "scripts/parse.py", "--settings", drawn, "--output-folder", small_disk]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(r"error: .*: read-only file system\n", done.stderr)


def test_a_dry_run_in_a_read_only_folder_ends_in_one_message(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    command = [sys.executable, "-m", "snakemake", "-n", "--snakefile", ROOT / "Snakefile"]
    done = subprocess.run(command, cwd=small_disk, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert f"\nerror: {small_disk}: not writable" in done.stderr


def test_an_array_that_does_not_fit_on_a_disk_is_one_message(small_disk):
    drawn = '{"format": "spiral", "points_per_class": 9000, "noise": 0.2, "seed": 0, "classes": 3}'
    command = [ROOT / "scripts/parse.py", "--settings", drawn, "--output-folder", small_disk]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(r"^error: .*: no space left on device\n\Z", done.stderr, re.M)
    assert list(small_disk.iterdir()) == []
