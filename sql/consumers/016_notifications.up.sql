-- Messages to customers, exactly one per event.

CREATE TABLE notifications (
    id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    user_id    bigint      NOT NULL,
    type       text        NOT NULL,
    message    text        NOT NULL,
    event_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT notifications_pkey PRIMARY KEY (id),
    CONSTRAINT notifications_event_key UNIQUE (event_id),
    CONSTRAINT notifications_type_check CHECK (type <> ''),
    CONSTRAINT notifications_message_check CHECK (message <> '')
);

-- A customer's own messages, the newest first.
CREATE INDEX notifications_user_idx ON notifications (user_id, id DESC);

COMMENT ON TABLE notifications IS 'Messages to customers';
COMMENT ON COLUMN notifications.id IS 'The newest has the highest';
COMMENT ON COLUMN notifications.user_id IS 'Whom it is for';
COMMENT ON COLUMN notifications.type IS 'What it is about, for instance ORDER_PAID';
COMMENT ON COLUMN notifications.message IS 'What the customer reads';
COMMENT ON COLUMN notifications.event_id IS 'The event that caused it: at most one message each';
COMMENT ON COLUMN notifications.created_at IS 'When it was written';
