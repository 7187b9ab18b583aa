-- Written by the product-metrics consumer alone.

CREATE TABLE product_metrics (
    product_id         bigint      NOT NULL,
    like_count         bigint      NOT NULL DEFAULT 0,
    view_count         bigint      NOT NULL DEFAULT 0,
    sales_count        bigint      NOT NULL DEFAULT 0,
    total_sales_amount bigint      NOT NULL DEFAULT 0,
    updated_at         timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT product_metrics_pkey PRIMARY KEY (product_id),
    CONSTRAINT product_metrics_like_count_check CHECK (like_count >= 0),
    CONSTRAINT product_metrics_view_count_check CHECK (view_count >= 0),
    CONSTRAINT product_metrics_sales_count_check CHECK (sales_count >= 0),
    CONSTRAINT product_metrics_total_sales_amount_check CHECK (total_sales_amount >= 0)
)
-- No index holds what changes: with room in the page every change is a HOT update.
WITH (fillfactor = 50);

COMMENT ON TABLE product_metrics IS 'What customers do with each product';
COMMENT ON COLUMN product_metrics.product_id IS 'The product';
COMMENT ON COLUMN product_metrics.like_count IS 'LIKE_ADDED less LIKE_REMOVED';
COMMENT ON COLUMN product_metrics.view_count IS 'PRODUCT_VIEWED';
COMMENT ON COLUMN product_metrics.sales_count IS 'Pieces in ORDER_CREATED less those in ORDER_CANCELLED';
COMMENT ON COLUMN product_metrics.total_sales_amount IS 'The same, pieces times price';
COMMENT ON COLUMN product_metrics.updated_at IS 'When the row last changed';

CREATE TABLE product_metrics_versions (
    aggregate_type text   NOT NULL,
    aggregate_id   text   NOT NULL,
    version        bigint NOT NULL,
    previous       bigint,

    CONSTRAINT product_metrics_versions_pkey PRIMARY KEY (aggregate_type, aggregate_id)
)
WITH (fillfactor = 50);

COMMENT ON TABLE product_metrics_versions IS 'The last version that was counted of each aggregate whose events carry aggregate_version; earlier ones are stale';
COMMENT ON COLUMN product_metrics_versions.aggregate_type IS 'Kind of aggregate, for instance PRODUCT';
COMMENT ON COLUMN product_metrics_versions.aggregate_id IS 'Which one';
COMMENT ON COLUMN product_metrics_versions.version IS 'Highest aggregate_version that came';
COMMENT ON COLUMN product_metrics_versions.previous IS 'What version was before the last batch that wrote it: how that batch learns what it found; null for the first';
