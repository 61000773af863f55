"""The reference of the report, written from its model."""

import enum
import typing
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel

from onduty.authoring.pages import markup
from onduty.reports.model import Report
from onduty.reports.verdict import Verdict

SAID: Final = {str: "text", bool: "yes or no", int: "whole number", float: "number"}


def fields() -> str:
    """One table a part of the report, the whole first."""
    parts = list(dict.fromkeys(_parts_of(Report)))
    verdicts = markup.table(("verdict", "exit code"), [(f"`{verdict}`", str(verdict.exit_code)) for verdict in Verdict])
    return "\n\n".join([*map(_part, parts), f"### Verdict\n\n{verdicts}"]) + "\n"


def _parts_of(part: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The part itself, and every part its fields hold, in the order in which they are met."""
    yield part
    for field in part.model_fields.values():
        for held in (field.annotation, *typing.get_args(field.annotation)):
            if isinstance(held, type) and issubclass(held, BaseModel):
                yield from _parts_of(held)


def _part(part: type[BaseModel]) -> str:
    rows = [
        (f"`{name}`", _type(field.annotation), field.description or "") for name, field in part.model_fields.items()
    ]
    about = part.__doc__ if part.__doc__ and not part.__doc__.startswith("!!!") else ""
    return "\n\n".join(
        piece for piece in (f"### {part.__name__}", about, markup.table(("field", "type", "meaning"), rows)) if piece
    )


def _type(annotation: Any) -> str:
    """A type as one would say it."""
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is list:
        return f"list of {_type(arguments[0])}"
    if typing.get_origin(annotation) is typing.Annotated:
        return _type(arguments[0])
    if typing.get_origin(annotation) is typing.Literal:
        return ", ".join(map(str, arguments))
    if arguments:
        return " or ".join("nothing" if argument is type(None) else _type(argument) for argument in arguments)
    if isinstance(annotation, type) and (issubclass(annotation, BaseModel | enum.Enum)):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return SAID[annotation]
