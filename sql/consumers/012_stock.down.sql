DROP TABLE stock_closed_orders;
DROP TABLE stock_history;
