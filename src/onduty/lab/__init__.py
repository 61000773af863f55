"""The lab: the real services a check runs against, and the platform that runs the service under check."""

from onduty.lab.lab import Lab, open_lab

__all__ = ["Lab", "open_lab"]
