-- Two roles with the least that their work needs. Run after the migrations, by an administrator, in the database and with the
-- search_path of the outbox, as often as wanted:
--
--     psql -v ON_ERROR_STOP=1 -f sql/roles.sql
--
-- Passwords are not set here: \password outbox_relay, \password outbox_app.
-- The publication belongs to whoever makes it (the owner of the table): outbox-relay publication create, with that role's DSN.

BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'outbox_relay') THEN
        CREATE ROLE outbox_relay;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'outbox_app') THEN
        CREATE ROLE outbox_app;
    END IF;
END
$$;

-- The relay: a replication slot, the rows' bookkeeping and its own checkpoints.
ALTER ROLE outbox_relay LOGIN REPLICATION;
-- The application: writes events, sees what became of them, and cannot change or take back one.
ALTER ROLE outbox_app LOGIN;

DO $$
DECLARE
    -- Where the search_path finds the table, which need not be the first schema of it.
    home name := (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.oid = 'outbox_events'::regclass);
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO outbox_relay, outbox_app', current_database());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO outbox_relay, outbox_app', home);
END
$$;

GRANT SELECT, DELETE ON outbox_events TO outbox_relay;
GRANT UPDATE (status, retry_count, next_attempt_at, error_message, locked_at, locked_by, published_at)
    ON outbox_events TO outbox_relay;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_checkpoints TO outbox_relay;
GRANT SELECT, INSERT, DELETE ON outbox_dead_letters TO outbox_relay;

GRANT SELECT, INSERT ON outbox_events TO outbox_app;

COMMIT;
