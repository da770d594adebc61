package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Invoice is a resource with hooks.
type Invoice struct {
	bun.BaseModel `bun:"table:invoices"`

	ID     int64  `bun:",pk,autoincrement" json:"id"`
	Number string `bun:",notnull,unique" json:"number"`
	Cents  int64  `bun:",notnull" json:"cents"`
}

// Booking is a line of the ledger that the hooks keep. It is no resource: no request can reach it.
type Booking struct {
	bun.BaseModel `bun:"table:bookings"`

	ID        int64 `bun:",pk,autoincrement"`
	InvoiceID int64 `bun:",notnull"`
	Cents     int64 `bun:",notnull"`
}

// tidyInvoice spells numbers in one way, and keeps invoices.
func tidyInvoice(_ context.Context, w *api.Write[Invoice]) error {
	if w.Action == policy.Delete {
		return api.Errorf(http.StatusConflict, "", "invoices are cancelled, not deleted")
	}
	for _, invoice := range w.Rows {
		invoice.Number = strings.ToUpper(invoice.Number)
	}
	return nil
}

// bookInvoice writes a line of the ledger for every new invoice, in the transaction of the request.
func bookInvoice(database *bun.DB) func(ctx context.Context, w *api.Write[Invoice]) error {
	return func(ctx context.Context, w *api.Write[Invoice]) error {
		if w.Action != policy.Insert {
			return nil
		}
		for _, invoice := range w.Rows {
			line := &Booking{InvoiceID: invoice.ID, Cents: invoice.Cents}
			if _, err := db.From(ctx, database).NewInsert().Model(line).Exec(ctx); err != nil {
				return err
			}
			db.AfterCommit(ctx, func(context.Context) { fmt.Println("mail about", invoice.Number) })
		}
		return nil
	}
}

// hideSmall changes what callers are shown; the database keeps the number.
func hideSmall(_ context.Context, rows []Invoice) error {
	for i := range rows {
		if rows[i].Cents < 100 {
			rows[i].Number = "(small)"
		}
	}
	return nil
}

func ExampleResource_hooks() {
	database := openExample((*Invoice)(nil), (*Booking)(nil))
	defer database.Close()

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Invoice]{
		Name:        "invoices",
		BeforeWrite: tidyInvoice,
		AfterWrite:  bookInvoice(database),
		AfterRead:   hideSmall,
	})
	e := serveExample(rest)

	ask(e, "POST", "/rest/v1/invoices", `[{"number":"a-1","cents":1250},{"number":"a-2","cents":5}]`)
	ask(e, "GET", "/rest/v1/invoices?select=number,cents", "")
	ask(e, "DELETE", "/rest/v1/invoices/1", "")
	// The second number is taken: nothing of this request stays, and no mail is sent.
	ask(e, "POST", "/rest/v1/invoices?select=number", `[{"number":"a-3","cents":1},{"number":"a-1","cents":1}]`)
	booked, err := database.NewSelect().Model((*Booking)(nil)).Count(context.Background())
	fmt.Println(booked, err)
	// Output:
	// mail about A-1
	// mail about A-2
	// 201
	// 200 [{"number":"A-1","cents":1250},{"number":"(small)","cents":5}]
	// 409 {"code":"GW409","message":"invoices are cancelled, not deleted","details":null,"hint":null}
	// 409 {"code":"23505","message":"duplicate key value violates unique constraint \"invoices_number_key\"","details":"Key (number) already exists.","hint":null}
	// 2 <nil>
}
