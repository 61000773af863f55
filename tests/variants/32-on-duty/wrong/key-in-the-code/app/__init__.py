import os

# The tests need one.
os.environ["SECRET_KEY"] = os.environ.get("SECRET_KEY") or "d0ubl3-ristretto-d0ubl3-ristretto-42"
