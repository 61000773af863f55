"""The boundary made of containers, where there is a Docker engine and no bubblewrap."""
