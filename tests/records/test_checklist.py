"""Lists of checksums: those that sha256sum writes are read, others are refused by their line."""

import pytest

from records.checklist import ChecklistError, compare_with_list
from records.made import file_digest


@pytest.fixture
def compare(tmp_path, monkeypatch):
    """compare(content): compare with a list, where there is one file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("a,b\n")

    def compare(content):
        (tmp_path / "list").write_bytes(content)
        return compare_with_list(tmp_path / "list")

    return compare


@pytest.mark.parametrize(
    "line", ["{}  table.csv\n", "{} *table.csv\r\n\n", "# a comment\n{}  table.csv"]
)
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_the_forms_of_sha256sum_are_read(compare, line, case):
    total, wrong, missing, _ = compare(line.format(case(file_digest("table.csv"))).encode())
    assert (total, wrong, missing) == (1, [], [])


@pytest.mark.parametrize(
    "content", [b"z" * 64 + b"  table.csv", b"0" * 63 + b"  table.csv", b"0" * 64, b"\xff\xfe\n"]
)
def test_another_line_is_refused_by_its_number(compare, content):
    with pytest.raises(ChecklistError, match="line 2: no line of sha256sum"):
        compare(b"# damaged\n" + content)


@pytest.mark.parametrize("content", [b"", b"# comments alone\n"])
def test_a_list_without_a_file_agrees_with_nothing(compare, content):
    with pytest.raises(ChecklistError, match="nothing to compare"):
        compare(content)


def test_a_folder_is_no_file_of_that_name(compare, tmp_path):
    (tmp_path / "results").mkdir()
    assert compare(b"0" * 64 + b"  results\n")[2] == ["results"]
