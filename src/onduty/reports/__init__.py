"""One report, many renderings."""
