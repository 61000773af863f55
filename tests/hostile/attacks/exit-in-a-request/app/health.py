import os


def live():
    os._exit(0)
