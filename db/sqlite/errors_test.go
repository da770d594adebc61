package sqlite_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
)

func TestErrorsArePostgresErrors(t *testing.T) {
	t.Parallel()
	database := memory(t)
	lane := laneOf(t, database)
	execute(t, database, `
		CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, a INTEGER, b INTEGER, nick TEXT,
			age INTEGER, city TEXT, street TEXT, CHECK (a < 100), CONSTRAINT grown CHECK (age >= 18), UNIQUE (a, b));
		CREATE UNIQUE INDEX lower_nick ON users (lower(nick));
		CREATE UNIQUE INDEX one_house ON users (street, city);
		CREATE TABLE posts (id TEXT PRIMARY KEY, author INTEGER REFERENCES users (id)) STRICT;
		CREATE TRIGGER guard BEFORE INSERT ON posts WHEN new.id = 'bad' BEGIN SELECT RAISE(ABORT, 'no bad posts'); END;
		INSERT INTO users (id, email, a, b, nick, street, city) VALUES (1, 'a@x', 1, 1, 'ann', 's', 'c');
		INSERT INTO posts VALUES ('p', 1);`)
	for _, c := range []struct {
		text string
		want db.Error
	}{
		{"INSERT INTO users (email) VALUES ('a@x')", db.Error{Code: "23505", Table: "users", Column: "email", Constraint: "users_email_key",
			Message: `duplicate key value violates unique constraint "users_email_key"`, Detail: "Key (email) already exists."}},
		{"INSERT INTO users (email, a, b) VALUES ('n', 1, 1)", db.Error{Code: "23505", Table: "users", Constraint: "users_a_b_key",
			Message: `duplicate key value violates unique constraint "users_a_b_key"`, Detail: "Key (a, b) already exists."}},
		{"INSERT INTO users (id, email) VALUES (1, 'n')", db.Error{Code: "23505", Table: "users", Column: "id", Constraint: "users_pkey",
			Message: `duplicate key value violates unique constraint "users_pkey"`, Detail: "Key (id) already exists."}},
		{"INSERT INTO posts VALUES ('p', 1)", db.Error{Code: "23505", Table: "posts", Column: "id", Constraint: "posts_pkey",
			Message: `duplicate key value violates unique constraint "posts_pkey"`, Detail: "Key (id) already exists."}},
		{"INSERT INTO users (email, nick) VALUES ('n', 'ANN')", db.Error{Code: "23505", Constraint: "lower_nick",
			Message: `duplicate key value violates unique constraint "lower_nick"`}},
		{"INSERT INTO users (email, street, city) VALUES ('n', 's', 'c')", db.Error{Code: "23505", Table: "users", Constraint: "one_house",
			Message: `duplicate key value violates unique constraint "one_house"`, Detail: "Key (street, city) already exists."}},
		{"INSERT INTO posts VALUES ('q', 99)", db.Error{Code: "23503", Message: "insert, update or delete violates a foreign key constraint"}},
		{"DELETE FROM users", db.Error{Code: "23503", Message: "insert, update or delete violates a foreign key constraint"}},
		{"INSERT INTO users (email) VALUES (NULL)", db.Error{Code: "23502", Table: "users", Column: "email",
			Message: `null value in column "email" of relation "users" violates not-null constraint`}},
		{"INSERT INTO users (email, age) VALUES ('n', 3)", db.Error{Code: "23514", Constraint: "grown", Message: `new row violates check constraint "grown"`}},
		{"INSERT INTO users (email, a) VALUES ('n', 300)", db.Error{Code: "23514", Message: `new row violates a check constraint`}},
		{"INSERT INTO posts VALUES ('q', 'text')", db.Error{Code: "22P02", Message: "invalid input: cannot store TEXT value in INTEGER column posts.author"}},
		{"INSERT INTO users (id, email) VALUES ('text', 'n')", db.Error{Code: "22P02", Message: "invalid input: datatype mismatch"}},
		{"INSERT INTO posts VALUES ('bad', 1)", db.Error{Code: "P0001", Message: "no bad posts"}},
		{"SELECT * FROM nowhere", db.Error{Code: "42P01", Message: `relation "nowhere" does not exist`}},
		{"SELECT missing FROM users", db.Error{Code: "42703", Message: `column missing does not exist`}},
		{`SELECT "missing" FROM users`, db.Error{Code: "42703", Message: `column missing does not exist`}},
		{"INSERT INTO users (missing) VALUES (1)", db.Error{Code: "42703", Table: "users", Column: "missing", Message: `column "missing" of relation "users" does not exist`}},
		{"SELECT id FROM users, posts", db.Error{Code: "42702", Message: `column reference "id" is ambiguous`}},
		{"SELECT nope(1)", db.Error{Code: "42883", Message: "function nope does not exist"}},
		{"SELEC 1", db.Error{Code: "42601", Message: `syntax error at or near "SELEC"`}},
		{"SELECT (", db.Error{Code: "42601", Message: "syntax error at end of input"}},
		{"SELECT 'x", db.Error{Code: "42601", Message: "syntax error at or near \"'x\""}},
		{"CREATE TABLE users (a)", db.Error{Code: "42P07", Message: `relation "users" already exists`}},
		{"SELECT abs(-9223372036854775807 - 1)", db.Error{Code: "22003", Message: "bigint out of range"}},
		{"SELECT json('{')", db.Error{Code: "22P02", Message: "invalid input syntax for type json"}},
		{"SELECT 'a' REGEXP '('", db.Error{Code: "2201B", Message: "invalid regular expression: missing closing ): `(`"}},
		{`SELECT gw_like('a\', 'a')`, db.Error{Code: "22025", Message: "LIKE pattern must not end with escape character"}},
	} {
		for lane, run := range map[string]func() error{
			"bun": func() error { _, err := database.ExecContext(t.Context(), c.text); return err },
			"fast": func() error {
				_, err := lane.Query(t.Context(), db.Statement{Text: c.text, Write: true}, nil, nil)
				return err
			},
			"transaction": func() error {
				return db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
					_, err := tx.ExecContext(ctx, c.text)
					return err
				})
			},
		} {
			var got *db.Error
			require.ErrorAs(t, run(), &got, "%s: %s", lane, c.text)
			require.Error(t, got.Err)
			flat := *got
			flat.Err = nil
			require.Equal(t, c.want, flat, "%s: %s", lane, c.text)
		}
	}
	require.EqualValues(t, 1, number(t, database, "SELECT count(*) FROM users"))
}
