"""What a check is written with."""

from onduty.checking.because import Because
from onduty.checking.task import task

__all__ = ["Because", "task"]
