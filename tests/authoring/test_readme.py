"""What the README shows of a session is what the course says now."""

import re
from pathlib import Path

from onduty.authoring.pages.recording import Recording
from onduty.course.catalog import Course

ROOT = Path(__file__).parents[2]
SESSION = re.compile(r"\$ onduty check (\d+)\n(.*?)\n\n", re.DOTALL)
CHECK = re.compile(r"^  ([✓✗]) (\S+)  (.*?) +\d+\.\d s$((?:\n    .+)*)", re.MULTILINE)


def test_the_captured_session_has_the_checks_their_promises_and_their_verdicts() -> None:
    shown = SESSION.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown is not None
    recording = Recording.read(Course.load(ROOT).find(shown[1]))
    assert recording is not None
    told = [
        (mark, check, " ".join([begun, *rest.split()]) if rest else begun)
        for mark, check, begun, rest in CHECK.findall(shown[2])
    ]
    assert told == [
        ("✓" if check.explanation is None else "✗", check.id, check.promise)
        for check in recording.starter.result.checks
    ]
