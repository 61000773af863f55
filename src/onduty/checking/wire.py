"""What the judge's process tells the command: JSON lines on a descriptor of their own."""

import os
from collections.abc import Iterator
from typing import IO, Annotated, Final, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from onduty.reports.model import CheckResult


class Planned(BaseModel):
    """The checks that will run, each expected to report once."""

    kind: Literal["planned"] = "planned"
    checks: list[str]


class Started(BaseModel):
    kind: Literal["started"] = "started"
    check: str


class Judged(BaseModel):
    kind: Literal["judged"] = "judged"
    result: CheckResult


class Finished(BaseModel):
    kind: Literal["finished"] = "finished"


class Broken(BaseModel):
    """The judge could not go on, through no fault of the learner."""

    kind: Literal["broken"] = "broken"
    reason: str


Message = Annotated[Planned | Started | Judged | Finished | Broken, Field(discriminator="kind")]
_messages: TypeAdapter[Message] = TypeAdapter(Message)

LONGEST_MESSAGE: Final = 2_000_000
MOST: Final = 32_000_000
"""Bytes of all messages together."""


class Sender:
    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._stream = os.fdopen(descriptor, "wb", buffering=0)

    def send(self, message: Planned | Started | Judged | Finished | Broken) -> None:
        self._stream.write(message.model_dump_json().encode() + b"\n")


def receive(stream: IO[bytes]) -> Iterator[Message]:
    """The messages, until the judge has closed its end or has said something that is none."""
    left = MOST
    while line := stream.readline(LONGEST_MESSAGE):
        left -= len(line)
        try:
            message = _messages.validate_json(line)
        except ValidationError:
            message = Broken(reason="the judge said something that is no message")
        if left < 0:
            message = Broken(reason="the judge said too much")
        yield message
        if isinstance(message, Broken):
            return
