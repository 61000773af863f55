\ir ../schema.sql

INSERT INTO customers (id, email, name, password_hash)
SELECT n, 'guest' || n || '@example.org', 'Guest ' || n, 'not a hash'
FROM generate_series(1, 50) AS n;

INSERT INTO orders (id, customer_id, status, total_cents, placed_at)
SELECT n, 1 + n % 50, CASE WHEN n > 190 THEN 'placed' ELSE 'served' END, 400, timestamptz '2026-01-01 00:00+00' + n * interval '7 minutes'
FROM generate_series(1, 200) AS n;

SELECT setval(pg_get_serial_sequence(name, 'id'), 1000)
FROM (VALUES ('customers'), ('orders')) AS tables (name);
