-- The polling mode holds back the keys of events that failed and are not due yet, and looks for them in each claim. Without this index
-- it would read the whole backlog for them.
CREATE INDEX outbox_events_failed_idx ON outbox_events (next_attempt_at) WHERE status = 'FAILED';
