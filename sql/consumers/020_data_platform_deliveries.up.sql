-- What the data platform was told, and how it answered. Written outside the transaction of a batch: what was sent stays sent when the
-- batch is rolled back.

CREATE TABLE data_platform_deliveries (
    event_id        uuid        NOT NULL,
    idempotency_key text        NOT NULL,
    status_code     integer,
    attempts        bigint      NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT data_platform_deliveries_pkey PRIMARY KEY (event_id),
    CONSTRAINT data_platform_deliveries_attempts_check CHECK (attempts > 0)
);

-- Old rows are removed by the consumer.
CREATE INDEX data_platform_deliveries_updated_idx ON data_platform_deliveries (updated_at);

COMMENT ON TABLE data_platform_deliveries IS 'Events sent to the data platform''s API, so that none is sent again once it was taken';
COMMENT ON COLUMN data_platform_deliveries.idempotency_key IS 'As sent in X-Idempotency-Key: order id and state';
COMMENT ON COLUMN data_platform_deliveries.status_code IS 'HTTP status of the last answer; null: none came; 200 to 299: delivered';
COMMENT ON COLUMN data_platform_deliveries.attempts IS 'Requests sent so far';
COMMENT ON COLUMN data_platform_deliveries.updated_at IS 'When the last of them ended';
