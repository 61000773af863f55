import ctypes
import mmap
import os

WAY = 264
"""Megabytes: one way alone is more than all processes may hold, three are more than they and their disk."""
held = []


def files():
    for _ in range(WAY // 7):
        held.append(os.memfd_create("held"))
        os.write(held[-1], bytes(7 << 20))


def segments():
    library = ctypes.CDLL(None, use_errno=True)
    if library.shmget(0, ctypes.c_size_t(WAY << 20), 0o1600) < 0:
        raise OSError(ctypes.get_errno(), "shmget")


def shared(descriptor=-1):
    held.append(mmap.mmap(descriptor, WAY << 20))
    for start in range(0, WAY << 20, 1 << 20):
        held[-1][start : start + (1 << 20)] = b"x" * (1 << 20)
        held[-1].madvise(mmap.MADV_DONTNEED, start, 1 << 20)


def zeros():
    shared(os.open("/dev/zero", os.O_RDWR))


def live():
    gained = 0
    for way in (segments, files, shared, zeros):
        try:
            way()
            gained += WAY
        except OSError as error:
            print(way.__name__, error, flush=True)
    if gained >= 3 * WAY:
        print("GAINED", gained, "MB", flush=True)
    return 500, {"status": "dead"}
