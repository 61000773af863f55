\ir ../schema.sql

INSERT INTO products (id, sku, name, price_cents, stock)
SELECT n, 'NOC-' || n, (ARRAY['Espresso', 'Flat white', 'Filter', 'Mocha', 'Rye roll', 'Apple cake'])[1 + n % 6] || ' ' || n, 200 + 15 * n, 1000
FROM generate_series(1, 60) AS n;

INSERT INTO customers (id, email, name, password_hash)
SELECT n, 'guest' || n || '@example.org', 'Guest ' || n, 'not a hash'
FROM generate_series(1, 20) AS n;

SELECT setval(pg_get_serial_sequence(name, 'id'), 1000)
FROM (VALUES ('products'), ('customers'), ('orders')) AS tables (name);
