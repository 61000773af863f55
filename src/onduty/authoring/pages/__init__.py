"""The generated pages of the site: recorded runs, and what is written from them and from the course's own files."""
