CREATE TABLE notes (
  id    BIGSERIAL PRIMARY KEY,
  title VARCHAR NOT NULL
);
INSERT INTO notes (title) VALUES ('Read me');
