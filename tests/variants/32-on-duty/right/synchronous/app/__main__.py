"""How uvicorn serves the app, without gunicorn: its own supervisor replaces workers that die."""

import uvicorn

from app.logs import logging_config
from app.settings import load_settings

if __name__ == "__main__":
    settings = load_settings()
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        timeout_graceful_shutdown=max(1, round(settings.finish_seconds)),
        forwarded_allow_ips="",
        access_log=False,
        log_config=logging_config(settings.log_level),
    )
