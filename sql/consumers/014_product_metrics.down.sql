DROP TABLE product_metrics_versions;
DROP TABLE product_metrics;
