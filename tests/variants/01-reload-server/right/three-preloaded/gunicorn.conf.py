import os

bind = f"{os.environ['HOST']}:{os.environ['PORT']}"
worker_class = "uvicorn_worker.UvicornWorker"
workers = 3
preload_app = True
max_requests = 1000
max_requests_jitter = 100
