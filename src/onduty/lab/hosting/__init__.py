"""The hosting platform: it starts the service, watches over it, and replaces it."""
