"""The lab: the real services a check runs against, and the platform that runs the service under check."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onduty.lab.lab import Lab, open_lab

__all__ = ["Lab", "open_lab"]


def __getattr__(name: str) -> object:
    """Import the lab when it is asked for, since `onduty --help` imports this package and never opens one."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from onduty.lab import lab

    return getattr(lab, name)
