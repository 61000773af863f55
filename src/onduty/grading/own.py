"""Judges one's own work behind the boundary: what a chapter allows of it, in a sandbox.

Nobody watches the memory of all its processes together, as is done for a stranger's.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from onduty.checking.judge import Job
from onduty.checking.task import names_in
from onduty.course.catalog import Course
from onduty.course.problems import Problem
from onduty.grading.intake import take_directory
from onduty.grading.isolation import isolation
from onduty.grading.model import Policy
from onduty.lab.providers import Provider


@contextmanager
def apart(course: Course, lab: Provider) -> Iterator[Callable[[Job], Job]]:
    """What turns a job into the same one behind the boundary; a Problem where this machine has none."""
    policy = Policy(lab=lab)
    with isolation(course, policy, required=True) as found:

        def confine(job: Job) -> Job:
            holder = course.service if job.ship and course.service else job.chapter
            taken = take_directory(job.app, holder)
            if taken.problem:
                raise Problem(taken.problem)
            app = Path(tempfile.mkdtemp(dir=found.place)) / "app"
            app.parent.chmod(0o711)
            taken.write(app)
            return replace(
                job,
                app=app,
                expected=tuple(name for name in names_in(job.chapter.checks) if name in job.only or not job.only),
                confined=lambda command: found.confine(command, app),
                seconds=policy.limits.seconds,
            )

        yield confine
