"""What a course author runs: `onduty dev …`."""
