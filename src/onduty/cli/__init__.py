"""The command `onduty`: one small file per command, found through the table below."""

# Nothing else is imported here: an interruption before `main` has begun could not be told in a sentence.
import sys

COMMANDS = {
    "Work on an incident": {
        "start": "onduty.cli.start:start",
        "check": "onduty.cli.check:check",
        "watch": "onduty.cli.watch:watch",
        "ship": "onduty.cli.ship:ship",
    },
    "When you are stuck": {
        "contract": "onduty.cli.contract:contract",
        "hint": "onduty.cli.hint:hint",
        "replay": "onduty.cli.replay:replay",
        "run": "onduty.cli.run:run",
        "diff": "onduty.cli.diff:diff",
        "solution": "onduty.cli.solution:solution",
    },
    "Your files": {
        "reset": "onduty.cli.reset:reset",
        "undo": "onduty.cli.undo:undo",
        "upgrade": "onduty.cli.upgrade:upgrade",
        "init": "onduty.cli.init:init",
    },
    "Where you stand": {
        "list": "onduty.cli.list:list_chapters",
        "doctor": "onduty.cli.doctor:doctor",
    },
    "For instructors": {
        "grade": "onduty.cli.grade:grade",
        "merge": "onduty.cli.merge:merge",
        "similar": "onduty.cli.similar:similar",
    },
    "For authors": {
        "dev": "onduty.cli.dev:app",
    },
}
"""What `--help` shows, in this order. A command is `module:function`, or `module:app` for a Typer with commands of its
own; its docstring is its help. Modules are imported when they are needed, and import what is heavy inside functions."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code. Whatever goes wrong is told in a sentence, never as a traceback."""
    try:
        # Inside, so that an interruption while Typer is being imported is told as one, too.
        from onduty.cli.process import prepare

        prepare()
        from onduty.cli.app import run

        return run(sys.argv[1:] if arguments is None else arguments)
    except BaseException as error:  # noqa: BLE001 - the last resort
        try:
            from onduty.cli.failures import tell

            return tell(error)
        except KeyboardInterrupt:
            return 130
