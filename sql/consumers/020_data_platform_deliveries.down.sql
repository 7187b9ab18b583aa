DROP TABLE IF EXISTS data_platform_deliveries;
