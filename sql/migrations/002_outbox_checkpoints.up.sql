-- Where each slot's stream goes on after a restart. One row per slot, rewritten at most once a second.

-- The relay makes the table itself where it may, so it can be there already.
CREATE TABLE IF NOT EXISTS outbox_checkpoints (
    slot_name  text        NOT NULL,
    phase      text        NOT NULL,
    system_id  text        NOT NULL,
    timeline   bigint      NOT NULL,
    end_lsn    pg_lsn      NOT NULL,
    events     bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT outbox_checkpoints_pkey PRIMARY KEY (slot_name),
    CONSTRAINT outbox_checkpoints_phase_check CHECK (phase IN ('snapshot', 'streaming')),
    CONSTRAINT outbox_checkpoints_timeline_check CHECK (timeline >= 1),
    CONSTRAINT outbox_checkpoints_events_check CHECK (events >= 0)
)
-- No indexed column ever changes, so with room in the page every rewrite is a HOT update and the table stays one page.
WITH (fillfactor = 50);

COMMENT ON TABLE outbox_checkpoints IS 'How far each replication slot has been published and recorded; written by the relay alone';
COMMENT ON COLUMN outbox_checkpoints.slot_name IS 'The replication slot';
COMMENT ON COLUMN outbox_checkpoints.phase IS 'snapshot: the rows that were there before the slot are still being published; streaming: the stream alone';
COMMENT ON COLUMN outbox_checkpoints.system_id IS 'System identifier of the database cluster that end_lsn belongs to';
COMMENT ON COLUMN outbox_checkpoints.timeline IS 'Its timeline; another one means that the cluster was failed over or restored';
COMMENT ON COLUMN outbox_checkpoints.end_lsn IS 'End of the last transaction of which, and of all before it, every event is acknowledged; the stream goes on here';
COMMENT ON COLUMN outbox_checkpoints.events IS 'Events published since the row was created';
COMMENT ON COLUMN outbox_checkpoints.updated_at IS 'When the row was last written';
