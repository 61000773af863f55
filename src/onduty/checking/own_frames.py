"""Of a traceback in the service's log, what a learner can change something about."""

import re
from collections.abc import Iterable

FRAME = re.compile(r'(?P<indent>[\s|]*)File "(?P<file>[^"]+)", line \d+')
OF_OTHERS = re.compile(r"^<frozen |[/\\](site-packages|dist-packages|lib[/\\]python3\.\d+)[/\\]")


def own_frames(lines: Iterable[str]) -> list[str]:
    """The lines without the frames of libraries and of Python's import; everything that is no frame stays as it is."""
    kept: list[str] = []
    skipped: int | None = None
    for line in lines:
        frame = FRAME.match(line)
        if frame is not None:
            skipped = len(frame["indent"]) if OF_OTHERS.search(frame["file"]) else None
        elif skipped is not None and not line[: skipped + 1].strip(" |"):
            continue
        else:
            skipped = None
        if skipped is None:
            kept.append(line)
    return kept
