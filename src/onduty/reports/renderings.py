"""The forms a report can be written in, by the name that `--render` knows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onduty.course.problems import Problem
from onduty.reports.autograding import autograding
from onduty.reports.classroom50 import classroom50, told_by_the_runner
from onduty.reports.gradebook import gradebook
from onduty.reports.gradescope import gradescope
from onduty.reports.job_summary import job_summary
from onduty.reports.junit import junit
from onduty.reports.page import page
from onduty.reports.sheet import Sheet

Together = Callable[[Sequence[Sheet]], str]

OF_ONE: Final[dict[str, Callable[[Sheet], str]]] = {
    "autograding": autograding,
    "classroom50": classroom50,
    "gradescope": gradescope,
}
"""One file a person."""
OF_ALL: Final[dict[str, Together]] = {"csv": gradebook, "github": job_summary, "html": page, "junit": junit}
"""One file for everybody."""
MARKS: Final = frozenset({"classroom50", "gradescope"})
"""What becomes a mark without anybody looking: never written where something could not be judged."""
LEARNER: Final = "{learner}"
"""In a path, the id of whose report it is."""


@dataclass(frozen=True)
class Rendering:
    """A form, and the file to write."""

    form: str
    path: str

    @classmethod
    def parse(cls, text: str) -> "Rendering":
        """Read `html=report.html`; `json` is known to whoever asks."""
        form, equals, path = text.partition("=")
        known = sorted({*OF_ONE, *OF_ALL, "json"})
        if not (equals and path) or form not in known:
            raise Problem(f"--render {text} is not of the form FORM=FILE with one of {', '.join(known)}.")
        if form == "classroom50":
            told_by_the_runner()
        return cls(form, path)

    def require_room_for(self, people: int) -> None:
        """Raise Problem where several would have to share a file that is about one."""
        if people > 1 and self.form in OF_ONE and LEARNER not in self.path:
            raise Problem(
                f"--render {self.form} makes a file for each of {people} people: write {LEARNER} into its path."
            )

    def write(self, sheets: Sequence[Sheet], json: Callable[[], str]) -> list[str]:
        """Write the file, or one for each; return a sentence for each that was left out."""
        if self.form in OF_ONE:
            return self._write_each(sheets, OF_ONE[self.form])
        _put(self.path, json() if self.form == "json" else OF_ALL[self.form](sheets))
        return []

    def _write_each(self, sheets: Sequence[Sheet], draw: Callable[[Sheet], str]) -> list[str]:
        self.require_room_for(len(sheets))
        left_out = []
        for sheet in sheets:
            if self.form in MARKS and sheet.unsettled:
                whose = f" for {sheet.name}" if sheet.name else ""
                left_out.append(f"No {self.form} file{whose}: what could not be judged must not become a mark.")
            else:
                _put(self.path.replace(LEARNER, sheet.id), draw(sheet))
        return left_out


def _put(path: str, text: str) -> None:
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # As it was drawn: a CSV file has line ends of its own.
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
