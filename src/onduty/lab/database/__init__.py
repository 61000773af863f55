"""PostgreSQL: the server, its data, and what a check may do with it."""
