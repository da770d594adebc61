CREATE TABLE comments (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  note_id   BIGINT NOT NULL,
  author_id UUID NOT NULL,
  body      VARCHAR NOT NULL,
  posted_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT comments_note_id_fkey FOREIGN KEY (note_id) REFERENCES notes (id) ON DELETE CASCADE,
  CONSTRAINT comments_note_id_body_key UNIQUE (note_id, body)
);
CREATE INDEX comments_author_id_idx ON comments (author_id);
