DROP TABLE consumer_parked;
DROP TABLE consumer_dead_letters;
