"""Config files that cannot be read: one sentence with the file and the line."""

import json
import os

import pytest

from configuration.command_line import refuse
from configuration.config_files import content_of, text_at
from experiments import ConfigError

UNFIT = "which it is not; correct it, or put it in quotes"
CHECK = (
    "check the indentation, brackets, quotes and colons up to there; a text that begins with one of "
    "!%@`*&= needs quotes"
)
BROKEN = [
    (b"a: 1\nb:\n\tc: 1\n", ", line 3: indented with a tab; use spaces"),
    (
        b"a: [1]\n  b: {}\n",
        ", line 2: not YAML, in 'b: {}': while parsing a block mapping did not find expected key; "
        f"{CHECK}",
    ),
    (
        b"a: *b\n",
        f", line 1: not YAML, in 'a: *b': found undefined alias 'b'; {CHECK}",
    ),
    (
        b"a: [1\n",
        ", line 2: not YAML, at the end of the file: while parsing a flow sequence did not find "
        f"expected ',' or ']'; {CHECK}",
    ),
    (
        b"a: !!python/object:os.system x\n",
        ", line 1: not YAML, in 'a: !!python/object:os.system x': could not determine a "
        f"constructor for the tag 'tag:yaml.org,2002:python/object:os.system'; {CHECK}",
    ),
    (b"a:\n  " + b"[" * 100_000, ", line 2: more than 100 levels deep"),
    (
        f"{'a' * 900}: 1\n{'a' * 900}: 2\n".encode(),
        f": the key '{'a' * 200}' is in line 1 and in line 2; remove one of them",
    ),
    (b"a: 1\nb: \x00\n", ": has a control character; remove it, or save the file as UTF-8"),
    (b"a: 1\nb: 2001-99-99\n", f", line 2: '2001-99-99' is read as a YAML timestamp, {UNFIT}"),
    (b"a: [1,\n  !!bool x]\n", f", line 2: 'x' is read as a YAML bool, {UNFIT}"),
    (b"a: !!timestamp x\n", f", line 1: 'x' is read as a YAML timestamp, {UNFIT}"),
    (b"a: !!int ''\n", f", line 1: '' is read as a YAML int, {UNFIT}"),
    (b"!!float x: 1\n", f", line 1: 'x' is read as a YAML float, {UNFIT}"),
    (b"a: " + b"1" * 5000, f", line 1: '{'1' * 200}' is read as a YAML int, {UNFIT}"),
    (b"a: 0x" + b"1" * 5000, f", line 1: '0x{'1' * 198}' is read as a YAML int, {UNFIT}"),
    (b"a: 1" + b":59" * 500_000, f", line 1: '1{':59' * 66}:' is read as a YAML int, {UNFIT}"),
    (b"a: 1\n# caf\xe9\n", ", line 2: the byte 0xe9 is not UTF-8; save the file as UTF-8"),
    ("a: 1\n".encode("utf-16"), ", line 1: the byte 0xff is not UTF-8; save the file as UTF-8"),
    ("a: 1\n".encode("utf-16-le"), ": has a control character; remove it, or save the file as UTF-8"),
    (b"", ": is empty, expected a mapping, such as `targets: [digits_mlp]`"),
    (b"# nothing\n", ": is empty, expected a mapping, such as `targets: [digits_mlp]`"),
    (b"- a\n", ": is a list or a single value, expected a mapping, such as `targets: [digits_mlp]`"),
    (b"targets", ": is a list or a single value, expected a mapping, such as `targets: [digits_mlp]`"),
    (b"7", ": is a list or a single value, expected a mapping, such as `targets: [digits_mlp]`"),
    (b"a: 1\nb: 2\na: 3\n", ": the key 'a' is in line 1 and in line 3; remove one of them"),
    (
        b"x:\n  y: {p: 1, q: 2, p: 3}\n",
        ": the key 'p' is in line 2 and in line 2; remove one of them",
    ),
    (b"x:\n- a: 1\n  a: 2\n", ": the key 'a' is in line 2 and in line 3; remove one of them"),
    (b"1: x\n0x1: y\n", ": the key '0x1' is in line 1 and in line 2; remove one of them"),
    (
        b"a: &a {x: 1}\nb: &b {y: 1}\nc:\n  <<: *a\n  <<: *b\n",
        ": the key '<<' is in line 4 and in line 5; write one, as <<: [*a, *b]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_an_unreadable_config_file_is_refused_with_the_line(tmp_path, content, message):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        content_of(path)
    assert str(error.value) == f"{path}{message}"
    with pytest.raises(SystemExit, match="^error: ") as ended:
        refuse(["--cores", "4", "digits_mlp", "--configfile", str(path)])
    assert ended.value.code == f"error: {path}{message}"


def laughs(first: str, row: str, levels: int = 60) -> str:
    """Lines l0 to l59, each with its ten aliases of the line before."""
    rows = (f"l{i}: &l{i} " + row.replace("*", f"*l{i - 1}") for i in range(1, levels))
    return "\n".join([f"l0: &l0 {first}", *rows])


LARGE = ": more than 2000000 bytes; put data into files of their own"
MANY = "more than 100000 keys, values and anchors so far"
ALIASED = "aliases so far stand for more than 2000000 bytes"
COLLIDING = [i * (2**61 - 1) for i in range(100, 40_000)]  # Python gives all of them one hash
COLLISION = f", line 1: the number '{COLLIDING[0]}' is too long for a key; quote it"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # One letter counts 21, a list of ten of them 230, and so on: the fifth line is 233320.
        # The sixth has ten aliases of it.
        (laughs("x", f"[{', '.join('*' * 10)}]"), f", line 6: {ALIASED}"),
        (laughs("{x: 1}", f"{{{', '.join(f'k{i}: *' for i in range(10))}}}"), f", line 6: {ALIASED}"),
        (laughs("{x: 1}", f"{{<<: [{', '.join('*' * 10)}]}}"), f", line 6: {ALIASED}"),
        (f"a: &a {'x' * 1_000_000}\nb: *a\nc: *a", f", line 3: {ALIASED}"),
        (f"a: {'x' * 2_000_000}", LARGE),
        (f'{{"a": "{"x" * 2_000_000}"}}', LARGE),
        ("# a comment\n" * 200_000, LARGE),
        (f"a: [{'0,' * 100_000}]", f", line 1: {MANY}"),
        ("a:\n" + "".join(f"- &a{i} 0\n" for i in range(50_000)), f", line 50001: {MANY}"),
        ("".join(f"k{i}: 0\n" for i in range(100_000)), f", line 50001: {MANY}"),
        ("".join(f"{key}: 0\n" for key in COLLIDING), COLLISION),
        (f"a:\n{'- ' * 100_000}1", ", line 2: more than 100 levels deep"),
        (f'{{"a": {"[" * 500}{"]" * 500}}}', ", line 1: more than 100 levels deep"),
        ("a: &a [1,\n *a]", ", line 2: *a refers to the value that contains it; remove it"),
        ("a: &a\n  <<: *a", ", line 2: *a refers to the value that contains it; remove it"),
        ("a: &a {b: &b {c: *a}}", ", line 1: *a refers to the value that contains it; remove it"),
    ],
)  # fmt: skip
def test_huge_or_endless_files_are_refused_at_once(tmp_path, text, message):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        content_of(path)
    assert str(error.value) == f"{path}{message}"


def test_a_pipe_is_refused_before_it_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # as `--configfile <(...)` is one
    with pytest.raises(ConfigError, match="is a pipe, which can be read only once"):
        content_of(tmp_path / "pipe")


@pytest.mark.parametrize(
    "content",
    [
        b"a: {b: 1}\nc: {b: 1}\n",
        b"a: [1, 1, [a, a]]\n",
        b'{\n\t"a": 1\n}',
        b"a: &a [1]\nb: [*a, *a]\nc: {<<: {d: 1}, d: *a}\n",
        b"\xef\xbb\xbfa: 1\n",
        b"a: 1\r\nb: [\r\n  2]\r\n",
        "a: caf\u00e9\n".encode(),
        b"1: x\n'1': y\n'01': z\n",
        json.dumps({"a": [number / 7 for number in range(40_000)]}).encode(),
        f"a: &a {[number / 7 for number in range(10_000)]}\n".encode() + b"b: [*a, *a, *a, *a]\n",
    ],
)
def test_a_correct_config_file_is_accepted(tmp_path, content):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    refuse(["-n", "--configfile", str(path), "--config", "portable=true", "taget=9"])


def test_the_content_is_a_copy(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("a: [1]")
    content_of(path)["a"].append(2)
    assert content_of(path) == {"a": [1]}


@pytest.mark.parametrize(
    "text", ['{\n\t"a": [1, "010"]}', '\ufeffa: [1, "010"]', "a: [1, '010']\r\n"]
)
def test_the_content_of_a_config_file(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_bytes(text.encode())
    assert content_of(path) == {"a": [1, "010"]}


@pytest.mark.parametrize(
    "text",
    [
        "mirrors: [https://user:hunter42@host/x?sig=hunter42\n",
        "a: b\n  mirrors: https://user:hunter42@host/x: y\n",
        "https://user:hunter42@host/x: 1\nhttps://user:hunter42@host/x: 2\n",
        "\thttps://host/x?hunter42\n",
    ],
)
def test_a_mistake_next_to_an_address_does_not_print_its_password(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        content_of(tmp_path / "a.yaml")
    assert "a.yaml" in str(error.value) and "hunter42" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("010", "the number 8; write 8, or"),
        ("007", "the number 7; write 7, or"),
        ("1:30", "the number 90; write 90, or"),
        ("on", "true; write true, or"),
        ("No", "false; write false, or"),
        ("2020-01-01", "a date; write"),
        ("2020-01-01 10:00:00", "a date; write"),
        ("190:20:30.15", "the number 685230.15; write 685230.15, or"),
    ],
)
@pytest.mark.parametrize("place", ["a: [x, {}]", "{}: [x]", "a: {{b: {}}}"])
def test_a_word_that_yaml_reads_otherwise_is_refused(tmp_path, text, reading, place):
    path = tmp_path / "config.yaml"
    path.write_text(f"x: 1\n{place.format(text)}\n")
    with pytest.raises(ConfigError) as error:
        content_of(path)
    assert str(error.value) == f'{path}, line 2: {text} is read as {reading} "{text}" in quotes'


def test_all_such_words_are_in_one_message(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("a: {b: 010, c: [on]}\nd: &d [1:30, '010']\ne: *d\n")
    with pytest.raises(ConfigError) as error:
        content_of(path)
    assert str(error.value).splitlines() == [
        f'{path}, line 1: 010 is read as the number 8; write 8, or "010" in quotes',
        f'{path}, line 1: on is read as true; write true, or "on" in quotes',
        f'{path}, line 2: 1:30 is read as the number 90; write 90, or "1:30" in quotes',
    ]
    path.write_text("a:\n" + "- no\n" * 15)
    with pytest.raises(ConfigError) as error:
        content_of(path)
    assert len(str(error.value).splitlines()) == 11
    assert str(error.value).endswith(f"\n{path}: and 5 more")


@pytest.mark.parametrize(
    "text", ["a: #id\nb: 1", "a:   #id", "- #id\n- 1", "x: {a: 1, b:\n #\n}\na: #id"]
)
def test_a_text_that_is_a_comment_is_refused(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match='#id is read as a comment; .*write "#id" in quotes$'):
        content_of(path)


def test_comments_are_allowed(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "a: # why\nb: 1 #id\nc:\n  #id\n  d: null #id\ne: '#id'\nf: ~ #id\ng:  #keys\n  h: 1\n"
    )
    assert content_of(path) == {
        "a": None, "b": 1, "c": {"d": None}, "e": "#id", "f": None, "g": {"h": 1},
    }  # fmt: skip


@pytest.mark.parametrize("escape", ["", r"\ud83d\ude00"])
def test_deep_json_that_is_no_yaml_is_refused(tmp_path, escape):
    path = tmp_path / "config.json"
    path.write_text(f'{{\n\t"a": "{escape}",\n\t"b": {"[" * 600}{"]" * 600}}}')
    with pytest.raises(ConfigError, match="more than 100 levels deep"):
        content_of(path)


def test_words_that_everybody_reads_alike_are_right(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "a: [0, 1_000, 10, 0x10, '010', \"1:30\", 'no', 0.10, 1e3, 08, !!str 010, True, ~]"
    )
    assert content_of(path)["a"][:3] == [0, 1000, 10]


def test_the_text_of_a_value_is_that_of_the_first_file_that_has_it(tmp_path):
    first, second, third = (tmp_path / name for name in ("a.yaml", "b.yaml", "c.json"))
    first.write_text(
        "a: &a {b: 0.90, c: 1}\nd: &d {<<: *a, c: 2}\ne: {<<: [{f: 1}, *d], b: 0.910}\n"
    )
    second.write_text("a: {b: 0.50, g: 9e-1}")
    third.write_text('{"h": 0.70}')

    def text(*path):
        return text_at([first, second, third], path)

    assert (text("a", "b"), text("a", "g"), text("h")) == ("0.90", "9e-1", "0.70")
    assert (text("d", "b"), text("d", "c"), text("e", "b"), text("e", "c")) == (
        "0.90",
        "2",
        "0.910",
        "2",
    )
    assert text("a") is text("x") is text("a", "b", "c") is None
