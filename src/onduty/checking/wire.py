"""What the judge's process tells the command: JSON lines on a descriptor of their own."""

import os
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

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


class Sender:
    def __init__(self, descriptor: int) -> None:
        self._stream = os.fdopen(descriptor, "wb", buffering=0)

    def send(self, message: Planned | Started | Judged | Finished | Broken) -> None:
        self._stream.write(message.model_dump_json().encode() + b"\n")


def receive(line: bytes) -> Planned | Started | Judged | Finished | Broken:
    return _messages.validate_json(line)
