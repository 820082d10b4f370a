"""What is recorded after a call, by the graph of its jobs; whole calls are in tests/workflow."""

import os
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from records import provenance, recording
from records.made import file_digest

THEN, CALL, NOW = 1000.0, 2000.0, 3000.0


@dataclass(eq=False)
class Job:
    """As much of Snakemake's job as is read."""

    output: list[str]
    input: list[str] = field(default_factory=list)
    waits: bool = False
    params: dict = field(default_factory=lambda: {"code": "c0de", "settings": '{"rate": 1}'})

    @property
    def rule(self):
        return SimpleNamespace(name="make")

    @property
    def shellcmd(self):
        return (
            f"{recording.sys.executable} make.py --threads 4 --output {self.output[0]} > a.log 2>&1"
        )


@pytest.fixture
def call(tmp_path, monkeypatch):
    """call(*jobs, since=CALL): what is recorded after a call with these jobs; files get old then."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(recording, "environment", lambda: {"python": "3"})
    state = {"now": provenance.load()}

    def call(*jobs, since=CALL):
        dag = SimpleNamespace(jobs=jobs, needrun_jobs=lambda: [job for job in jobs if job.waits])
        state["now"] = recording.updated(state["now"], dag, since)
        for file in tmp_path.rglob("*"):
            os.utime(file, (THEN, THEN))
        return state["now"]

    return call


def write(name: str, text: str, time: float = THEN) -> None:
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "w") as file:
        file.write(text)
    os.utime(name, (time, time))


def test_an_artifact_has_its_checksum_inputs_settings_code_and_command(call):
    write("raw", "data")
    write("model", "weights", NOW)
    found = call(Job(["model"], ["raw"]))
    assert found["artifacts"] == {
        "model": {
            "rule": "make",
            "command": "python make.py --output model",
            "inputs": ["raw"],
            "settings": {"rate": 1},
            "code": "c0de",
            "sha256": file_digest("model"),
        }
    }
    assert found["inputs"] == {"raw": file_digest("raw")}
    (key,) = found["not_compared"]["environments"]
    assert found["not_compared"]["made_in"] == {"model": key}


def test_a_file_that_was_changed_after_it_was_made_keeps_the_checksum_that_it_had(call):
    write("model", "weights", NOW)
    before = call(Job(["model"]))
    write("model", "changed", THEN)
    assert call(Job(["model"])) == before
    write("model", "made again", NOW)
    assert call(Job(["model"]))["artifacts"]["model"]["sha256"] == file_digest("model")


def test_what_other_calls_made_stays_while_it_is_there_and_not_stale(call):
    write("data", "one", NOW)
    for name in ("a", "b", "c"):
        write(name, name, NOW)
    jobs = [Job(["data"]), Job(["a"], ["data"]), Job(["b"], ["a"]), Job(["c"])]
    call(*jobs)
    assert call(jobs[3])["artifacts"].keys() == {"data", "a", "b", "c"}
    os.unlink("c")
    assert call(jobs[0])["artifacts"].keys() == {"data", "a", "b"}
    write("data", "two", NOW)
    assert call(jobs[0])["artifacts"].keys() == {"data"}


def test_of_a_deleted_file_only_its_checksum_stays_with_what_was_made_from_it(call):
    for name in ("model", "table"):
        write(name, name, NOW)
    sha256 = file_digest("model")
    call(Job(["model"]), Job(["table"], ["model"]))
    os.unlink("model")
    found = call(Job(["other"]))
    assert found["artifacts"].keys() == {"table"} and found["inputs"] == {"model": sha256}


def test_what_a_killed_call_with_another_graph_made_is_not_known(call):
    for name in ("data", "model", "table"):
        write(name, name, NOW)
    jobs = [Job(["data"]), Job(["model"], ["data"]), Job(["table"], ["model"])]
    call(*jobs)
    write("model", "made again, not recorded", NOW)
    assert call(jobs[0])["artifacts"].keys() == {"data"}
    assert call(*jobs)["artifacts"]["model"]["sha256"] == file_digest("model")


def test_without_locks_what_other_calls_made_stays(call):
    for name in ("a", "b"):
        write(name, name, NOW)
    call(Job(["a"]), Job(["b"]))
    assert call(Job(["a"]), since=0.0)["artifacts"].keys() == {"a", "b"}


def test_what_a_call_that_failed_has_still_to_make_is_left_out(call):
    for name in ("model", "table"):
        write(name, name, NOW)
    call(Job(["model"]), Job(["table"], ["model"]))
    found = call(Job(["model"]), Job(["table"], ["model"], waits=True))
    assert found["artifacts"].keys() == {"model"}


def test_an_artifact_keeps_the_environment_that_made_it(call, monkeypatch):
    for name in ("a", "b"):
        write(name, name, NOW)
    call(Job(["a"]), Job(["b"]))
    os.utime("b", (NOW, NOW))
    monkeypatch.setattr(recording, "environment", lambda: {"python": "4"})
    found = call(Job(["a"]), Job(["b"]))["not_compared"]
    pythons = {path: found["environments"][key]["python"] for path, key in found["made_in"].items()}
    assert pythons == {"a": "3", "b": "4"}


def test_the_file_has_a_line_an_artifact_and_is_read_back(call):
    for name in ("results/a", "results/.b", "data/raw/c"):
        write(name, name, NOW)
    found = call(Job(["results/a"]), Job(["results/.b"]), Job(["data/raw/c"]))
    provenance.write(found)
    assert provenance.load() == found
    text = provenance.FILE.read_text()
    assert all(text.count(f'\n"{name}": {{') == 1 for name in found["artifacts"])
    assert provenance.MANIFEST.read_text() == f"{file_digest('results/a')}  results/a\n"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"artifacts": {}}'])
def test_of_a_damaged_file_nothing_is_known_and_the_next_call_writes_it_anew(call, content):
    nothing = provenance.load()
    write(str(provenance.FILE), content)
    assert provenance.load() == nothing
