\ir ../schema.sql

-- Sixty nights of a small shop: nearly everything was served, a little was cancelled, a handful is still open.

INSERT INTO products (id, sku, name, price_cents, stock)
SELECT n, 'NOC-' || n, name, 200 + 15 * n, 1000
FROM unnest(ARRAY[
    'Espresso', 'Doppio', 'Flat white', 'Cappuccino', 'Filter', 'Cold brew',
    'Mocha', 'Chai', 'Rye roll', 'Cheese toast', 'Apple cake', 'Brownie'
]) WITH ORDINALITY AS menu (name, n);

INSERT INTO customers (id, email, name, password_hash, created_at)
SELECT n, 'guest' || n || '@nightowl.example', 'Guest ' || n, 'no password yet', timestamptz '2025-12-01 20:00+00' + n * interval '17 minutes'
FROM generate_series(1, 500) AS n;

INSERT INTO orders (id, customer_id, status, total_cents, placed_at)
SELECT
    n,
    1 + n * 7919 % 500,
    CASE WHEN n > 4990 THEN 'placed' WHEN n > 4975 THEN 'paid' WHEN n % 40 = 0 THEN 'cancelled' ELSE 'served' END,
    0,
    timestamptz '2026-01-01 20:00+00' + n / 84 * interval '1 day' + n % 84 * interval '5 minutes'
FROM generate_series(1, 5000) AS n;

-- One to three different products an order, at the price of that night.
INSERT INTO order_lines (order_id, position, product_id, quantity, price_cents)
SELECT n, position, product_id, 1 + (n + position) % 3, 200 + 15 * product_id
FROM generate_series(1, 5000) AS n,
    generate_series(1, 1 + n % 3) AS position,
    LATERAL (SELECT 1 + (n + n / 84 + position * 5) % 12 AS product_id) AS chosen;

UPDATE orders
SET total_cents = (SELECT sum(quantity * price_cents) FROM order_lines WHERE order_id = orders.id);

INSERT INTO payments (order_id, amount_cents, provider_ref, created_at)
SELECT id, total_cents, 'ch_' || md5(id::text), placed_at + interval '2 minutes'
FROM orders
WHERE status IN ('paid', 'served');

SELECT setval(pg_get_serial_sequence(name, 'id'), 10000)
FROM (VALUES ('products'), ('customers'), ('orders')) AS tables (name);
