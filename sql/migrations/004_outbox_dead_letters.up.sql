-- What operators did with dead letters. Kafka deletes no single record, so a letter that was dealt with stays in its topic; this
-- table says that it is dealt with.

-- outbox-relay dlq makes the table itself where it may, so it can be there already.
CREATE TABLE IF NOT EXISTS outbox_dead_letters (
    topic            text        NOT NULL,
    partition_number integer     NOT NULL,
    record_offset    bigint      NOT NULL,
    record_time      bigint      NOT NULL,
    event_id         text,
    state            text        NOT NULL,
    changed_by       text        NOT NULL DEFAULT current_user,
    changed_at       timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT outbox_dead_letters_pkey PRIMARY KEY (topic, partition_number, record_offset, record_time),
    CONSTRAINT outbox_dead_letters_state_check CHECK (state IN ('retried', 'discarded'))
);

COMMENT ON TABLE outbox_dead_letters IS 'Dead letters that were retried or discarded; a letter that is not in here is open';
COMMENT ON COLUMN outbox_dead_letters.topic IS 'The dead-letter topic';
COMMENT ON COLUMN outbox_dead_letters.partition_number IS 'The letter''s partition in it';
COMMENT ON COLUMN outbox_dead_letters.record_offset IS 'The letter''s offset in that';
COMMENT ON COLUMN outbox_dead_letters.record_time IS 'The record''s time in ms since 1970: offsets begin anew when a topic is made anew';
COMMENT ON COLUMN outbox_dead_letters.event_id IS 'The event''s id, as far as the letter has one';
COMMENT ON COLUMN outbox_dead_letters.state IS 'retried: published again; discarded: left out for good';
COMMENT ON COLUMN outbox_dead_letters.changed_by IS 'Which role did it';
COMMENT ON COLUMN outbox_dead_letters.changed_at IS 'When';
