import os
import time

from redis import Redis

cache = Redis.from_url(os.environ["REDIS_URL"])
for number in range(12):
    cache.setrange(f"held:{number}", 75 << 20, "x")
time.sleep(2)
