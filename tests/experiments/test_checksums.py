"""Every file that is fetched has a checksum; one message names all that have none."""

import pytest

from experiments import ConfigError
from experiments.validation.datasets import check_checksums


def dataset(path=None, generator=None, **files):
    files = {
        role: {"file": f"{role}.gz", "sha256": None, "mirrors": [], **entry}
        for role, entry in files.items()
    }
    return {"path": path, "generator": generator, "files": files}


@pytest.mark.parametrize(
    "fine",
    [
        dataset(path="here", images={}),
        dataset(generator="digits", images={}),
        dataset(images={"sha256": 64 * "0", "mirrors": ["https://x/y"]}),
    ],
)
def test_files_that_are_not_fetched_need_no_checksum(fine):
    check_checksums({"mine": fine})


def test_one_message_names_all_files_and_the_commands_for_their_checksums():
    datasets = {
        "mine": dataset(
            a={"mirrors": ["https://x/a.gz"]}, b={"mirrors": ["https://u:secret@x/y?b&c"]}
        ),
        "other": dataset(images={"mirrors": ["https://x/folder/"]}, labels={}),
    }
    with pytest.raises(ConfigError) as error:
        check_checksums(datasets)
    assert str(error.value).splitlines() == [
        "config: datasets.mine.files.a has mirrors but no sha256; add it: "
        "`curl -fL https://x/a.gz | sha256sum` prints it",
        "config: datasets.mine.files.b has mirrors but no sha256; add it: "
        "`curl -fL https://x/y | sha256sum` prints it",
        "config: datasets.other.files.images has mirrors but no sha256; add it: "
        "`curl -fL https://x/folder/images.gz | sha256sum` prints it",
        "config: datasets.other.files.labels has neither mirrors nor sha256; add it: "
        "`sha256sum labels.gz` prints it",
        "compare it with the publisher's checksum if there is one; other files will be refused",
    ]
