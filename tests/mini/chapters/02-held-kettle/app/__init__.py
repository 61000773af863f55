"""The till, with payments."""
