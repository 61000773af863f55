"""How the lab's PostgreSQL is set up, whichever provider runs it."""

from __future__ import annotations

SUPERUSER = "postgres"
MAINTENANCE = "postgres"
DATABASE = "onduty"
ROLE = "app"
CLERK = "onduty_lab"
"""Who reads and writes the service's tables for a check: a superuser would run whatever the service hid in them."""
CLERK_MAY = ("pg_read_all_data", "pg_write_all_data", "pg_monitor", "pg_signal_backend", "pg_maintain", "pg_checkpoint")

SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "32MB",
    # The data is thrown away after the run; nothing is gained by surviving a power cut.
    "fsync": "off",
    "full_page_writes": "off",
    # Counted work must be the same in every run: nothing happens in the background, and nobody helps.
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "10000",
    "pg_stat_statements.save": "off",
    # Files in the data directory instead of /dev/shm, which may be tiny, and would keep them after a kill.
    "dynamic_shared_memory_type": "mmap",
    "log_connections": "on",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
# What can be had by a role on a server that somebody else set up.
PER_SESSION = {name: SETTINGS[name] for name in ("jit", "max_parallel_workers_per_gather", "timezone")}
# Three worker processes less to start, freeze and count.
SETTINGS_SINCE_18 = {"io_method": "sync"}

ACCESS = f"""\
local all {SUPERUSER},{CLERK} scram-sha-256
local all all reject
host all {SUPERUSER},{CLERK} all reject
host all all 127.0.0.1/32 scram-sha-256
"""


def settings(major: int) -> dict[str, str]:
    """Return the settings for a server of this major version."""
    return SETTINGS | (SETTINGS_SINCE_18 if major >= 18 else {})
