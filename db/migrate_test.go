package db_test

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
	"github.com/groundwork-go/groundwork/db/dburl"
)

func files(content ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(content); i += 2 {
		fsys[content[i]] = &fstest.MapFile{Data: []byte(content[i+1])}
	}
	return fsys
}

// noteMigrations is a set with every form of step.
func noteMigrations() db.Migrations {
	return db.Migrations{
		FS: files(
			"README.md", "not a migration",
			"0001_notes.up.sql", "CREATE TABLE notes (id integer PRIMARY KEY, body text NOT NULL);\nINSERT INTO notes VALUES (1, 'why?');",
			"0001_notes.down.sql", "DROP TABLE notes",
			"0002_index.postgres.sql", "-- gw:no-transaction\nCREATE INDEX CONCURRENTLY notes_body ON notes (body)",
			"0002_index.sql", "CREATE INDEX notes_body ON notes (body)",
			"0004_more.sqlite.sql", "INSERT INTO notes VALUES (4, 'sqlite')",
			"0004_more.postgres.sql", "INSERT INTO notes VALUES (4, 'postgres')",
		),
		Go: []db.Migration{{Version: 3, Name: "go", Up: func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("INSERT INTO notes VALUES (?, ?)", 3, "go").Exec(ctx)
			return err
		}}},
	}
}

func versions(states []db.MigrationState) []int64 {
	var v []int64
	for _, s := range states {
		v = append(v, s.Version)
	}
	return v
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		m := noteMigrations()
		pending, err := db.Pending(ctx, database, m)
		require.NoError(t, err)
		require.Equal(t, []int64{1, 2, 3, 4}, versions(pending))

		for range 2 {
			require.NoError(t, db.Migrate(ctx, database, m))
			require.Equal(t, []int{1, 3, 4}, ids(t, database))
		}
		var body string
		require.NoError(t, database.NewRaw("SELECT body FROM notes WHERE id = 4").Scan(ctx, &body))
		if database.Dialect().Name() == dialect.PG {
			require.Equal(t, "postgres", body)
		} else {
			require.Equal(t, "sqlite", body)
		}
		pending, err = db.Pending(ctx, database, m)
		require.NoError(t, err)
		require.Empty(t, pending)
		applied, err := db.Applied(ctx, database, m)
		require.NoError(t, err)
		require.Equal(t, []int64{1, 2, 3, 4}, versions(applied))
		require.WithinDuration(t, time.Now(), applied[0].AppliedAt, time.Minute)

		// Another component counts for itself.
		other := db.Migrations{Component: "other", FS: files("1_other.sql", "CREATE TABLE other (id integer)")}
		require.NoError(t, db.Migrate(ctx, database, other))

		// A step that comes later with a lower number is applied too.
		m.Go = append(m.Go, db.Migration{Version: 0, Name: "late", Up: func(ctx context.Context, tx bun.Tx) error {
			return add(ctx, database, 9)
		}})
		require.NoError(t, db.Migrate(ctx, database, m))
		require.Equal(t, []int{1, 3, 4, 9}, ids(t, database))
	})
}

func TestMigrateUndoesAFailedStep(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		m := db.Migrations{FS: files(
			"1_notes.sql", "CREATE TABLE notes (id integer PRIMARY KEY, body text)",
			"2_broken.sql", "INSERT INTO notes VALUES (1, 'x'); INSERT INTO nowhere VALUES (1)",
			"3_more.sql", "INSERT INTO notes VALUES (3, 'x')",
		)}
		err := db.Migrate(t.Context(), database, m)
		require.ErrorContains(t, err, "migration 2 broken")
		var e *db.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "42P01", e.Code)
		require.Empty(t, ids(t, database))
		applied, err := db.Applied(t.Context(), database, m)
		require.NoError(t, err)
		require.Equal(t, []int64{1}, versions(applied))
	})
}

func TestMigrateRefusesAChangedFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		m := db.Migrations{FS: files("1_notes.sql", "CREATE TABLE notes (id integer PRIMARY KEY);\n")}
		require.NoError(t, db.Migrate(ctx, database, m))
		require.NoError(t, db.Migrate(ctx, database, db.Migrations{
			FS: files("1_notes.sql", "CREATE TABLE notes (id integer PRIMARY KEY);\r\n"),
		}), "line ends may change")
		changed := db.Migrations{FS: files("0_new.sql", "CREATE TABLE fresh (id integer)", "1_notes.sql", "CREATE TABLE notes (id text)")}
		require.ErrorContains(t, db.Migrate(ctx, database, changed), "migration 1 notes was changed")
		_, err := db.Pending(ctx, database, changed)
		require.ErrorContains(t, err, "was changed")
		_, err = database.ExecContext(ctx, "SELECT * FROM fresh")
		require.Error(t, err, "nothing was applied")
		renamed := db.Migrations{FS: files("1_other.sql", "SELECT 1")}
		require.ErrorContains(t, db.Migrate(ctx, database, renamed), "was applied as notes")
	})
}

func TestMigrationNames(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	for name, m := range map[string]db.Migrations{
		"should look like": {FS: files("1notes.sql", "")},
		"same version":     {FS: files("1_a.sql", "", "01_b.sql", "")},
		"another one":      {FS: files("1_a.sql", "", "1_a.up.sql", "")},
		"too long":         {FS: files("99999999999999999999_a.sql", "")},
		"Up function":      {Go: []db.Migration{{Version: 1, Name: "x"}}},
	} {
		require.ErrorContains(t, db.Migrate(t.Context(), database, m), name)
	}
}

func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if err := db.Migrate(t.Context(), database, noteMigrations()); err != nil {
					t.Errorf("migrate: %v", err)
				}
			})
		}
		group.Wait()
		require.Equal(t, []int{1, 3, 4}, ids(t, database))
	})
}

// killedURL makes this test binary a program that is killed in the middle of a migration.
const killedURL = "GROUNDWORK_TEST_MIGRATE_KILLED"

func TestMigrateKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	killed := func(up func(ctx context.Context, tx bun.Tx) error) db.Migrations {
		return db.Migrations{
			FS: files("1_notes.sql", "CREATE TABLE notes (id integer PRIMARY KEY, body text)"),
			Go: []db.Migration{{Version: 2, Name: "killed", Up: up}},
		}
	}
	if url := os.Getenv(killedURL); url != "" {
		database, err := dburl.Open(t.Context(), url)
		require.NoError(t, err)
		_ = db.Migrate(t.Context(), database, killed(func(ctx context.Context, tx bun.Tx) error {
			require.NoError(t, add(ctx, database, 2))
			self, err := os.FindProcess(os.Getpid())
			require.NoError(t, err)
			require.NoError(t, self.Kill())
			select {}
		}))
		return
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMigrateKilledInTheMiddle$")
		cmd.Env = append(os.Environ(), killedURL+"="+url)
		out, err := cmd.CombinedOutput()
		require.ErrorContains(t, err, "killed", "%s", out)
		database, err := dburl.Open(t.Context(), url)
		require.NoError(t, err)
		defer database.Close()
		m := killed(func(ctx context.Context, tx bun.Tx) error { return add(ctx, database, 3) })
		pending, err := db.Pending(t.Context(), database, m)
		require.NoError(t, err)
		require.Equal(t, []int64{2}, versions(pending))
		require.Empty(t, ids(t, database))
		require.NoError(t, db.Migrate(t.Context(), database, m))
		require.Equal(t, []int{3}, ids(t, database))
	})
}

// migrateURL makes this test binary a program that migrates the database it names.
const migrateURL = "GROUNDWORK_TEST_MIGRATE"

func TestMigrateInTwoPrograms(t *testing.T) {
	t.Parallel()
	if url := os.Getenv(migrateURL); url != "" {
		database, err := dburl.Open(t.Context(), url)
		require.NoError(t, err)
		defer database.Close()
		require.NoError(t, db.Migrate(t.Context(), database, noteMigrations()))
		require.NoError(t, db.CreateTables(t.Context(), database, library()...))
		return
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMigrateInTwoPrograms$")
				cmd.Env = append(os.Environ(), migrateURL+"="+url)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("migrate: %v\n%s", err, out)
				}
			})
		}
		group.Wait()
		database, err := dburl.Open(t.Context(), url)
		require.NoError(t, err)
		defer database.Close()
		require.Equal(t, []int{1, 3, 4}, ids(t, database))
	})
}
