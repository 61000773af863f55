"""One byte that the master and its workers share: has SIGTERM come?"""

from multiprocessing import RawValue

leaving = RawValue("b", 0)
