DROP TABLE IF EXISTS outbox_dead_letters;
