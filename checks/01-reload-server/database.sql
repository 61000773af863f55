\ir ../schema.sql

INSERT INTO products (id, sku, name, price_cents, stock)
SELECT n, 'NOC-' || n, (ARRAY['Espresso', 'Flat white', 'Filter', 'Mocha', 'Rye roll', 'Apple cake'])[1 + n % 6] || ' ' || n, 200 + 15 * n, 100
FROM generate_series(1, 12) AS n;

SELECT setval(pg_get_serial_sequence('products', 'id'), 1000);
