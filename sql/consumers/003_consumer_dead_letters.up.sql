-- Events that could not be applied, and events that wait behind one of them.

CREATE TABLE consumer_dead_letters (
    consumer_name    text        NOT NULL,
    topic            text        NOT NULL,
    partition_number integer     NOT NULL,
    record_offset    bigint      NOT NULL,
    record_time      bigint,
    event_id         uuid,
    record_key       bytea,
    record_value     bytea,
    headers          jsonb       NOT NULL,
    error_class      text        NOT NULL,
    reason           text        NOT NULL,
    attempts         integer     NOT NULL,
    first_failed_at  timestamptz NOT NULL,
    failed_at        timestamptz NOT NULL,
    state            text        NOT NULL DEFAULT 'open',
    changed_at       timestamptz,
    changed_by       text,
    dlq_topic        text        NOT NULL,

    CONSTRAINT consumer_dead_letters_pkey PRIMARY KEY (consumer_name, topic, partition_number, record_offset),
    CONSTRAINT consumer_dead_letters_state_check CHECK (state IN ('open', 'retried', 'discarded'))
);

-- What later events of a key ask, in every transaction. By the key's hash: a key may be longer than an index entry can be.
CREATE INDEX consumer_dead_letters_key_idx ON consumer_dead_letters (consumer_name, topic, sha256(record_key)) WHERE state = 'open';

COMMENT ON TABLE consumer_dead_letters IS 'Events that a consumer could not apply; each is in the dead-letter topic as well';
COMMENT ON COLUMN consumer_dead_letters.consumer_name IS 'Which consumer';
COMMENT ON COLUMN consumer_dead_letters.topic IS 'Where the record lies: its topic';
COMMENT ON COLUMN consumer_dead_letters.partition_number IS 'Its partition';
COMMENT ON COLUMN consumer_dead_letters.record_offset IS 'Its offset in that';
COMMENT ON COLUMN consumer_dead_letters.record_time IS 'The record''s time in ms since 1970';
COMMENT ON COLUMN consumer_dead_letters.event_id IS 'The event''s id, as far as the record tells one';
COMMENT ON COLUMN consumer_dead_letters.record_key IS 'The record''s key as it was';
COMMENT ON COLUMN consumer_dead_letters.record_value IS 'The record''s value as it was';
COMMENT ON COLUMN consumer_dead_letters.headers IS 'The record''s headers as they were: an array of {name, value}, with hex instead of value for bytes that are no text';
COMMENT ON COLUMN consumer_dead_letters.error_class IS 'bad_data, rejected, unknown or followed';
COMMENT ON COLUMN consumer_dead_letters.reason IS 'Why, without payload';
COMMENT ON COLUMN consumer_dead_letters.attempts IS 'How often it was tried alone';
COMMENT ON COLUMN consumer_dead_letters.first_failed_at IS 'When it failed first';
COMMENT ON COLUMN consumer_dead_letters.failed_at IS 'When it failed last';
COMMENT ON COLUMN consumer_dead_letters.state IS 'open; retried: it was applied after all; discarded: left out for good';
COMMENT ON COLUMN consumer_dead_letters.changed_at IS 'When it was retried or discarded';
COMMENT ON COLUMN consumer_dead_letters.changed_by IS 'Which role did that';
COMMENT ON COLUMN consumer_dead_letters.dlq_topic IS 'The dead-letter topic that it was sent to';

CREATE TABLE consumer_parked (
    consumer_name    text        NOT NULL,
    topic            text        NOT NULL,
    partition_number integer     NOT NULL,
    record_offset    bigint      NOT NULL,
    record_time      bigint,
    event_id         uuid        NOT NULL,
    record_key       bytea       NOT NULL,
    record_value     bytea,
    headers          jsonb       NOT NULL,
    parked_at        timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT consumer_parked_pkey PRIMARY KEY (consumer_name, topic, partition_number, record_offset)
);

CREATE INDEX consumer_parked_key_idx ON consumer_parked (consumer_name, topic, sha256(record_key));

COMMENT ON TABLE consumer_parked IS 'Events that wait until the dead letter of their key is retried or discarded; then they are applied in order';
COMMENT ON COLUMN consumer_parked.consumer_name IS 'Which consumer';
COMMENT ON COLUMN consumer_parked.topic IS 'Where the record lies: its topic';
COMMENT ON COLUMN consumer_parked.partition_number IS 'Its partition';
COMMENT ON COLUMN consumer_parked.record_offset IS 'Its offset in that';
COMMENT ON COLUMN consumer_parked.record_time IS 'The record''s time in ms since 1970';
COMMENT ON COLUMN consumer_parked.event_id IS 'The event''s id';
COMMENT ON COLUMN consumer_parked.record_key IS 'The key it waits by';
COMMENT ON COLUMN consumer_parked.record_value IS 'The record''s value as it was';
COMMENT ON COLUMN consumer_parked.headers IS 'The record''s headers as they were, written as in consumer_dead_letters';
COMMENT ON COLUMN consumer_parked.parked_at IS 'When it was set aside';
