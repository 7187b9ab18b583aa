-- Customers' points, and each change of them.

CREATE TABLE point_accounts (
    user_id    bigint      NOT NULL,
    balance    bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT point_accounts_pkey PRIMARY KEY (user_id),
    CONSTRAINT point_accounts_balance_check CHECK (balance >= 0)
)
WITH (fillfactor = 80);

COMMENT ON TABLE point_accounts IS 'Points of customers';
COMMENT ON COLUMN point_accounts.user_id IS 'Whose';
COMMENT ON COLUMN point_accounts.balance IS 'How many are left; the sum of the history''s deltas';
COMMENT ON COLUMN point_accounts.updated_at IS 'When the balance last changed';

CREATE TABLE point_history (
    seq            bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    user_id        bigint      NOT NULL,
    order_id       bigint,
    event_id       uuid        NOT NULL,
    reason         text        NOT NULL,
    balance_before bigint      NOT NULL,
    balance_after  bigint      NOT NULL,
    delta          bigint      NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT point_history_pkey PRIMARY KEY (event_id, user_id),
    CONSTRAINT point_history_reason_check CHECK (reason IN ('GRANTED', 'USED', 'REFUNDED')),
    CONSTRAINT point_history_order_check CHECK ((order_id IS NULL) = (reason = 'GRANTED')),
    CONSTRAINT point_history_delta_check CHECK (delta <> 0 AND (delta < 0) = (reason = 'USED')),
    CONSTRAINT point_history_sum_check CHECK (balance_after = balance_before + delta),
    CONSTRAINT point_history_balance_check CHECK (balance_before >= 0 AND balance_after >= 0)
);

CREATE INDEX point_history_user_idx ON point_history (user_id, seq);

-- An order uses points once and gives them back once.
CREATE UNIQUE INDEX point_history_order_idx ON point_history (order_id, reason) WHERE order_id IS NOT NULL;

COMMENT ON TABLE point_history IS 'Each change of a customer''s points';
COMMENT ON COLUMN point_history.seq IS 'Order of the changes of one account; gaps are normal';
COMMENT ON COLUMN point_history.user_id IS 'Whose points';
COMMENT ON COLUMN point_history.order_id IS 'The order that used them or gave them back; null for GRANTED';
COMMENT ON COLUMN point_history.event_id IS 'The event that caused it: at most one row per event and account';
COMMENT ON COLUMN point_history.reason IS 'GRANTED by the shop, USED for an order, REFUNDED by its cancellation';
COMMENT ON COLUMN point_history.balance_before IS 'Points before';
COMMENT ON COLUMN point_history.balance_after IS 'Points after';
COMMENT ON COLUMN point_history.delta IS 'Points added; negative when used';
COMMENT ON COLUMN point_history.created_at IS 'When it took effect';
