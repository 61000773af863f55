"""Starts the service: the settings first, the port afterwards."""

import os

import uvicorn

from app.main import create_app
from app.settings import load_settings

settings = load_settings()
uvicorn.run(create_app(settings), host=os.environ["HOST"], port=int(os.environ["PORT"]), workers=1)
