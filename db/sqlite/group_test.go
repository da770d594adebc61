package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
)

func errorsAs(err error, target any) bool { return err != nil && errors.As(err, target) }

func codeOf(err error) string {
	var e *db.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

func testDB(t testing.TB, cfg Config, schema string) (*bun.DB, *engine) {
	t.Helper()
	database, err := db.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, database.Close()) })
	_, err = database.ExecContext(t.Context(), schema)
	require.NoError(t, err)
	return database, database.DB.Driver().(*engine)
}

func count(t testing.TB, database bun.IDB) (n int) {
	t.Helper()
	require.NoError(t, database.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n))
	return n
}

// queued waits until n others wait for the writer.
func queued(t testing.TB, e *engine, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		e.writer.queue.mu.Lock()
		defer e.writer.queue.mu.Unlock()
		return e.writer.queue.regular.live+e.writer.queue.urgent.live >= n
	}, 5*time.Second, time.Millisecond)
}

// together starts each function while the writer is held, so that they join one group in order, and returns their errors.
func together(t testing.TB, database *bun.DB, e *engine, fns ...func() error) []error {
	t.Helper()
	tx, err := database.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	errs := make([]error, len(fns))
	var wait sync.WaitGroup
	for i, fn := range fns {
		wait.Go(func() { errs[i] = fn() })
		queued(t, e, i+1)
	}
	require.NoError(t, tx.Rollback())
	wait.Wait()
	return errs
}

func TestOneMembersErrorIsItsOwn(t *testing.T) {
	t.Parallel()
	database, e := testDB(t, Config{GroupFor: time.Minute}, "CREATE TABLE t (a UNIQUE)")
	insert := func(a int) func() error {
		return func() error { _, err := database.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", a); return err }
	}
	errs := together(t, database, e, insert(1), insert(1), func() error {
		return db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (2)"); err != nil {
				return err
			}
			return sql.ErrTxDone
		})
	}, insert(3))
	require.NoError(t, errs[0])
	require.Equal(t, "23505", codeOf(errs[1]))
	require.ErrorIs(t, errs[2], sql.ErrTxDone)
	require.NoError(t, errs[3])
	require.Equal(t, 2, count(t, database))
}

func TestRaiseRollbackFailsTheGroup(t *testing.T) {
	t.Parallel()
	database, e := testDB(t, Config{GroupFor: time.Minute}, `CREATE TABLE t (a);
		CREATE TRIGGER tr BEFORE INSERT ON t WHEN new.a = 13 BEGIN SELECT RAISE(ROLLBACK, 'unlucky'); END`)
	insert := func(a int) func() error {
		return func() error { _, err := database.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", a); return err }
	}
	errs := together(t, database, e, insert(1), insert(13), insert(2))
	require.Equal(t, "P0001", codeOf(errs[0]))
	require.Equal(t, "P0001", codeOf(errs[1]))
	require.NoError(t, errs[2], "who came after it begins a new group")
	require.Equal(t, 1, count(t, database))

	tx, err := database.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (13)")
	require.Equal(t, "P0001", codeOf(err))
	_, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (4)")
	require.Equal(t, "P0001", codeOf(err), "the transaction is gone")
	require.Error(t, tx.Commit())
	require.Equal(t, 1, count(t, database))
}

func TestDeferredForeignKeyFailsItsTransactionOnly(t *testing.T) {
	t.Parallel()
	database, e := testDB(t, Config{GroupFor: time.Minute}, `CREATE TABLE p (id INTEGER PRIMARY KEY);
		CREATE TABLE t (p INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)`)
	run := func(texts ...string) func() error {
		return func() error {
			return db.InTx(t.Context(), database, func(ctx context.Context, tx bun.Tx) error {
				for _, text := range texts {
					if _, err := tx.ExecContext(ctx, text); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	errs := together(t, database, e,
		run("INSERT INTO t VALUES (1)", "INSERT INTO p VALUES (1)"),
		run("INSERT INTO t VALUES (2)"),
		func() error { _, err := database.ExecContext(t.Context(), "INSERT INTO t VALUES (3)"); return err },
		run("INSERT INTO p VALUES (4)", "INSERT INTO t VALUES (4)"))
	require.NoError(t, errs[0])
	require.Equal(t, "23503", codeOf(errs[1]))
	require.Equal(t, "23503", codeOf(errs[2]))
	require.NoError(t, errs[3])
	require.Equal(t, 2, count(t, database))
}

func TestStatementLimitFailsTheGroup(t *testing.T) {
	t.Parallel()
	database, e := testDB(t, Config{GroupFor: time.Minute, StatementFor: 50 * time.Millisecond}, "CREATE TABLE t (a)")
	const slow = "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT max(i) FROM n"
	errs := together(t, database, e,
		func() error { _, err := database.ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); return err },
		func() error { _, err := database.ExecContext(t.Context(), slow); return err })
	require.Equal(t, "57014", codeOf(errs[0]))
	require.Equal(t, "57014", codeOf(errs[1]))
	require.Zero(t, count(t, database))
}

func TestCancelledClientDoesNotDisturbTheWriter(t *testing.T) {
	t.Parallel()
	database, e := testDB(t, Config{GroupFor: time.Minute}, "CREATE TABLE t (a)")
	ctx, cancel := context.WithCancel(t.Context())
	errs := together(t, database, e,
		func() error { _, err := database.ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); return err },
		func() error {
			return db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
				if _, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (2)"); err != nil {
					return err
				}
				cancel()
				_, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (3)")
				return err
			})
		},
		func() error { _, err := database.ExecContext(t.Context(), "INSERT INTO t VALUES (4)"); return err })
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], context.Canceled)
	require.NoError(t, errs[2])
	require.Equal(t, 2, count(t, database))
}

func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	database, e := testDB(t, Config{}, "CREATE TABLE t (a)")
	ctx, cancel := context.WithCancel(t.Context())
	tx, err := database.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	done := make(chan error)
	go func() { _, err := database.ExecContext(ctx, "INSERT INTO t VALUES (1)"); done <- err }()
	queued(t, e, 1)
	cancel()
	require.Equal(t, "57014", codeOf(<-done))
	require.NoError(t, tx.Commit())
	require.Zero(t, count(t, database))
}

func TestLateMemberIsCutOff(t *testing.T) {
	t.Parallel()
	database, _ := testDB(t, Config{TransactionFor: 30 * time.Millisecond}, "CREATE TABLE t (a)")
	tx, err := database.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
	require.NoError(t, err)
	_, err = database.ExecContext(t.Context(), "INSERT INTO t VALUES (2)") // waits until the other is cut off
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (3)")
	require.Equal(t, "57014", codeOf(err))
	require.ErrorIs(t, tx.Commit(), db.ErrTimeout)
	require.Equal(t, 1, count(t, database))

	// Alone, or as schema work, a transaction may take longer.
	for _, ctx := range []context.Context{t.Context(), db.Maintenance(t.Context())} {
		require.NoError(t, db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
			<-time.After(60 * time.Millisecond)
			_, err := tx.ExecContext(ctx, "INSERT INTO t VALUES (4)")
			return err
		}))
	}
	require.Equal(t, 3, count(t, database))
}

func TestWaitAndQueueLimits(t *testing.T) {
	t.Parallel()
	database, e := testDB(t, Config{WaitFor: 100 * time.Millisecond, QueueLimit: 2, TransactionFor: time.Minute}, "CREATE TABLE t (a)")
	tx, err := database.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	insert := func(ctx context.Context) error {
		_, err := database.ExecContext(ctx, "INSERT INTO t VALUES (1)")
		return err
	}
	late := make(chan error, 3)
	for range 2 {
		go func() { late <- insert(t.Context()) }()
	}
	queued(t, e, 2)
	require.Equal(t, "53300", codeOf(insert(t.Context())))
	go func() { late <- insert(db.Urgent(t.Context())) }()
	for range 3 {
		err := <-late
		require.Equal(t, "55P03", codeOf(err))
		require.ErrorIs(t, err, db.ErrUnavailable)
	}
	require.NoError(t, tx.Rollback())
	require.NoError(t, insert(t.Context()))
	require.Equal(t, 1, count(t, database))
}

func TestUrgentGoesFirst(t *testing.T) {
	t.Parallel()
	database, e := testDB(t, Config{}, "CREATE TABLE t (id INTEGER PRIMARY KEY, a)")
	tx, err := database.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var wait sync.WaitGroup
	insert := func(ctx context.Context, a string) {
		wait.Go(func() {
			if _, err := database.ExecContext(ctx, "INSERT INTO t (a) VALUES (?)", a); err != nil {
				t.Error(err)
			}
		})
	}
	insert(t.Context(), "regular")
	queued(t, e, 1)
	insert(db.Urgent(t.Context()), "urgent")
	queued(t, e, 2)
	require.NoError(t, tx.Commit())
	wait.Wait()
	var first string
	require.NoError(t, database.QueryRowContext(t.Context(), "SELECT a FROM t ORDER BY id LIMIT 1").Scan(&first))
	require.Equal(t, "urgent", first)
}

func TestClosedDatabaseRefuses(t *testing.T) {
	t.Parallel()
	database, err := db.Open(t.Context(), Memory())
	require.NoError(t, err)
	lane := database.DB.Driver().(db.Lane)
	require.NoError(t, database.Close())
	require.NoError(t, database.Close())
	_, err = lane.Query(t.Context(), db.Statement{Text: "SELECT 1"}, nil, nil)
	require.Equal(t, "57P01", codeOf(err))
	_, err = lane.Query(t.Context(), db.Statement{Text: "SELECT 1", Write: true}, nil, nil)
	require.Equal(t, "57P01", codeOf(err))
}

func TestOtherProgramHoldsTheLock(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/x.db"
	database, _ := testDB(t, Config{Path: path, WaitFor: 50 * time.Millisecond}, "CREATE TABLE t (a)")
	other, _ := testDB(t, Config{Path: path}, "SELECT 1")
	tx, err := other.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = database.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
	require.Equal(t, "55P03", codeOf(err))
	require.NoError(t, tx.Rollback())
	_, err = database.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
	require.NoError(t, err)
}
