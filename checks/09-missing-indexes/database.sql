\ir ../schema.sql

-- 20,000 orders in two and a half years, one every 70 minutes: about twenty a night. Nearly all are long served.

INSERT INTO products (id, sku, name, price_cents, stock)
SELECT n, 'NOC-' || n, (ARRAY['Espresso', 'Flat white', 'Filter', 'Mocha', 'Rye roll', 'Apple cake'])[1 + n % 6] || ' ' || n, 200 + 15 * n, 100
FROM generate_series(1, 12) AS n;

INSERT INTO customers (id, email, name, password_hash, created_at)
SELECT n, 'Guest.' || n || '@Example.org', 'Guest ' || n,
       '$argon2id$v=19$m=65536,t=3,p=4$' || md5('salt ' || n) || '$' || md5('hash ' || n),
       timestamptz '2023-01-01 12:00+00' + n * interval '4 hours'
FROM generate_series(1, 5000) AS n;

-- Customers 1 to 20 came all the time, 300 orders each, and have not been seen since 2024; now and then the till sent two
-- of their orders at once. Customers 21 to 60 came later, for a few weeks and some 22 orders each; everybody else comes now and then.
INSERT INTO orders (id, customer_id, status, total_cents, note, placed_at)
SELECT n,
       CASE WHEN n <= 12000 AND moment % 2 = 0 THEN 1 + moment / 2 % 20
            WHEN n > 12000 AND n % 9 = 0 THEN 21 + (n - 12001) / 800 * 4 + n / 9 % 4
            ELSE 61 + n * 7919 % 4940 END,
       CASE WHEN n > 19980 THEN (ARRAY['placed', 'placed', 'paid'])[1 + n % 3]
            WHEN n % 37 = 0 THEN 'cancelled'
            ELSE 'served' END,
       250 + n * 31 % 1900,
       (ARRAY['', 'no sugar', 'oat milk, extra hot, in a cup of their own', 'to take away'])[1 + n % 4],
       timestamptz '2023-03-01 18:00+00' + moment * interval '70 minutes'
FROM generate_series(1, 20000) AS n, LATERAL (SELECT n + (n % 402 = 1)::integer AS moment) AS till;

INSERT INTO order_lines (order_id, position, product_id, quantity, price_cents)
SELECT n, 1, 1 + n % 11, 1 + n % 3, 215 + 15 * (n % 11)
FROM generate_series(1, 20000) AS n;

SELECT setval(pg_get_serial_sequence(name, 'id'), 100000)
FROM (VALUES ('products'), ('customers'), ('orders')) AS tables (name);
