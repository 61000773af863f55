"""Ports, sockets, and what can be done to what passes through them."""
