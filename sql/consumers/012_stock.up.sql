-- Written by the stock consumer alone: each change of products.stock, and why. No foreign key leads from what consumers derive to the
-- shop's rows: effects come later than their causes, and a check per row would lock the shop's rows.

CREATE TABLE stock_history (
    seq          bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    product_id   bigint      NOT NULL,
    order_id     bigint,
    event_id     uuid        NOT NULL,
    reason       text        NOT NULL,
    stock_before bigint      NOT NULL,
    stock_after  bigint      NOT NULL,
    delta        bigint      NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT stock_history_pkey PRIMARY KEY (event_id, product_id),
    CONSTRAINT stock_history_reason_check CHECK (reason IN ('ORDER_PAID', 'ORDER_CANCELLED', 'RESTOCKED')),
    CONSTRAINT stock_history_order_check CHECK ((order_id IS NULL) = (reason = 'RESTOCKED')),
    CONSTRAINT stock_history_delta_check CHECK (delta <> 0 AND (delta < 0) = (reason = 'ORDER_PAID')),
    CONSTRAINT stock_history_sum_check CHECK (stock_after = stock_before + delta),
    CONSTRAINT stock_history_stock_check CHECK (stock_before >= 0 AND stock_after >= 0)
);

-- What an order took, when it is cancelled.
CREATE INDEX stock_history_order_idx ON stock_history (order_id) WHERE order_id IS NOT NULL;

-- A product's history in its order: each row's stock_before is the stock_after of the row before it.
CREATE INDEX stock_history_product_idx ON stock_history (product_id, seq);

COMMENT ON TABLE stock_history IS 'Each change of a product''s stock; written by the stock consumer alone';
COMMENT ON COLUMN stock_history.seq IS 'Order of the changes of one product; gaps are normal';
COMMENT ON COLUMN stock_history.product_id IS 'Whose stock changed';
COMMENT ON COLUMN stock_history.order_id IS 'The order that took or gave back; null for RESTOCKED';
COMMENT ON COLUMN stock_history.event_id IS 'The event that caused it: at most one row per event and product';
COMMENT ON COLUMN stock_history.reason IS 'ORDER_PAID takes, ORDER_CANCELLED gives back, RESTOCKED adds';
COMMENT ON COLUMN stock_history.stock_before IS 'Pieces on hand before';
COMMENT ON COLUMN stock_history.stock_after IS 'Pieces on hand after';
COMMENT ON COLUMN stock_history.delta IS 'Pieces added; negative when taken';
COMMENT ON COLUMN stock_history.created_at IS 'When it took effect';

-- An order that is cancelled before it took anything leaves no row above, and may still be followed by its ORDER_PAID: one that had
-- become a dead letter and is retried. This says that it must not take anything any more.
CREATE TABLE stock_closed_orders (
    order_id   bigint      NOT NULL,
    event_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT stock_closed_orders_pkey PRIMARY KEY (order_id)
);

COMMENT ON TABLE stock_closed_orders IS 'Orders that were cancelled before they took stock; written by the stock consumer alone';
COMMENT ON COLUMN stock_closed_orders.order_id IS 'The order';
COMMENT ON COLUMN stock_closed_orders.event_id IS 'The ORDER_CANCELLED that closed it';
COMMENT ON COLUMN stock_closed_orders.created_at IS 'When it was applied';
