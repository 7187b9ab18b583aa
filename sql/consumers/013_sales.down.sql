DROP TABLE product_daily_stats;
DROP TABLE daily_customers;
DROP TABLE daily_sales;
