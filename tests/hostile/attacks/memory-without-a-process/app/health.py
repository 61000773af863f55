import ctypes
import mmap
import os

held = []


def files():
    for _ in range(38):
        held.append(os.memfd_create("held"))
        os.write(held[-1], bytes(7 << 20))


def segments():
    library = ctypes.CDLL(None, use_errno=True)
    if library.shmget(0, ctypes.c_size_t(264 << 20), 0o1600) < 0:
        raise OSError(ctypes.get_errno(), "shmget")


def shared(descriptor=-1):
    held.append(mmap.mmap(descriptor, 264 << 20))
    for start in range(0, 264 << 20, 1 << 20):
        held[-1][start : start + (1 << 20)] = b"x" * (1 << 20)
        held[-1].madvise(mmap.MADV_DONTNEED, start, 1 << 20)


def zeros():
    shared(os.open("/dev/zero", os.O_RDWR))


def live():
    for way in (segments, files, shared, zeros):
        try:
            way()
            print("GAINED by", way.__name__, flush=True)
        except OSError as error:
            print(way.__name__, error, flush=True)
    return 500, {"status": "dead"}
