"""What can stand in the way of a command, told in a sentence or two that end with what to do."""


class Problem(Exception):
    """Something the person at the keyboard can put right. Its message is shown as it stands, never with a traceback."""

    exit_code = 2


class NotPossibleHere(Problem):
    """The machine or the workspace does not allow it now: no permission, no space, another terminal at work."""

    exit_code = 3


class CourseError(Problem):
    """The course's own files are wrong: never the learner's fault."""

    exit_code = 4

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        more = len(problems) - 1
        rest = f" (and {more} more problem{'s' if more > 1 else ''})" if more else ""
        super().__init__(f"{problems[0]}{rest}. Install the course again, or restore its files with git.")
