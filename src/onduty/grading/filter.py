"""A filter on a room's system calls: no memory that belongs to no process, since nobody could count it.

Such memory stays when its mapping is gone: files without a name, System V segments and messages, shared memory without
a file, pages handed to a pipe or to io_uring. The kernel answers as if it had none of these.
"""

import errno
import platform
import struct
from collections.abc import Mapping
from typing import Final

X86_64: Final = {
    "mmap": 9, "shmget": 29, "semget": 64, "msgget": 68, "vmsplice": 278, "memfd_create": 319,
    "io_uring_setup": 425, "memfd_secret": 447,
}  # fmt: skip
AARCH64: Final = {
    "vmsplice": 75, "msgget": 186, "semget": 190, "shmget": 194, "mmap": 222, "memfd_create": 279,
    "io_uring_setup": 425, "memfd_secret": 447,
}  # fmt: skip
MACHINES: Final[Mapping[str, tuple[int, Mapping[str, int]]]] = {
    "x86_64": (0xC000003E, X86_64),
    "aarch64": (0xC00000B7, AARCH64),
}
"""How the kernel calls each architecture (AUDIT_ARCH_…), and the numbers of its calls."""
NUMBER, ARCHITECTURE, FLAGS = 0, 4, 40
"""Where in what a filter is shown: the call, the architecture, and the fourth argument, which are the flags of mmap."""
OTHER_NUMBERS: Final = 0x40000000
"""From here on x86_64 has all its calls a second time."""
SHARED_ANONYMOUS: Final = 0x21
LOAD, AND, EQUAL, AT_LEAST, ANSWER = 0x20, 0x54, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.ENOSYS


def program(machine: str = platform.machine()) -> bytes:
    """The filter as the kernel wants it; KeyError for a machine of another architecture."""
    architecture, numbers = MACHINES[machine]
    refused = [number for name, number in numbers.items() if name != "mmap"]
    steps = [
        (EQUAL, 0, len(refused) + 7, architecture),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, len(refused) + 5, 0, OTHER_NUMBERS),
        *((EQUAL, len(refused) - place + 4, 0, number) for place, number in enumerate(refused)),
        (EQUAL, 0, 3, numbers["mmap"]),
        (LOAD, 0, 0, FLAGS),
        (AND, 0, 0, SHARED_ANONYMOUS),
        (EQUAL, 1, 0, SHARED_ANONYMOUS),
        (ANSWER, 0, 0, ALLOW),
        (ANSWER, 0, 0, REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in [(LOAD, 0, 0, ARCHITECTURE), *steps])
