"""Help teaches, every command has some, and neither it nor `list` makes anybody wait."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from subprocess import CompletedProcess
from typing import Any

import pytest
import typer

from onduty.cli import COMMANDS
from onduty.cli.app import whole

Onduty = Callable[..., CompletedProcess[str]]
TABLE = {name: place for names in COMMANDS.values() for name, place in names.items()}
SLOW = {
    "alembic",
    "asyncpg",
    "fastapi",
    "httpx",
    "psycopg",
    "pytest",
    "redis",
    "rich.markdown",
    "rich.table",
    "sqlalchemy",
}


@pytest.mark.parametrize("name", TABLE)
def test_every_command_says_what_it_does(onduty: Onduty, name: str) -> None:
    module, _, attribute = TABLE[name].partition(":")
    command = getattr(import_module(module), attribute)
    if not isinstance(command, typer.Typer):
        first = (command.__doc__ or "").split("\n")[0]
        assert first.endswith(".")
        assert len(first) <= 100
    ran = onduty(name, "--help")
    assert ran.returncode == 0
    assert f"Usage: onduty {name}" in ran.stdout


def leaves(command: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every command that can be run, and its help."""
    if subcommands := getattr(command, "commands", None):
        for name, subcommand in subcommands.items():
            yield from leaves(subcommand, f"{path} {name}")
    else:
        yield path, command.get_help(command.make_context(path, [], resilient_parsing=True))


def test_help_names_what_is_to_be_given_and_no_type_of_python() -> None:
    found = dict(leaves(whole(), "onduty"))
    assert len(found) > len(TABLE)
    for path, text in found.items():
        usage, _, rest = text.partition("\n")
        types = re.findall(r"<[^|>]*>|list\[|\[\[|[{}]\w*\.\.\.", usage + re.sub(r"\{learner\}|<=", "", rest))
        assert types == [], (path, types)


def test_help_shows_every_command_under_its_heading(onduty: Onduty) -> None:
    text = onduty("--help").stdout
    places = [text.index(f"{heading}:") for heading in COMMANDS]
    assert places == sorted(places)
    assert all(f"\n  {name} " in text for name in TABLE)
    assert "..." not in text.partition("Options:")[2]
    assert max(map(len, text.splitlines())) <= 80
    assert onduty("-h").stdout == text


@pytest.mark.parametrize("arguments", [["list"], ["--help"]])
def test_the_first_commands_anybody_types_import_little(arguments: list[str]) -> None:
    script = (
        "import sys; from onduty.cli import main; code = main(sys.argv[1:]);"
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    ran = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert SLOW & set(ran.stderr.split()) == set()


def test_completion_offers_commands_and_chapters(onduty: Onduty, monkeypatch: pytest.MonkeyPatch) -> None:
    def complete(words: str) -> list[str]:
        monkeypatch.setenv("_ONDUTY_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
        return onduty().stdout.split()

    assert {"start", "solution"} <= set(complete("onduty s"))
    assert complete("onduty start ") == ["01", "02", "32"]
    assert complete("onduty start he") == ["held-kettle"]
    assert complete("onduty reset fi") == ["first-light"]


def test_completion_can_be_shown() -> None:
    """The shell it is for is found among the process's own ancestors."""
    onduty = shlex.join([sys.executable, "-c", "from onduty.cli import main; main(['--show-completion'])"])
    ran = subprocess.run(["bash", "-c", f"{onduty}; exit"], capture_output=True, text=True, check=False)
    assert "_ONDUTY_COMPLETE" in ran.stdout
