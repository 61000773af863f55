"""Builds the Typer application from the table of commands, with no more of it than the command line needs."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import typer
from typer.core import TyperArgument, TyperGroup
from typer.main import get_command

from onduty.cli import COMMANDS

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

NAME: Final = "onduty"
ASKS_FOR_COMPLETION: Final = "_ONDUTY_COMPLETE"
HELP: Final = """Take a FastAPI service from localhost to production, one incident at a time.

Alone, `onduty` goes on where you are: it opens the incident at hand, replays it against your code, and explains.

N is a chapter's number, its id, or an unambiguous part of it. Left out, it is the chapter you are in, or the one you
began last.
"""
EPILOG: Final = """A first evening:  onduty · edit the files it names · onduty check · onduty hint · onduty ship"""


class Named(TyperArgument):
    """An argument that help and usage show by its name; what it may be its text says, and no Python type."""

    def display_type_rich(self, ctx: "Context") -> str | None:
        """Nothing beside the name."""

    def _usage_display_name(self) -> str:
        return super()._usage_display_name().replace("{", "").replace("}", "")


class Sections(TyperGroup):
    """A group whose help shows the commands under the headings of the table."""

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write one section per heading."""
        for heading, names in COMMANDS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(name, command.get_short_help_str(limit=100)) for name, command in commands if command is not None]
            with formatter.section(heading):
                formatter.write_dl(rows)


def run(arguments: Sequence[str]) -> int:
    """Run a command line; what its command returns is the exit code."""
    command = whole(arguments)
    if ASKS_FOR_COMPLETION in os.environ:
        command.main(prog_name=NAME)
    try:
        # Not `main`, which would keep an interruption to itself.
        with command.make_context(NAME, list(arguments)) as context:
            code = command.invoke(context)
    except typer.Exit as end:
        code = end.exit_code
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def whole(arguments: Sequence[str] = ()) -> TyperGroup:
    """The command with all its subcommands, or with the one that is named first."""
    group = get_command(build(arguments))
    assert isinstance(group, TyperGroup)
    _name_arguments(group)
    return group


def _name_arguments(command: "Command") -> None:
    for parameter in command.params:
        if type(parameter) is TyperArgument:
            # Typer leaves no choice of the class that it makes of an argument.
            parameter.__class__ = Named
    if isinstance(command, TyperGroup):
        for subcommand in command.commands.values():
            _name_arguments(subcommand)


def build(arguments: Sequence[str] = ()) -> typer.Typer:
    """Make the application, with only the command that is named first if there is one: importing costs time."""
    table = {name: place for names in COMMANDS.values() for name, place in names.items()}
    first = arguments[0] if arguments and ASKS_FOR_COMPLETION not in os.environ else None
    app = typer.Typer(
        cls=Sections,
        # Its options belong before any command, and cost the import of pydantic.
        add_completion=first not in table,
        help=HELP,
        epilog=EPILOG,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(resume_or_version)
    for name in [first] if first in table else table:
        module, _, attribute = table[name].partition(":")
        command = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def resume_or_version(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the course's version.")] = False,  # noqa: FBT002
) -> int:
    """Go on where the learner is, when no command is given."""
    if version:
        from onduty.course.installation import version as installed_version

        typer.echo(f"onduty {installed_version()}")
        raise typer.Exit
    if context.invoked_subcommand is not None:
        return 0
    from onduty.cli.resume import resume

    return resume()
