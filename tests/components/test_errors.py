"""Messages of limited length."""

from components.errors import shortened


def test_a_short_message_stays():
    assert shortened("one\ntwo", 3, 8) == "one\ntwo"


def test_a_long_line_loses_its_middle():
    assert shortened("abcdefghij\nk", 4, 100) == "ab [...] ij\nk"


def test_many_lines_lose_the_last():
    assert shortened("one\ntwo\nsix\nten", 10, 8) == "one\ntwo\nand 2 more"
