-- How many dead letters were retried is asked for every few seconds, for a metric.

CREATE INDEX consumer_dead_letters_retried_idx ON consumer_dead_letters (consumer_name) WHERE state = 'retried';
