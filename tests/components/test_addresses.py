"""What is shown of an address has no user, password, query or fragment, whatever people write."""

import pytest

from components.addresses import redacted, shown


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://host/x.gz", "https://host/x.gz"),
        ("https://host", "https://host"),
        ("http://127.0.0.1:8080/a/", "http://127.0.0.1:8080/a/"),
        ("https://[::1]:8080/a", "https://[::1]:8080/a"),
        ("https://cdn.host/gh/user/repo@1.0/x.gz", "https://cdn.host/gh/user/repo@1.0/x.gz"),
        ("https://user:secret@host/x", "https://host/x"),
        ("https://secret@host:80/x", "https://host:80/x"),
        ("https://user:secret@with@host/x", "https://host/x"),
        ("https://:secret@host/x", "https://host/x"),
        ("https://user:s%2Fecret@[::1]/x", "https://[::1]/x"),
        ("https://host/x?X-Amz-Signature=secret&a=b", "https://host/x"),
        ("https://host?token=secret", "https://host"),
        ("https://host/x?to=https://secret@a/b", "https://host/x"),
        ("https://host/x#secret", "https://host/x"),
        ("https://user:secret@host/x?secret=a b", "https://host/x"),
        ("s3://key:secret@bucket/x", "s3://bucket/x"),
        # no addresses, as a password has to be quoted; then nothing of them is certain
        ("https://user:sec/ret@host/x", "(an unreadable address)"),
        ("https://user:sec#ret@host/x", "(an unreadable address)"),
        ("https://user:sec?ret@host/x", "(an unreadable address)"),
        ("https://user:sec ret@host/x", "(an unreadable address)"),
        ("user:secret@host/x", "(an unreadable address)"),
        ("//user:secret@host/x", "(an unreadable address)"),
        ("", "(an unreadable address)"),
    ],
)
def test_an_address_is_shown_without_secrets(address, said):
    assert shown(address) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("['https://u:secret@h/x?secret', 'b']", "['https://h/x 'b']"),
        ("mirrors:[https://u:secret@h/x, http://h/y?secret]", "mirrors:[https://h/x, http://h/y"),
        ("No connection for 'u:secret@h/x?secret'", "No connection for (an unreadable address)"),
        ("see HTTPS://secret@h/x", "see HTTPS://h/x"),
        ("--mirrors https://h/x?secret https://h/y --size 5", "--mirrors https://h/x https://h/y --size 5"),
        ("a: b, c@d, e://", "a: b, c@d, (an unreadable address)"),
        ("nothing of the kind: 1:30, user@host", "nothing of the kind: 1:30, user@host"),
        ("x'user:secret@h,https://h/x", "(an unreadable address)https://h/x"),
        (": a:b@ :@ a:@h", ": (an unreadable address) :@ a:@h"),
    ],
)  # fmt: skip
def test_all_addresses_in_a_text_are_shown_without_secrets(text, said):
    assert redacted(text) == said


@pytest.mark.parametrize("part", [":", "a:", "@:", "://", "https://", "-", "a", "a:b@c://"])
def test_a_long_text_without_blanks_takes_no_time(part):
    """With an expression that tries all pairs of places this test would take hours."""
    assert len(redacted(part * 200_000)) <= len(part) * 200_000
