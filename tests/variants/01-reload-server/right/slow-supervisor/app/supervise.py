import os
import signal
import socket
import threading

import uvicorn

LOOKS_EVERY = 5.0


def start_worker(listener: socket.socket) -> int:
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        uvicorn.Server(uvicorn.Config("app.main:app")).run(sockets=[listener])
        os._exit(0)
    return pid


def main() -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])), backlog=512)
    wanted = int(os.environ.get("WEB_CONCURRENCY", "2"))
    workers = {start_worker(listener) for _ in range(wanted)}
    while not stopping.wait(LOOKS_EVERY):
        workers = {pid for pid in workers if os.waitpid(pid, os.WNOHANG) == (0, 0)}
        workers |= {start_worker(listener) for _ in range(wanted - len(workers))}
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    for pid in workers:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
