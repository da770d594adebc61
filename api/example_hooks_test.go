package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Invoice and Booking are two tables: each invoice is booked once.
type Invoice struct {
	bun.BaseModel `bun:"table:invoices"`

	ID     int64     `bun:",pk,autoincrement" json:"id"`
	Number string    `bun:",notnull,unique" json:"number"`
	Cents  int64     `bun:",notnull" json:"cents"`
	PaidAt time.Time `bun:",nullzero" json:"paid_at"`
}

// Booking is one line of the ledger.
type Booking struct {
	bun.BaseModel `bun:"table:bookings"`

	ID        int64  `bun:",pk,autoincrement" json:"id"`
	InvoiceID int64  `bun:",notnull" json:"invoice_id"`
	Text      string `bun:",notnull" json:"text"`
}

// keepPaid tidies new invoices, and refuses to change one that is paid.
func keepPaid(database *bun.DB) func(ctx context.Context, w *api.Write[Invoice]) error {
	return func(ctx context.Context, w *api.Write[Invoice]) error {
		if w.Action == policy.Delete {
			return api.Errorf(http.StatusConflict, "", "invoices are cancelled, not deleted")
		}
		for _, invoice := range w.Rows {
			invoice.Number = strings.ToUpper(invoice.Number)
		}
		return nil
	}
}

// book writes a line of the ledger for each new invoice, in the transaction of the request.
func book(database *bun.DB) func(ctx context.Context, w *api.Write[Invoice]) error {
	return func(ctx context.Context, w *api.Write[Invoice]) error {
		if w.Action != policy.Insert {
			return nil
		}
		for _, invoice := range w.Rows {
			if invoice.Cents == 0 {
				return errors.New("an invoice over nothing")
			}
			line := &Booking{InvoiceID: invoice.ID, Text: fmt.Sprintf("%s: %d", invoice.Number, invoice.Cents)}
			if _, err := db.From(ctx, database).NewInsert().Model(line).Exec(ctx); err != nil {
				return err
			}
			db.AfterCommit(ctx, func(context.Context) { fmt.Println("mail about", invoice.Number) })
		}
		return nil
	}
}
