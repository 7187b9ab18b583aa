-- What is to be sent to customers: one delivery per confirmed order.

CREATE TABLE deliveries (
    id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    order_id   bigint      NOT NULL,
    status     text        NOT NULL DEFAULT 'PREPARING',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT deliveries_order_key UNIQUE (order_id),
    CONSTRAINT deliveries_status_check CHECK (status IN ('PREPARING', 'SHIPPED', 'DELIVERED', 'CANCELLED'))
)
WITH (fillfactor = 80);

COMMENT ON TABLE deliveries IS 'What is to be sent to customers';
COMMENT ON COLUMN deliveries.id IS 'Delivery id';
COMMENT ON COLUMN deliveries.order_id IS 'The order that is sent; one delivery each';
COMMENT ON COLUMN deliveries.status IS 'PREPARING becomes SHIPPED or CANCELLED; SHIPPED becomes DELIVERED';
COMMENT ON COLUMN deliveries.created_at IS 'When it was ordered';
COMMENT ON COLUMN deliveries.updated_at IS 'When the status last changed';
