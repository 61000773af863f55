"""A pytest plugin for recording: keeps what services printed during each check."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from onduty.lab.hosting.service import Service
from onduty.lab.lab import Lab


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--keep-logs", metavar="FILE", required=True, help="append what services print to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Keeper(Path(config.getoption("keep_logs"))))


class Keeper:
    """Appends one JSON line a check: its id, and the lines that services printed during it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._marks: dict[int, int] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Function) -> None:
        """What was printed before the check began is not about it."""
        self._marks |= {id(service): service.output.mark() for service in _services(item)}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Function) -> None:
        """Before the services of this check are ended."""
        lines = [line for service in _services(item) for line in self._new_lines(service)]
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps([item.obj.__onduty__.id, lines]) + "\n")

    def _new_lines(self, service: Service) -> list[str]:
        mark = self._marks.get(id(service), 0)
        self._marks[id(service)] = service.output.mark()
        return [line.text for line in service.output.since(mark)]


def _services(item: pytest.Function) -> Iterable[Service]:
    lab = item.funcargs.get("lab")
    return list(lab.platform.started) if isinstance(lab, Lab) else ()
