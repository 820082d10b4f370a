"""No stage but fetch uses a network, and of the code one module alone can."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest
from harness import ROOT

NETWORK = {"asyncio", "ftplib", "http", "requests", "smtplib", "socket", "ssl", "urllib", "urllib3",
           "xmlrpc"}  # fmt: skip
# Imported by every Python before anything else: notes which program runs, and refuses to connect.
GUARD = """
import os, socket, sys

def note(*words):
    with open(os.environ["NN_TEST_NOTES"], "a") as file:
        print(*words, file=file)

def refuse(self, address, *more):
    if self.family == socket.AF_UNIX:  # within this machine
        return connect(self, address)
    note("connects", address, *sys.orig_argv)
    raise OSError("no network in this test")

connect = socket.socket.connect
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
socket.getaddrinfo = lambda host, *more, **options: refuse(socket.socket(), host)
note("runs", *sys.orig_argv)
"""


@pytest.mark.exhaustive
def test_no_stage_but_fetch_uses_a_network(fresh):
    guard = fresh.folder / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD)
    environment = {"PYTHONPATH": str(guard), "NN_TEST_NOTES": str(guard / "notes")}

    def change(config):
        tiny = config["experiments"]["tiny"]
        del tiny["refit"]
        tiny |= {"baselines": ["linear_svc_scores"], "studies": ["posted_net"]}
        tiny["network"] = {"hidden": [4], "activation": "sigmoid"}
        tiny["training"] |= {"epochs": 2}
        tiny["halving"] = {"factor": 2, "min_epochs": 1}
        config["experiments"], config["targets"] = {"tiny": tiny}, ["tiny"]

    fresh.edit(change)
    fresh.snakemake(**environment)
    notes = (guard / "notes").read_text()
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    # verify is no stage; fetch is run below, because the digits are generated.
    programs = set(re.findall(r'(?:program|calls)\("(\w+)"\)', rules)) - {"verify", "fetch"}
    assert len(programs) > 12
    assert set(re.findall(r"^runs .*scripts/(\w+)\.py ", notes, re.MULTILINE)) >= programs
    assert "connects" not in notes

    # And fetch does: the guard would have seen the others.
    url, settings = "http://198.51.100.1/x.gz", json.dumps({"sha256": 64 * "0"})
    command = [sys.executable, "scripts/fetch.py", "--dataset", "a", "--file", "x.gz", "--settings"]
    command += [settings, "--mirrors", url, "--output", "x.gz"]
    done = subprocess.run(
        command, cwd=fresh.folder, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 1 and "no network in this test" in done.stderr
    assert re.search(r"^connects .*fetch\.py ", (guard / "notes").read_text(), re.MULTILINE)


def test_one_module_of_the_code_can_use_a_network():
    found = set()
    for path in sorted((ROOT / "scripts").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            if {name.split(".")[0] for name in names} & NETWORK:
                found.add(path.relative_to(ROOT).as_posix())
    assert found == {"scripts/datasets/downloading.py"}
