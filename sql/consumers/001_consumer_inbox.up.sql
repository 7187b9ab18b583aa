-- The inbox: which events each consumer has applied. A claim is written in the transaction of the event's effects, so that an event
-- which comes again finds it and has no effect.
-- Plain names: run with search_path set to the schema that is to hold the tables.

CREATE TABLE consumer_state (
    consumer_name text    NOT NULL,
    epoch         integer NOT NULL DEFAULT 1,

    CONSTRAINT consumer_state_pkey PRIMARY KEY (consumer_name),
    CONSTRAINT consumer_state_epoch_check CHECK (epoch >= 1)
);

COMMENT ON TABLE consumer_state IS 'One row for each consumer that has run';
COMMENT ON COLUMN consumer_state.consumer_name IS 'Which consumer';
COMMENT ON COLUMN consumer_state.epoch IS 'Claims count within their epoch: a rebuild begins a new one, in which every event is applied once more';

-- One partition for each UTC day on which events occurred; the consumers make them as they need them, and drop whole days when they
-- are past their retention. The day is the event's own and never changes, so an event meets its claim whenever it comes again.
CREATE TABLE processed_events (
    consumer_name text        NOT NULL,
    epoch         integer     NOT NULL,
    event_id      uuid        NOT NULL,
    event_day     date        NOT NULL,
    processed_at  timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT processed_events_pkey PRIMARY KEY (consumer_name, epoch, event_id, event_day)
) PARTITION BY RANGE (event_day);

COMMENT ON TABLE processed_events IS 'Events that were applied, or became dead letters, by consumer';
COMMENT ON COLUMN processed_events.consumer_name IS 'Which consumer';
COMMENT ON COLUMN processed_events.epoch IS 'Of consumer_state, at the time of the claim';
COMMENT ON COLUMN processed_events.event_id IS 'The event''s id, the same however often it comes';
COMMENT ON COLUMN processed_events.event_day IS 'UTC day on which the event occurred; 1970-01-01 for a time that cannot be right';
COMMENT ON COLUMN processed_events.processed_at IS 'When: a day is dropped only when nothing in it was claimed lately';
