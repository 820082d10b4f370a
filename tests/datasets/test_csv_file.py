"""Files of tables: separators, encodings, the line of column names, and files that are no tables."""

import pytest
from small_tables import HEAD, ROWS, read, refused, rows_of


def plain_text(separator=",", end="\n"):
    rows = [["1.5", "red", "a"], ["-2", "blue", "ä"], ["7", "red", "a"]]
    return end.join(separator.join(row) for row in [HEAD, *rows]) + end


@pytest.mark.parametrize(
    "content",
    [
        plain_text(),
        plain_text(";"),
        plain_text("\t"),
        plain_text("|"),
        plain_text(end="\r\n"),
        plain_text(end="\r"),
        "sep=;\n" + plain_text(";"),
        "\n\n" + plain_text() + "\n,,\n\n",
        plain_text().replace("\n", ",\n"),
        plain_text().replace("\n", ",\n").replace("kind,", "kind"),
        plain_text().replace("kind", "kind,"),
        plain_text().replace(",", ", "),
        plain_text().encode("utf-8-sig"),
        plain_text().encode("utf-16"),
        plain_text().encode("utf-32"),
        b"\x00\x00\xfe\xff" + plain_text().encode("utf-32-be"),
        b"\xfe\xff" + plain_text().encode("utf-16-be"),
    ],
)
def test_forms_of_csv(text, content):
    parsed = read(text(content))
    assert parsed.about["inputs"] == ["length", "colour=blue", "colour=red"]
    assert rows_of(parsed) == {((1.5, 0, 1), "a"): 1, ((-2, 1, 0), "ä"): 1, ((7, 0, 1), "a"): 1}


def test_encodings_other_than_unicode_must_be_named(text):
    path = text(plain_text().encode("cp1252"))
    said = refused(path)
    assert said == (
        "line 3: the byte 0xe4 is not UTF-8; save it as UTF-8, or set the key `encoding`, for example "
        "`encoding: cp1252`"
    )
    assert read(path, encoding="cp1252").classes == ["a", "ä"]
    assert "'klingon' is not a known text encoding" in refused(path, encoding="klingon")
    assert "'base64' is not a known text encoding" in refused(path, encoding="base64")
    assert "line 1 has a NUL byte" in refused(text(plain_text().encode("utf-16-le")))
    assert read(text(plain_text().encode("utf-16-le")), encoding="utf-16-le").classes == ["a", "ä"]
    assert "the byte 0xc3 is not UTF-8" in refused(text(b"v,kind\n1,\xc3"))


@pytest.mark.parametrize(
    ("start", "what"),
    [(b"PK\x03\x04", "Excel"), (b"\x1f\x8b", "gzip"), (b"\n<!DOCTYPE html>", "web page"),
     (b'[{"a": 1}]', "JSON")],
)  # fmt: skip
def test_other_files_are_named(text, start, what):
    assert "is not a CSV file but" in refused(text(start)) and what in refused(text(start))


def test_a_first_line_of_numbers_is_not_a_header(text):
    body = "".join(f"{i % 17},{i % 5},{i % 3}\n" for i in range(30))
    said = refused(text(body))
    assert said.startswith(
        "has no line of column names: its first line is 0, 0 and 0; add one, or set"
    )
    parsed = read(text(body), header=False, label="column 3")
    assert (
        parsed.about["inputs"] == ["column 1", "column 2"] and len(parsed.splits["train"][1]) == 30
    )
    assert read(text("0,1,2\n" + body), label="2").about["inputs"] == ["0", "1"]  # names of pandas
    assert "`header: false`" in refused(text("5.1,3.5,setosa\n4.9,3,setosa\n6,2,virginica\n"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([HEAD, *ROWS, ["1", "red"], ["1"]], "rows 6 (2) and 7 (1) have the wrong number of cells"),
        # blank rows count, as in an editor; a cell of two lines is in one row
        ([HEAD, ROWS[0], [], [], ["", "red", "a"]], "column 'length': no value in row 5;"),
        ([HEAD, ["1", "a\nb", "a"], [], ["inf", "red", "a"]], "(row 4: 'inf')"),
        ([HEAD, [], *ROWS, ["1", "red"]], "row 7 (2) has the wrong number of cells"),
        ([HEAD], "has no rows below its column names"),
        ([["a", "a", "kind"], *ROWS], "two columns have the same name: 'a'; rename one"),
        ([["length", "colour", "kin"], *ROWS], "has no column 'kind' (label); it has length, colour and "
         "kin; did you mean 'kin'?"),
        ([["kind"], ["a"], ["b"]], "has no column except the label 'kind'; expected at least one input"),
        ([HEAD, *([*row[:2], "a"] for row in ROWS)], "label 'kind': has only one value ('a')"),
    ],
)  # fmt: skip
def test_unusable_tables_are_refused(table, rows, message):
    assert message in refused(table(*rows))


def test_a_missing_file_is_named(tmp_path, text):
    assert "no such file, expected a table in CSV" in refused(str(tmp_path / "x.csv"))
    assert "is a folder, expected a table in CSV" in refused(str(tmp_path))
    assert "row 5: a quote is not closed" in refused(text('a,kind\n1,x\n2,y\n1,x\n"3,y\n'))
    assert refused(text("")).startswith("has no rows")


def test_lines_above_the_column_names_are_explained(text):
    for above in ("# made in May", "Report,,", "one column"):
        said = refused(text(f"{above}\nv,w,kind\n1.5,2,a\n2.5,3,b\n"))
        assert said.endswith("set `separator`, otherwise delete the lines above it")
    assert refused(text("v w kind\n1.5 2 a\n")).endswith("delete the lines above it")


def test_a_line_of_names_that_is_repeated_or_is_a_row_is_noted(table):
    rows = [
        ["colour", "size", "kind"],
        *([*"rg"[i % 2], "sml"[i % 3], "ab"[i % 5 > 2]] for i in range(40)),
    ]
    for repeated in ([*rows, rows[0]], rows[2:]):
        (note, *_) = read(table(*repeated), label=repeated[0][2]).notes
        assert "the name is also a value: if the first line is a row, set `header: false`" in note
    smoker = [
        ["smoker", "kind"],
        *([["smoker", "never"][i % 2], "ab"[i % 5 > 2]] for i in range(40)),
    ]
    assert not any("also a value" in note for note in read(table(*smoker)).notes)


def test_decimal_commas_without_quotes_are_no_names_of_rows(text):
    numbers = [f"{1 + i % 9},{10 + i}" for i in range(40)]
    body = "".join(f"{number},{i % 7},{'ab'[i % 3 == 0]}\n" for i, number in enumerate(numbers))
    said = refused(text("v,w,kind\n" + body))
    assert said.startswith(
        "column 'row names': the rows have one cell more than the line of column na"
    )
    missing = "".join(f"{i / 7:.2f},{i % 7},{'ab'[i % 3 == 0]}\n" for i in range(40))
    assert "add the missing column name" in refused(text("w,kind\n" + missing))
    assert read(text(",w,kind\n" + missing)).about["inputs"] == ["column 1", "w"]
    places = "".join(f"{'xyz'[i % 3]},{i % 7},{'ab'[i % 4 == 0]}\n" for i in range(40))
    assert read(text(",w,kind\n" + places)).about["inputs"][0] == "column 1=x"


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        ("size,kind\n1,€5\n2,x\n3,x\n".encode("cp1252"), {"encoding": "latin-1"}),
        ("size,kind\n1,süß\n2,x\n3,x\n".encode().decode("latin-1").encode(), {}),
        ("size,kind\n1,s\ufffd\n2,x\n3,x\n".encode(), {}),
    ],
)
def test_letters_that_another_encoding_would_show_are_noted(text, content, settings):
    (note,) = read(text(content), **settings).notes
    assert (
        "it has characters such as '\\x80': its" in note or "'\\x9f'" in note or "'\\ufffd'" in note
    )
    assert not read(text("size,kind\n1,süß €5\n2,x\n3,x\n"), **{}).notes
