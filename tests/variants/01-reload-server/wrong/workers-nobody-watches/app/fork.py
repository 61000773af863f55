import multiprocessing
import os
import signal
import socket

import uvicorn


def serve(listener: socket.socket) -> None:
    uvicorn.Server(uvicorn.Config("app.main:app")).run(sockets=[listener])


def main() -> None:
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])), backlog=512)
    workers = [multiprocessing.Process(target=serve, args=(listener,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    signal.signal(signal.SIGTERM, lambda *_: [worker.terminate() for worker in workers])
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
