package api

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Change tells of one row that a write through this API changed. Changes are made only when somebody listens ([API.OnChange]).
type Change struct {
	Resource string
	Table    *schema.Table
	// Action is policy.Insert, policy.Update or policy.Delete.
	Action policy.Action
	// Row is the row as it is now, for a delete as it was. It is the zero Record when a write was cut short and nobody knows what it
	// did (Unknown).
	Row Record
	Who auth.Identity
	At  time.Time
	// Unknown is true when the commit's outcome is unknown: the change may not have happened.
	Unknown bool
}

// Record is one row in text form. It is immutable; the zero Record has no columns.
type Record struct {
	table *schema.Table
	cells []recordCell
}

type recordCell struct {
	text string
	null bool
}

// Text returns the text form of a column by its wire name; ok is false for NULL and for columns the table does not have.
func (r Record) Text(column string) (text string, ok bool) {
	if r.table == nil {
		return "", false
	}
	c := r.table.Lookup(column)
	if c == nil || r.cells[c.Index].null {
		return "", false
	}
	return r.cells[c.Index].text, true
}

// Key returns the primary key's values in text form, in key order.
func (r Record) Key() []string {
	if r.table == nil {
		return nil
	}
	key := make([]string, len(r.table.PrimaryKey))
	for i, position := range r.table.PrimaryKey {
		key[i] = r.cells[position].text
	}
	return key
}

// newRecord keeps the values of a whole row (table order).
func newRecord(table *schema.Table, values []db.Value) Record {
	cells := make([]recordCell, len(table.Columns))
	for i := range min(len(cells), len(values)) {
		if values[i].Kind == db.Null {
			cells[i].null = true
			continue
		}
		cells[i].text = valueText(values[i], &table.Columns[i])
	}
	return Record{table: table, cells: cells}
}

// OnChange calls fn with every row that a write through this API changed, after its commit, on a context that no client cancels. Rows
// of one transaction come in order. fn must be quick: the answer to the writer waits for it. Call OnChange before Mount.
func (a *API) OnChange(fn func(ctx context.Context, change *Change)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mounted {
		a.reject(errors.New("api: OnChange was called after Mount"))
		return
	}
	a.listeners = append(a.listeners, fn)
}

// publish hands changes to the listeners when the transaction of ctx has committed.
func (a *API) publish(ctx context.Context, changes []Change) {
	if len(changes) == 0 {
		return
	}
	changes = slices.Clone(changes)
	db.AfterCommit(ctx, func(ctx context.Context) {
		unknown := db.CommitUnknown(ctx)
		for i := range changes {
			changes[i].Unknown = changes[i].Unknown || unknown
			for _, listener := range a.listeners {
				a.tell(ctx, listener, &changes[i])
			}
		}
	})
}

// publishCut tells the listeners of a write that ended with err, if it may have been committed all the same: its answer was lost, or
// nobody waited for it. Inside a transaction nothing was, and the rollback drops the change.
func (a *API) publishCut(ctx context.Context, by *caller, in *writing, err error) {
	var e *db.Error
	if len(a.listeners) == 0 || !errors.As(err, &e) {
		return
	}
	abandoned := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	if e.Code == db.CodeCommitUnknown || e.Code == db.CodeCanceled && abandoned {
		a.publish(ctx, []Change{{
			Resource: in.res.name, Table: in.res.table, Action: in.action(), Who: by.who, At: a.cfg.Now(), Unknown: true,
		}})
	}
}

func (a *API) tell(ctx context.Context, listener func(context.Context, *Change), change *Change) {
	defer func() {
		if p := recover(); p != nil {
			a.cfg.Logger.ErrorContext(ctx, "a change listener panicked",
				slog.String("resource", change.Resource), slog.Any("panic", p))
		}
	}()
	listener(ctx, change)
}
