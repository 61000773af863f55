"""Starts the service: `python -m app.serve`."""

import asyncio
import os
from types import FrameType

import uvicorn

from app.main import create_app


class PatientServer(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        app.state.leaving = True
        asyncio.get_running_loop().call_later(1.2, super().handle_exit, sig, frame)


app = create_app()
app.state.leaving = False
config = uvicorn.Config(app, host=os.environ["HOST"], port=int(os.environ["PORT"]), timeout_graceful_shutdown=2)
PatientServer(config).run()
