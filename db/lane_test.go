package db_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

// statement writes placeholders as the dialect wants them: $1 on PostgreSQL, ?1 on SQLite.
func statement(lane db.Lane, text string, write bool) db.Statement {
	if lane.Dialect() == dialect.SQLite {
		text = strings.ReplaceAll(text, "$", "?")
	}
	return db.Statement{Text: text, Write: write}
}

func insertStatement(lane db.Lane) db.Statement {
	if lane.Dialect() == dialect.PG {
		return statement(lane, "INSERT INTO notes VALUES (($1)::int, 'x')", true)
	}
	return statement(lane, "INSERT INTO notes VALUES (CAST($1 AS integer), 'x')", true)
}

// text is a value as both databases can be compared.
func text(v db.Value) string {
	switch v.Kind {
	case db.Null:
		return "NULL"
	case db.Int:
		return strconv.FormatInt(v.Int, 10)
	case db.Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	}
	return string(v.Bytes)
}

func TestLane(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		notes(t, database)
		lane := laneOf(t, database)
		ctx := t.Context()
		for i := range 3 {
			n, err := lane.Query(ctx, insertStatement(lane), []any{int64(i)}, nil)
			require.NoError(t, err)
			require.EqualValues(t, 1, n)
		}
		var got []string
		list := statement(lane, "SELECT id, body, NULL FROM notes WHERE id > $1 ORDER BY id", false)
		n, err := lane.Query(ctx, list, []any{int64(0)}, func(values []db.Value) error {
			for _, v := range values {
				got = append(got, text(v))
			}
			return nil
		})
		require.NoError(t, err)
		require.Zero(t, n)
		require.Equal(t, []string{"1", "x", "NULL", "2", "x", "NULL"}, got)

		_, err = lane.Query(ctx, list, []any{int64(0)}, func([]db.Value) error { return errStop })
		require.Same(t, errStop, err)

		got = nil
		update := statement(lane, "UPDATE notes SET body = $1 WHERE id < 2 RETURNING body", true)
		n, err = lane.Query(ctx, update, []any{"it's\x01 ünï"}, func(values []db.Value) error {
			got = append(got, text(values[0]))
			return nil
		})
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
		require.Equal(t, []string{"it's\x01 ünï", "it's\x01 ünï"}, got)
	})
}

func TestLaneRunsInTheTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		notes(t, database)
		lane := laneOf(t, database)
		count := func(ctx context.Context) (n string) {
			_, err := lane.Query(ctx, statement(lane, "SELECT count(*) FROM notes", false), nil, func(v []db.Value) error {
				n = text(v[0])
				return nil
			})
			require.NoError(t, err)
			return n
		}
		err := db.InTx(t.Context(), database, func(ctx context.Context, _ bun.Tx) error {
			_, err := lane.Query(ctx, insertStatement(lane), []any{int64(1)}, nil)
			require.NoError(t, err)
			require.NoError(t, add(ctx, database, 2))
			require.Equal(t, "2", count(ctx), "both lanes see each other's work")
			require.Equal(t, "0", count(t.Context()), "nobody else does")
			return errStop
		})
		require.ErrorIs(t, err, errStop)
		require.Equal(t, "0", count(t.Context()))
	})
}

func TestErrorCodes(t *testing.T) {
	t.Parallel()
	schema := []string{
		"CREATE TABLE parents (id integer PRIMARY KEY, name text NOT NULL, UNIQUE (name))",
		"CREATE TABLE children (id integer PRIMARY KEY, parent integer REFERENCES parents (id), age integer CHECK (age >= 0))",
		"INSERT INTO parents VALUES (1, 'a')",
		"INSERT INTO children VALUES (1, 1, 1)",
	}
	cases := []struct {
		name, text, code string
		class            error
	}{
		{"primary key", "INSERT INTO parents VALUES (1, 'b')", "23505", db.ErrConflict},
		{"unique", "INSERT INTO parents VALUES (2, 'a')", "23505", db.ErrConflict},
		{"foreign key", "INSERT INTO children VALUES (2, 9, 1)", "23503", db.ErrConflict},
		{"foreign key of a deleted row", "DELETE FROM parents", "23503", db.ErrConflict},
		{"not null", "INSERT INTO parents VALUES (2, NULL)", "23502", db.ErrInvalid},
		{"check", "INSERT INTO children VALUES (2, 1, -1)", "23514", db.ErrInvalid},
		{"no such table", "INSERT INTO nowhere VALUES (1)", "42P01", nil},
		{"no such column", "UPDATE parents SET nowhere = 1", "42703", nil},
		{"syntax", "INSERT INSERT", "42601", nil},
	}
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		for _, s := range schema {
			_, err := database.ExecContext(t.Context(), s)
			require.NoError(t, err, s)
		}
		lane := laneOf(t, database)
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				_, below := lane.Query(t.Context(), db.Statement{Text: c.text, Write: true}, nil, nil)
				_, bunErr := database.ExecContext(t.Context(), c.text)
				for lane, err := range map[string]error{"generated": below, "bun": db.Classify(database, bunErr)} {
					var e *db.Error
					require.ErrorAs(t, err, &e, lane)
					require.Equal(t, c.code, e.Code, "%s: %v", lane, e)
					if c.class != nil {
						require.ErrorIs(t, err, c.class)
					}
				}
			})
		}
	})
}

func TestErrorsNameTheConstraint(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		_, err := database.ExecContext(t.Context(), "CREATE TABLE tags (id integer PRIMARY KEY, name text NOT NULL UNIQUE)")
		require.NoError(t, err)
		_, err = database.ExecContext(t.Context(), "INSERT INTO tags VALUES (1, 'a')")
		require.NoError(t, err)
		lane := laneOf(t, database)
		_, err = lane.Query(t.Context(), db.Statement{Text: "INSERT INTO tags VALUES (2, 'a')", Write: true}, nil, nil)
		var e *db.Error
		require.ErrorAs(t, err, &e, "%v", err)
		require.Equal(t, "tags_name_key", e.Constraint)
		require.Equal(t, `duplicate key value violates unique constraint "tags_name_key"`, e.Message)
	})
}
