DROP TABLE flash_sale_queue_entries;
