"""One log for all processes: none of them loses a line when another turns the page."""

from __future__ import annotations

import logging.config
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from shop.core.tests.test_environment import PRODUCTION, start

PROCESSES = 4
LINES = 400
LARGEST_BYTES = 20_000


def write(number: int, config: dict[str, Any], is_forked: bool) -> None:
    """What one process of the shop does; one that is forked has its handlers already."""
    if not is_forked:
        logging.config.dictConfig(config)
    for line in range(LINES):
        logging.getLogger("linden.request").info("%d-%d", number, line)


def config_of(folder: Path) -> dict[str, Any]:
    """The shop's own settings of its log, with pages that are turned often and all kept."""
    found = start(PRODUCTION | {"LOG_TO_FILE": "on", "LOG_DIR": str(folder)})
    config: dict[str, Any] = found["LOGGING"]
    config["handlers"]["file"] |= {"maxBytes": LARGEST_BYTES, "backupCount": 500}
    config["root"]["handlers"] = ["file"]
    return config


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_several_processes_turn_the_page_without_losing_a_line(tmp_path, method):
    config = config_of(tmp_path)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    context = multiprocessing.get_context(method)
    try:
        logging.config.dictConfig(config)
        processes = [
            context.Process(target=write, args=(number, config, method == "fork"))
            for number in range(PROCESSES)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers, root.level = before

    pages = list(tmp_path.glob("linden.log*"))
    lines = [line for page in pages for line in page.read_text().splitlines()]
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert len(pages) > 3
    assert len(lines) == len(set(lines)) == PROCESSES * LINES
