DROP TABLE stock_reservations;
DROP TABLE payments;
DROP TABLE order_items;
DROP TABLE orders;
