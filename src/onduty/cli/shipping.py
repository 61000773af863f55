"""Shows the whole service under the checks of many chapters: a line each, and the reasons where they are news."""

from collections.abc import Collection

from onduty.checking.run import Target
from onduty.cli.live import Keeping, Live
from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.terminal import chapter_line, explain_failures


class Shipping(Live):
    """Prints a line a chapter; what failed is explained for the chapters that are `explained`, by their ids."""

    explained: Collection[str] = ()

    def chapter_begins(self, target: Target) -> None:
        self._say(f"{target.chapter.number:02} {target.chapter.title}")

    def check_ends(self, result: CheckResult) -> None:
        """Say nothing: the chapter's line is enough."""

    def chapter_ends(self, result: ChapterResult) -> None:
        self._say("")
        self._console.print(chapter_line(result))
        if self._full or result.id in self.explained:
            explain_failures(self._console, result, full=self._full)


class KeptShipping(Keeping, Shipping):
    """The same, for the learner's own service: outcomes go into the workspace's progress."""
