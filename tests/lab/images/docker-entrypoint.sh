#!/bin/sh
# What the lab relies on in the official image's entry point, and no more.
set -eu

as_postgres() {
    exec setpriv --reuid=999 --regid=999 --clear-groups "$@"
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chown -R 999:999 "$PGDATA"
    chmod 700 "$PGDATA"
    echo "${POSTGRES_PASSWORD:?must be set}" >/tmp/password
    chown 999:999 /tmp/password
    (as_postgres env LC_ALL=C initdb --username=postgres --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256)
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
    # The official image runs its set-up scripts on a server that takes no connections from outside.
    (as_postgres postgres -c listen_addresses= -c unix_socket_directories=/tmp) &
    sleep 1
    kill -INT $!
    wait $! || true
fi
as_postgres "$@"
