"""The first process of a cell: runs the judge, and buries whatever ends in the cell.

It is started by its path, so that it imports nothing but the standard library before it has become two. The judge's
command line is not the process's: it could be read in the room. Its verdict leaves by the cell's stdout.
"""

import json
import os
import runpy
import sys

JUDGE = "ONDUTY_JUDGE"
"""The variable that holds the judge's command; the kernel shows it to nobody of another user."""


def main() -> None:
    """Run the module of the command, `python -P -m MODULE … --report-to DESCRIPTOR`."""
    words = json.loads(os.environ.pop(JUDGE))
    judge = os.fork()
    if judge:
        _bury_until_gone(judge)
    report_to = int(words[words.index("--report-to") + 1])
    if report_to != sys.stdout.fileno():
        os.dup2(sys.stdout.fileno(), report_to)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    module = words.index("-m") + 1
    sys.argv = words[module:]
    runpy.run_module(words[module], run_name="__main__", alter_sys=True)


def _bury_until_gone(judge: int) -> None:
    while True:
        pid, status = os.wait()
        if pid == judge:
            os._exit(abs(os.waitstatus_to_exitcode(status)))


if __name__ == "__main__":
    main()
