import fcntl
import os
import signal
from pathlib import Path

import uvicorn

children: set[int] = set()
stopping = False


def stop(*_: object) -> None:
    global stopping
    stopping = True
    for pid in children:
        os.kill(pid, signal.SIGTERM)


def serve_when_it_is_my_turn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with (Path(os.environ["TMPDIR"]) / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        uvicorn.run("app.main:app", host=os.environ["HOST"], port=int(os.environ["PORT"]))
    os._exit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    while True:
        while not stopping and len(children) < 2:
            if pid := os.fork():
                children.add(pid)
            else:
                serve_when_it_is_my_turn()
        if not children:
            return
        ended, _ = os.wait()
        children.discard(ended)


if __name__ == "__main__":
    main()
