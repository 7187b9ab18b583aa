DROP TABLE point_history;
DROP TABLE point_accounts;
