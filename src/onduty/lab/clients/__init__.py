"""Who calls on the service, and what they were answered."""
