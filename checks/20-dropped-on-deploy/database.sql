\ir ../schema.sql

INSERT INTO products (id, sku, name, price_cents, stock)
SELECT n, 'NOC-' || n, (ARRAY['Espresso', 'Flat white', 'Filter', 'Mocha', 'Rye roll', 'Apple cake'])[1 + n % 6] || ' ' || n, 200 + 15 * n, 100
FROM generate_series(1, 12) AS n;

INSERT INTO customers (id, email, name, password_hash)
SELECT n, 'guest' || n || '@example.org', 'Guest ' || n, 'not a hash'
FROM generate_series(1, 50) AS n;

INSERT INTO orders (id, customer_id, status, total_cents, placed_at)
SELECT n, 1 + n % 50, CASE WHEN n > 190 THEN 'placed' ELSE 'served' END, 400, timestamptz '2026-01-01 00:00+00' + n * interval '7 minutes'
FROM generate_series(1, 200) AS n;

INSERT INTO order_lines (order_id, position, product_id, quantity, price_cents)
SELECT n, 1, 1 + n % 12, 2, 200
FROM generate_series(1, 200) AS n;

SELECT setval(pg_get_serial_sequence(name, 'id'), 1000)
FROM (VALUES ('products'), ('customers'), ('orders')) AS tables (name);
