"""All that the doctor looks at, in the order in which it is shown."""

from typing import Final

from onduty.cli.examine import learning, machine, servers

EXAMINATIONS: Final = (*machine.EXAMINATIONS, *servers.EXAMINATIONS, *learning.EXAMINATIONS)
