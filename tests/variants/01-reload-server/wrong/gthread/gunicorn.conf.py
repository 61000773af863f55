import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
graceful_timeout = 8
