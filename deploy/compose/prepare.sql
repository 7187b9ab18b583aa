-- What an administrator does once after the migrations: the roles, the relay's password, the publication. Repeatable.
\set ON_ERROR_STOP on
\getenv relay_password RELAY_PASSWORD
\ir roles.sql
ALTER ROLE outbox_relay PASSWORD :'relay_password';
SELECT $$CREATE PUBLICATION outbox_relay FOR TABLE outbox_events WITH (publish = 'insert')$$
WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'outbox_relay')
\gexec
