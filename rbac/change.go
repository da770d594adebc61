package rbac

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
)

// channel is where PostgreSQL tells of new versions.
const channel = "gw_policy"

// changing is one change of the stored policy: a transaction in which nobody else changes it.
type changing struct {
	tx      bun.Tx
	version int64
	actor   string
	now     time.Time
	log     []changeRow
}

// change runs fn in a transaction with the log and the new version, and applies the result here before it returns. Inside a
// transaction of the caller it is applied when that one commits.
func (e *Engine) change(ctx context.Context, fn func(ctx context.Context, c *changing) error) error {
	if e.database == nil {
		return ErrNoDatabase
	}
	var unapplied error
	err := db.InTx(ctx, e.database, func(ctx context.Context, tx bun.Tx) error {
		c := &changing{tx: tx, actor: actorOf(ctx), now: e.cfg.Clock.Now().UTC().Truncate(time.Microsecond)}
		err := tx.NewRaw("UPDATE gw_policy_version SET version = version + 1 WHERE id = 1 RETURNING version").Scan(ctx, &c.version)
		if err != nil {
			return err
		}
		if err := fn(ctx, c); err != nil {
			return err
		}
		if err := c.finish(ctx); err != nil {
			return err
		}
		db.AfterCommit(ctx, func(ctx context.Context) { unapplied = e.applyOwn(ctx) })
		return nil
	})
	if err != nil {
		return db.Classify(e.database, err)
	}
	return unapplied
}

// applyOwn applies a change of this engine. Until it succeeds nothing is decided here: what was revoked must not be granted.
func (e *Engine) applyOwn(ctx context.Context) error {
	err := e.catchUp(ctx)
	if err == nil {
		return nil
	}
	e.behind.Store(true)
	e.nudge()
	return fmt.Errorf("rbac: the change is stored and not in force yet: %w", err)
}

// actorOf is who makes a change; "" for the program itself.
func actorOf(ctx context.Context) string {
	who := auth.FromContext(ctx)
	if who.Anonymous() {
		return ""
	}
	return who.Subject()
}

// note writes a change of a row into the log; before and after may be nil.
func (c *changing) note(op, table string, before, after any) error {
	row := changeRow{Version: c.version, Op: op, Table: table, Actor: c.actor, At: c.now}
	for _, image := range [...]struct {
		of any
		to **string
	}{{before, &row.Before}, {after, &row.After}} {
		if image.of == nil {
			continue
		}
		text, err := json.Marshal(image.of)
		if err != nil {
			return err
		}
		*image.to = new(string(text))
	}
	c.log = append(c.log, row)
	return nil
}

// finish writes the log and tells other programs.
func (c *changing) finish(ctx context.Context) error {
	if len(c.log) == 0 {
		return db.ErrNotFound // a version without a change would look like a gap
	}
	if _, err := c.tx.NewInsert().Model(&c.log).Exec(ctx); err != nil {
		return err
	}
	if c.tx.Dialect().Name() != dialect.PG {
		return nil
	}
	_, err := c.tx.NewRaw("SELECT pg_notify(?, ?)", channel, strconv.FormatInt(c.version, 10)).Exec(ctx)
	return err
}
