"""What a connection to the database does by itself."""

import socket

import pytest
from app.database import open_database


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no such limit")
async def test_a_database_whose_network_is_lost_is_noticed(settings):
    async with open_database(settings) as database, database.transaction() as session:
        connection = await (await session.connection()).get_raw_connection()
        with socket.fromfd(connection.driver_connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as wire:
            idle = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
            lost = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert (idle, lost) == (2, 4000)
