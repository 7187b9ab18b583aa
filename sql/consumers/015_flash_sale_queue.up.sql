-- Written by the flash-queue consumer alone.

CREATE TABLE flash_sale_queue_entries (
    flash_sale_id bigint      NOT NULL,
    user_id       bigint      NOT NULL,
    status        text        NOT NULL,
    entered_at    timestamptz NOT NULL,
    admitted_at   timestamptz,
    left_at       timestamptz,

    CONSTRAINT flash_sale_queue_entries_pkey PRIMARY KEY (flash_sale_id, user_id),
    CONSTRAINT flash_sale_queue_entries_status_check CHECK (status IN ('WAITING', 'ADMITTED', 'LEFT')),
    CONSTRAINT flash_sale_queue_entries_admitted_check CHECK (admitted_at IS NOT NULL OR status <> 'ADMITTED'),
    CONSTRAINT flash_sale_queue_entries_left_check CHECK ((left_at IS NOT NULL) = (status = 'LEFT'))
)
WITH (fillfactor = 80);

-- Who is next.
CREATE INDEX flash_sale_queue_entries_waiting_idx
    ON flash_sale_queue_entries (flash_sale_id, entered_at, user_id) WHERE status = 'WAITING';

COMMENT ON TABLE flash_sale_queue_entries IS 'Who queues for which flash sale';
COMMENT ON COLUMN flash_sale_queue_entries.flash_sale_id IS 'The sale: the Kafka key of flashsale.events';
COMMENT ON COLUMN flash_sale_queue_entries.user_id IS 'The customer';
COMMENT ON COLUMN flash_sale_queue_entries.status IS 'WAITING becomes ADMITTED or LEFT; ADMITTED becomes LEFT; who LEFT may enter again';
COMMENT ON COLUMN flash_sale_queue_entries.entered_at IS 'When the customer last entered the queue: the place in it';
COMMENT ON COLUMN flash_sale_queue_entries.admitted_at IS 'When the customer was let in after that';
COMMENT ON COLUMN flash_sale_queue_entries.left_at IS 'When the customer left after that';
