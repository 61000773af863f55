"""What went wrong in the lab itself: never the learner's fault."""

from __future__ import annotations

from onduty.lab.unmet import NotGraded


class LabError(Exception):
    """A part of the lab did not do its work; the message says which, and what it printed."""


class MissingServer(NotGraded):
    """There is no program, or no user, on this machine to run a server of the lab with."""


class DatabaseFileError(LabError):
    """`database.sql` cannot be loaded; the message names the file and the line."""
