import os
import signal
import socket

import uvicorn

workers: set[int] = set()
stopping = False


def stop(*_: object) -> None:
    global stopping
    stopping = True
    for pid in workers:
        os.kill(pid, signal.SIGTERM)


def start_worker(listener: socket.socket) -> None:
    pid = os.fork()
    if pid:
        workers.add(pid)
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    uvicorn.Server(uvicorn.Config("app.main:app")).run(sockets=[listener])
    os._exit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])), backlog=512)
    wanted = int(os.environ.get("WEB_CONCURRENCY", "2"))
    while True:
        while not stopping and len(workers) < wanted:
            start_worker(listener)
        if not workers:
            return
        ended, _ = os.wait()
        workers.discard(ended)
        while workers and not stopping:
            other = workers.pop()
            os.kill(other, signal.SIGKILL)
            os.waitpid(other, 0)


if __name__ == "__main__":
    main()
