"""Fetch one raw file of a dataset from a local folder or its mirrors.

The file gets its name only after its checksum matched. A download that broke off is continued.
"""

import argparse
import json
import logging
import os
from pathlib import Path

import cli
from components.addresses import shown
from datasets import DatasetError
from datasets.fetching import fetch


def arguments() -> argparse.Namespace:
    parser = cli.parser(__doc__)
    parser.add_argument("--dataset", required=True, help="its name in config.yaml")
    parser.add_argument("--file", required=True, help="the name of the file")
    about = "JSON: its checksums, sha256 and members_md5 as in config.yaml"
    parser.add_argument("--settings", required=True, type=cli.json_with(), help=about)
    about = "addresses, tried in this order; one that ends in / gets the file's name appended"
    parser.add_argument("--mirrors", nargs="*", default=[], help=about)
    about = "bytes of the file in its mirrors: no more is downloaded"
    parser.add_argument("--size", type=int, help=about)
    parser.add_argument("--output", required=True, type=Path, help="its destination")
    about = "folder with <dataset>/<file>, searched first (default: $NN_LOCAL_MIRROR)"
    default = os.environ.get("NN_LOCAL_MIRROR")
    parser.add_argument("--local-mirror", default=default, help=about)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings quote whole addresses
    settings, place = options.settings, Path(options.dataset, options.file)
    if not settings.get("sha256"):
        raise DatasetError(f"{place}: sha256 is missing in config.yaml, expected its 64 digits")
    # A command is printed and kept, so the workflow gives passwords and signatures by the environment.
    secret = json.loads(os.environ.get(f"NN_MIRRORS_{settings['sha256']}", "[]"))
    mirrors = []
    for given in dict.fromkeys(options.mirrors):
        mirrors += [url for url in secret if shown(url) == given] or [given]
    fetch(
        [url + options.file if url.endswith("/") else url for url in mirrors],
        settings["sha256"],
        options.output,
        local_candidates=[Path(options.local_mirror, place)] if options.local_mirror else [],
        members_md5=settings.get("members_md5"),
        size=options.size,
        advice=f"{'Check the network, or put' if mirrors else 'Put'} the file at "
        f"<local_mirror>/{place} and name that folder "
        "by local_mirror in config.yaml (or --config local_mirror=..., or NN_LOCAL_MIRROR).",
    )


if __name__ == "__main__":
    cli.run(main)
