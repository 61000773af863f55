"""`onduty dev notebooks`."""

from typing import Annotated

import typer

from onduty.cli.console import say
from onduty.cli.dev.checkout import checkout


def notebooks(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Every one when left out.")] = None,
    *,
    fast: Annotated[bool, typer.Option("--fast", help="Try each with few repeats, and publish nothing.")] = False,
    stale: Annotated[bool, typer.Option("--check", help="Only say which pages are older than their notebook.")] = False,
    words: Annotated[
        bool, typer.Option("--words", help="Run nothing: take over words that have changed, where the code has not.")
    ] = False,
) -> int:
    """Run the notebooks and write their pages; a cell that raises is a failure."""
    import time
    from concurrent.futures import ThreadPoolExecutor

    from onduty.authoring.notebooks import Notebook, has_old_words, notebooks_of, reworded, run, with_outputs

    root = checkout().root
    chosen = notebooks_of(root, names or [])
    if stale:
        old = [
            f"docs/measured/{each.name}.md: run `onduty dev notebooks {each.name}`" for each in chosen if each.is_stale
        ]
        old += [
            f"docs/measured/{each.name}.md: take over its words with `onduty dev notebooks --words {each.name}`"
            for each in chosen
            if has_old_words(each)
        ]
        full = [f"{path.relative_to(root)}: store it without outputs" for path in with_outputs(root)]
        for sentence in [*old, *full]:
            say(sentence)
        return int(bool(old or full))
    if words:
        for each in chosen:
            each.page.write_text(reworded(each), encoding="utf-8")
        return 0

    def timed(notebook: Notebook) -> float:
        started = time.monotonic()
        run(notebook, fast=fast)
        return time.monotonic() - started

    # What is measured is measured alone; what is only tried goes two side by side.
    with ThreadPoolExecutor(2 if fast else 1) as pool:
        try:
            for notebook, seconds in zip(chosen, pool.map(timed, chosen), strict=True):
                say(f"{notebook.name}  {seconds:.1f} s")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return 0
