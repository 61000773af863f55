"""What several of an author's commands share."""

from typing import Annotated, Final

import typer

NO_ENTRY: Final = "No entry of the bank is called that: `onduty dev {command}` lists them as it grades them."

Chapters = Annotated[list[str] | None, typer.Argument(metavar="N", help="Chapters; every one when left out.")]
Only = Annotated[list[str] | None, typer.Option(metavar="TEXT", help="Only entries whose name holds this text.")]
Jobs = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Look at so many lights at once.", show_default=False)
]
