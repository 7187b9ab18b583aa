-- Written by the analytics consumer alone, from ORDER_PAID and nothing else: `outbox-consumer rebuild analytics` empties these tables
-- and derives them again.

CREATE TABLE daily_sales (
    date             date        NOT NULL,
    total_orders     bigint      NOT NULL DEFAULT 0,
    total_revenue    bigint      NOT NULL DEFAULT 0,
    unique_customers bigint      NOT NULL DEFAULT 0,
    updated_at       timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT daily_sales_pkey PRIMARY KEY (date),
    CONSTRAINT daily_sales_total_orders_check CHECK (total_orders >= 0),
    CONSTRAINT daily_sales_unique_customers_check CHECK (unique_customers BETWEEN 0 AND total_orders)
)
-- Few rows, each rewritten by every batch of its day.
WITH (fillfactor = 10);

COMMENT ON TABLE daily_sales IS 'Paid orders by day';
COMMENT ON COLUMN daily_sales.date IS 'The event''s own date, else the UTC day it occurred on';
COMMENT ON COLUMN daily_sales.total_orders IS 'Paid orders';
COMMENT ON COLUMN daily_sales.total_revenue IS 'Sum of their amounts';
COMMENT ON COLUMN daily_sales.unique_customers IS 'Different customers among them: as many as the day has rows in daily_customers';
COMMENT ON COLUMN daily_sales.updated_at IS 'When the row last changed';

CREATE TABLE daily_customers (
    date    date   NOT NULL,
    user_id bigint NOT NULL,

    CONSTRAINT daily_customers_pkey PRIMARY KEY (date, user_id)
);

COMMENT ON TABLE daily_customers IS 'Who paid an order on which day: what makes daily_sales.unique_customers exact';
COMMENT ON COLUMN daily_customers.date IS 'As in daily_sales';
COMMENT ON COLUMN daily_customers.user_id IS 'The customer';

CREATE TABLE product_daily_stats (
    product_id     bigint NOT NULL,
    date           date   NOT NULL,
    purchase_count bigint NOT NULL DEFAULT 0,
    revenue        bigint NOT NULL DEFAULT 0,

    CONSTRAINT product_daily_stats_pkey PRIMARY KEY (product_id, date),
    CONSTRAINT product_daily_stats_purchase_count_check CHECK (purchase_count >= 0)
)
-- No index holds what changes: with room in the page every change is a HOT update.
WITH (fillfactor = 50);

-- The best sellers of a day.
CREATE INDEX product_daily_stats_date_idx ON product_daily_stats (date, product_id);

COMMENT ON TABLE product_daily_stats IS 'Pieces sold and their price by product and day';
COMMENT ON COLUMN product_daily_stats.product_id IS 'The product';
COMMENT ON COLUMN product_daily_stats.date IS 'As in daily_sales';
COMMENT ON COLUMN product_daily_stats.purchase_count IS 'Pieces in paid orders';
COMMENT ON COLUMN product_daily_stats.revenue IS 'Pieces times price';
