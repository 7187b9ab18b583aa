-- How far each partition is done. Written in the transactions of the effects; the group's offsets in Kafka only follow.

CREATE TABLE consumer_positions (
    consumer_name    text        NOT NULL,
    topic            text        NOT NULL,
    partition_number integer     NOT NULL,
    next_offset      bigint      NOT NULL,
    updated_at       timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT consumer_positions_pkey PRIMARY KEY (consumer_name, topic, partition_number),
    CONSTRAINT consumer_positions_offset_check CHECK (next_offset >= 0)
)
-- A few rows, each updated many times a second: room for the next versions in the same page, and vacuum at once.
WITH (fillfactor = 20, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

COMMENT ON TABLE consumer_positions IS 'High-water marks: everything below them is applied, parked or a dead letter';
COMMENT ON COLUMN consumer_positions.consumer_name IS 'Which consumer';
COMMENT ON COLUMN consumer_positions.topic IS 'Kafka topic';
COMMENT ON COLUMN consumer_positions.partition_number IS 'Its partition';
COMMENT ON COLUMN consumer_positions.next_offset IS 'The first offset that is not done';
COMMENT ON COLUMN consumer_positions.updated_at IS 'When it moved last';
