"""The reference of the command line, written from the commands themselves."""

from collections.abc import Iterator
from typing import Any

from onduty.authoring.pages import markup
from onduty.cli import COMMANDS
from onduty.cli.app import NAME, whole
from onduty.cli.examine.everything import EXAMINATIONS


def commands() -> str:
    """Every command under its heading, with what it does, its usage and its options."""
    group: Any = whole()
    parts = []
    for heading, names in COMMANDS.items():
        parts.append(f"## {heading}")
        for name in names:
            parts += _command(group.commands[name], f"{NAME} {name}")
    return "\n\n".join(parts) + "\n"


def findings() -> str:
    """What the doctor looks at, and what to do when it is not well."""
    parts = []
    for examination in EXAMINATIONS:
        weight = "Nothing can be checked without it." if examination.needed else "Checks run without it."
        about = examination.about[:1].upper() + examination.about[1:]
        parts.append(f"### `{examination.id}`\n\n{about}. {weight}\n\n**What to do.** {examination.do}")
    return "\n\n".join(parts) + "\n"


def _command(command: Any, path: str) -> Iterator[str]:
    context = command.make_context(path, [], resilient_parsing=True)
    yield f"### {path}"
    yield _paragraphs(command.help or "")
    if subcommands := getattr(command, "commands", None):
        for name, subcommand in subcommands.items():
            yield from (part.replace("### ", "#### ", 1) for part in _command(subcommand, f"{path} {name}"))
        return
    yield markup.fence(" ".join([path, *command.collect_usage_pieces(context)]), "text")
    rows = [record for parameter in command.params if (record := _record(parameter, context))]
    if rows:
        yield markup.table(("", ""), rows)


def _record(parameter: Any, context: Any) -> tuple[str, str] | None:
    record = parameter.get_help_record(context)
    if record is None or record[0].startswith("--help") or "--help" in record[0]:
        return None
    return f"`{record[0]}`", record[1]


def _paragraphs(help_text: str) -> str:
    paragraphs = [" ".join(paragraph.split()) for paragraph in help_text.split("\n\n")]
    return "\n\n".join(paragraphs)
