package db

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Migrations are the steps that bring a database to the form a program needs, as SQL files, Go functions, or both.
//
// A file is named by a number, a name, and what it is for: 0001_posts.sql or 0001_posts.up.sql for every database,
// 0001_posts.postgres.sql or 0001_posts.sqlite.sql for one, which then wins over the general one. Files that end in .down.sql, and
// files whose name does not begin with a digit, are left alone. A file may hold many statements. When its first line is
//
//	-- gw:no-transaction
//
// it runs outside a transaction, as CREATE INDEX CONCURRENTLY demands: it should then hold one statement that does no harm when an
// interrupted run is repeated.
type Migrations struct {
	// Component keeps the numbers of several independent sets apart; the application's own set has the empty name.
	Component string
	// FS holds the files in its root directory; nil: none. Use fs.Sub for an embedded directory.
	FS fs.FS
	// Go holds steps written in Go.
	Go []Migration
}

// Migration is one step written in Go.
type Migration struct {
	// Version is the step's number, unique among files and Go steps of the same Migrations.
	Version int64
	// Name says what the step does.
	Name string
	// Up does it, in the transaction that also records it.
	Up func(ctx context.Context, tx bun.Tx) error
}

// step is one migration made ready for a dialect.
type step struct {
	version       int64
	name          string
	checksum      string // of the file; empty for Go
	sql           string
	noTransaction bool
	up            func(ctx context.Context, tx bun.Tx) error
}

var fileName = regexp.MustCompile(`^(\d+)_([^.]+)(?:\.(up|down|postgres|sqlite))?(?:\.(up|down))?\.sql$`)

// steps reads all migrations in order of their versions, and refuses what is ambiguous.
func (m Migrations) steps(d dialect.Name) ([]step, error) {
	steps, err := m.files(d)
	if err != nil {
		return nil, err
	}
	for _, g := range m.Go {
		if g.Up == nil || g.Version < 0 {
			return nil, fmt.Errorf("db: migration %d %s: a Go migration needs a version and an Up function", g.Version, g.Name)
		}
		steps = append(steps, step{version: g.Version, name: g.Name, up: g.Up})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.version, b.version) })
	for i := 1; i < len(steps); i++ {
		if steps[i].version == steps[i-1].version {
			return nil, fmt.Errorf("db: migrations %s and %s have the same version %d",
				steps[i-1].name, steps[i].name, steps[i].version)
		}
	}
	return steps, nil
}

// files reads the SQL files for dialect d, of each step the one made for d when there is one.
func (m Migrations) files(d dialect.Name) ([]step, error) {
	if m.FS == nil {
		return nil, nil
	}
	entries, err := fs.ReadDir(m.FS, ".")
	if err != nil {
		return nil, fmt.Errorf("db: read migrations: %w", err)
	}
	type chosen struct {
		step    step
		special bool
	}
	files := map[string]chosen{}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || path.Ext(name) != ".sql" || name[0] < '0' || name[0] > '9' {
			continue
		}
		parts := fileName.FindStringSubmatch(name)
		if parts == nil {
			return nil, fmt.Errorf("db: migration file %s: the name should look like 0001_posts.sql, 0001_posts.up.sql or "+
				"0001_posts.postgres.sql", name)
		}
		wanted, special := audience(parts[3:], d)
		key := parts[1] + "_" + parts[2]
		before, exists := files[key]
		if !wanted || exists && before.special && !special {
			continue
		}
		if exists && before.special == special {
			return nil, fmt.Errorf("db: migration file %s: there is another one for the same step", name)
		}
		s, err := m.file(name, parts)
		if err != nil {
			return nil, err
		}
		files[key] = chosen{s, special}
	}
	steps := make([]step, 0, len(files))
	for _, f := range files {
		steps = append(steps, f.step)
	}
	// A map has no order; errors about equal versions should.
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.name, b.name) })
	return steps, nil
}

// audience reads the words between name and extension: whether the file is meant for dialect d, and for d alone.
func audience(words []string, d dialect.Name) (wanted, special bool) {
	wanted = true
	for _, word := range words {
		switch word {
		case "down":
			return false, false
		case "postgres", "sqlite":
			special = true
			wanted = wanted && (word == "postgres") == (d == dialect.PG)
		}
	}
	return wanted, special
}

// file reads one file. Its checksum does not depend on how lines end, which version control may change.
func (m Migrations) file(name string, parts []string) (step, error) {
	version, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return step{}, fmt.Errorf("db: migration file %s: the number is too long", name)
	}
	text, err := fs.ReadFile(m.FS, name)
	if err != nil {
		return step{}, fmt.Errorf("db: read migrations: %w", err)
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	sum := sha256.Sum256(text)
	first, _, _ := strings.Cut(string(text), "\n")
	return step{
		version: version, name: parts[2], checksum: hex.EncodeToString(sum[:]), sql: string(text),
		noTransaction: strings.TrimSpace(first) == "-- gw:no-transaction",
	}, nil
}
