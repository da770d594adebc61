package api_test

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Ticket is open until somebody closes it.
type Ticket struct {
	bun.BaseModel `bun:"table:tickets"`

	ID       int64  `bun:",pk,autoincrement" json:"id"`
	Title    string `bun:",notnull" json:"title"`
	Status   string `bun:",notnull,default:'open'" json:"status" validate:"omitempty,oneof=open closed"`
	ClosedBy string `bun:",notnull,default:''" json:"closed_by"`
}

// followStatus notes who closes tickets, forgets it when they are opened again, and tells about those whose status really changed.
func followStatus(ctx context.Context, w *api.Write[Ticket]) error {
	if w.Action != policy.Update || !w.Sends("status") {
		return nil
	}
	next := w.Rows[0]
	if next.Status == "closed" {
		next.ClosedBy = auth.FromContext(ctx).Subject()
	} else {
		next.ClosedBy = ""
		w.Set("closed_by") // the field is empty anyway, so this says that the empty text is meant
	}
	before, err := w.Existing(ctx)
	if err != nil {
		return err
	}
	for _, ticket := range before {
		if ticket.Status != next.Status {
			db.AfterCommit(ctx, func(context.Context) { fmt.Println("mail:", ticket.Title, "is", next.Status) })
		}
	}
	return nil
}

func ExampleWrite_Existing() {
	database := openExample((*Ticket)(nil))
	defer database.Close()

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Ticket]{Name: "tickets", BeforeWrite: followStatus})
	e := serveExample(rest)

	ask(e, "POST", "/rest/v1/tickets", `[{"title":"Door"},{"title":"Lamp"}]`)
	ask(e, "PATCH", "/rest/v1/tickets?id=eq.1", `{"status":"closed"}`)
	ask(e, "PATCH", "/rest/v1/tickets?id=lte.2", `{"status":"closed"}`) // the door is closed already
	ask(e, "GET", "/rest/v1/tickets?select=title,closed_by&order=id", "")
	ask(e, "PATCH", "/rest/v1/tickets?id=eq.1", `{"status":"open"}`)
	ask(e, "GET", "/rest/v1/tickets?select=title,closed_by&order=id", "")
	// Output:
	// 201
	// mail: Door is closed
	// 204
	// mail: Lamp is closed
	// 204
	// 200 [{"title":"Door","closed_by":"role:anon"},{"title":"Lamp","closed_by":"role:anon"}]
	// mail: Door is open
	// 204
	// 200 [{"title":"Door","closed_by":""},{"title":"Lamp","closed_by":"role:anon"}]
}
