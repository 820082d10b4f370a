"""Every file that is fetched has a checksum; a message about those that have none tells all of them."""

import pytest

from experiments import ConfigError
from experiments.checksums import check_checksums


def dataset(path=None, generator=None, **files):
    files = {
        role: {"file": f"{role}.gz", "sha256": None, "mirrors": [], **entry}
        for role, entry in files.items()
    }
    return {"path": path, "generator": generator, "files": files}


def nowhere(name, file):
    return None


@pytest.mark.parametrize(
    "fine",
    [
        dataset(path="here", images={}),
        dataset(generator="digits", images={}),
        dataset(images={"sha256": 64 * "0", "mirrors": ["https://x/y"]}),
    ],
)
def test_what_is_not_fetched_needs_none(fine):
    check_checksums({"mine": fine}, nowhere)


def test_one_message_tells_all_files_and_the_sums_of_those_that_are_here():
    def copies(name, file):
        return (f"folder/{file}", 64 * "a") if file == "a.gz" else None

    datasets = {
        "mine": dataset(
            a={"mirrors": ["https://x/a.gz"]}, b={"mirrors": ["https://u:secret@x/y?b&c"]}
        ),
        "other": dataset(images={"mirrors": ["https://x/folder/"]}, labels={}),
    }
    with pytest.raises(ConfigError) as error:
        check_checksums(datasets, copies)
    assert str(error.value).splitlines()[:-1] == [
        "config: datasets.mine.files.a has mirrors but no sha256; of folder/a.gz it is",
        f"    sha256: {64 * 'a'}",
        "config: datasets.mine.files.b has mirrors but no sha256; to read it here, call again after",
        "    curl -fL --create-dirs -o data/raw/mine/b.gz https://x/y",
        "config: datasets.other.files.images has mirrors but no sha256; to read it here, call again after",
        "    curl -fL --create-dirs -o data/raw/other/images.gz https://x/folder/images.gz",
        "config: datasets.other.files.labels has neither mirrors nor sha256; put the file at "
        "data/raw/other/labels.gz, and call again to read it here",
    ]
    assert str(error.value).splitlines()[-1].startswith("add the checksum of each published file")
