"""The payment provider, which behaves as the check wants it to."""
