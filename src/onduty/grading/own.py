"""Judges one's own work as a stranger's is judged: what a chapter allows of it, in a sandbox."""

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
                expected=job.only or tuple(names_in(job.chapter.checks)),
                confined=lambda command: found.confine(command, app),
                seconds=policy.limits.seconds,
            )

        yield confine
