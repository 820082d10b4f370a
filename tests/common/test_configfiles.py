"""Config files that cannot be read: one sentence with the file and the line."""

from common.configfiles import mistake_in, refuse

import pytest

BROKEN = [
    (b"a: 1\nb:\n\tc: 1\n", ", line 3: indented with a tab; use spaces"),
    (
        b"a: [1]\n  b: {}\n",
        ", line 2: not YAML, in 'b: {}': while parsing a block mapping did not find expected key; "
        "check the indentation, brackets, quotes and colons up to there",
    ),
    (
        b"a: *b\n",
        ", line 1: not YAML, in 'a: *b': found undefined alias; check the indentation, brackets, "
        "quotes and colons up to there",
    ),
    (
        b"a: [1\n",
        ", line 2: not YAML, at the end of the file: while parsing a flow sequence did not find "
        "expected ',' or ']'; check the indentation, brackets, quotes and colons up to there",
    ),
    (
        b"a: !!python/object:os.system x\n",
        ", line 1: not YAML, in 'a: !!python/object:os.system x': could not determine a "
        "constructor for the tag 'tag:yaml.org,2002:python/object:os.system'; check the "
        "indentation, brackets, quotes and colons up to there",
    ),
    (b"a:\n  " + b"[" * 100_000, ", line 2: more than 100 levels deep; expected few"),
    (
        f"{'a' * 900}: 1\n{'a' * 900}: 2\n".encode(),
        f": the key '{'a' * 200}' is in line 1 and in line 2; remove one of them",
    ),
    (b"a: 1\nb: \x00\n", ", line 2: a control character; remove it"),
    (b"a: 2001-99-99\n", ": month must be in 1..12"),
    (b"a: 1\n# caf\xe9\n", ", line 2: the byte 0xe9 is not UTF-8; save the file as UTF-8"),
    (b"", ": is empty, expected a mapping, as `targets: [digits_mlp]`"),
    (b"# nothing\n", ": is empty, expected a mapping, as `targets: [digits_mlp]`"),
    (b"- a\n", ": is a list, expected a mapping, as `targets: [digits_mlp]`"),
    (b"targets", ": is text, expected a mapping, as `targets: [digits_mlp]`"),
    (b"7", ": is a number, expected a mapping, as `targets: [digits_mlp]`"),
    (b"a: 1\nb: 2\na: 3\n", ": the key 'a' is in line 1 and in line 3; remove one of them"),
    (
        b"x:\n  y: {p: 1, q: 2, p: 3}\n",
        ": the key 'p' is in line 2 and in line 2; remove one of them",
    ),
    (b"x:\n- a: 1\n  a: 2\n", ": the key 'a' is in line 2 and in line 3; remove one of them"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_a_config_file_that_cannot_be_read(tmp_path, content, message):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    assert mistake_in(path) == f"{path}{message}"
    with pytest.raises(SystemExit, match="^error: ") as ended:
        refuse(["--cores", "4", "digits_mlp", "--configfile", str(path)])
    assert ended.value.code == f"error: {path}{message}"


@pytest.mark.parametrize(
    "content",
    [
        b"a: {b: 1}\nc: {b: 1}\n",
        b"a: [1, 1, [a, a]]\n",
        b'{\n\t"a": 1\n}',
        b"a: &a [1, *a]\n",
        b"\xef\xbb\xbfa: 1\n",
        "a: caf\u00e9\n".encode(),
    ],
)
def test_a_config_file_in_which_nothing_is_wrong(tmp_path, content):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    assert mistake_in(path) is None
    refuse(["-n", "--configfile", str(path), "--config", "a=1", "b=2"])


def test_a_config_file_that_is_not_there_and_a_value_without_a_name(tmp_path):
    path = tmp_path / "none.yaml"
    with pytest.raises(SystemExit) as ended:
        refuse(["--configfile", str(path)])
    assert ended.value.code == (
        f"error: {path}: No such file or directory; expected a config file in YAML or JSON; "
        "targets stand before --configfile"
    )
    with pytest.raises(SystemExit) as ended:
        refuse(["--config", "local_mirror"])
    assert ended.value.code == (
        "error: --config local_mirror: expected NAME=VALUE, as local_mirror=/data"
    )
