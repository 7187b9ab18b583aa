DROP INDEX outbox_events_failed_idx;
