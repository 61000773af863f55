\ir ../schema.sql

-- 3,000 orders of three lines each: what a page shows is a small part of what there is.

INSERT INTO products (id, sku, name, price_cents, stock)
SELECT n, 'NOC-' || n, (ARRAY['Espresso', 'Flat white', 'Filter', 'Mocha', 'Rye roll', 'Apple cake'])[1 + n % 6] || ' ' || n, 200 + 15 * n, 1000
FROM generate_series(1, 30) AS n;

INSERT INTO customers (id, email, name, password_hash)
SELECT n, 'guest' || n || '@example.org', 'Guest ' || n, 'not a hash'
FROM generate_series(1, 200) AS n;

INSERT INTO orders (id, customer_id, status, total_cents, placed_at)
SELECT n, 1 + n % 200, 'served', 900, timestamptz '2026-01-01 00:00+00' + n * interval '7 minutes'
FROM generate_series(1, 3000) AS n;

INSERT INTO order_lines (order_id, position, product_id, quantity, price_cents)
SELECT n, position, 1 + (n + position * 7) % 30, 1, 300
FROM generate_series(1, 3000) AS n, generate_series(1, 3) AS position;

SELECT setval(pg_get_serial_sequence(name, 'id'), 10000)
FROM (VALUES ('products'), ('customers'), ('orders')) AS tables (name);
