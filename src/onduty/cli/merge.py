"""`onduty merge`."""

from pathlib import Path
from typing import Annotated

import typer

from onduty.cli.console import say


def merge(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The ledger that takes the others in; made if need be.")],
    shards: Annotated[list[Path], typer.Argument(metavar="SHARD", help="Ledgers that `onduty grade --shard` made.")],
) -> int:
    """Put the ledgers of several shards together.

    A result that is there already stays as it is. Of a learner's work for a chapter, what was handed in last counts.
    """
    from onduty.grading.ledger import Ledger

    found = [Ledger.find(shard) for shard in shards]
    target = Ledger.open(out)
    new = sum(target.merge(shard) for shard in found)
    say(f"{new} new result{'' if new == 1 else 's'} in {out}, {len(target.results())} in all.")
    return 0
