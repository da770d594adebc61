package api_test

import (
	"context"
	"net/http"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
)

// Wallet is a table that a function works on.
type Wallet struct {
	bun.BaseModel `bun:"table:wallets"`

	Owner string `bun:",pk" json:"owner"`
	Cents int64  `bun:",notnull" json:"cents"`
}

// Transfer is the argument of a function: its fields are the arguments, by their json names. A pointer may be left out.
type Transfer struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Cents int64   `json:"cents"`
	Note  *string `json:"note"`
}

// transfer moves money. It runs in a transaction, which an error undoes.
func transfer(database *bun.DB) func(ctx context.Context, in Transfer) (struct{}, error) {
	return func(ctx context.Context, in Transfer) (struct{}, error) {
		tx := db.From(ctx, database)
		for _, step := range []struct {
			owner string
			cents int64
		}{{in.To, in.Cents}, {in.From, -in.Cents}} {
			_, err := tx.NewUpdate().Model((*Wallet)(nil)).Set("cents = cents + ?", step.cents).Where("owner = ?", step.owner).Exec(ctx)
			if err != nil {
				return struct{}{}, err
			}
		}
		short, err := tx.NewSelect().Model((*Wallet)(nil)).Where("cents < 0").Exists(ctx)
		if err == nil && short {
			err = api.Errorf(http.StatusConflict, "", "%s has not got that much", in.From)
		}
		return struct{}{}, err
	}
}

// richest returns rows, which callers can filter, order, page and select from.
func richest(database *bun.DB) func(ctx context.Context, in struct{}) ([]Wallet, error) {
	return func(ctx context.Context, _ struct{}) ([]Wallet, error) {
		var rows []Wallet
		err := db.From(ctx, database).NewSelect().Model(&rows).Order("cents DESC").Scan(ctx)
		return rows, err
	}
}

func ExampleFunc() {
	database := openExample((*Wallet)(nil))
	defer database.Close()

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Wallet]{Name: "wallets"})
	api.Func(rest, api.Function{Name: "transfer"}, transfer(database))
	api.Func(rest, api.Function{Name: "richest", ReadOnly: true}, richest(database))
	e := serveExample(rest)

	ask(e, "POST", "/rest/v1/wallets", `[{"owner":"Ada","cents":500},{"owner":"Bob","cents":200}]`)
	ask(e, "POST", "/rest/v1/rpc/transfer", `{"from":"Ada","to":"Bob","cents":400}`)
	ask(e, "POST", "/rest/v1/rpc/transfer", `{"from":"Ada","to":"Bob","cents":400}`)
	ask(e, "GET", "/rest/v1/rpc/richest?select=owner,cents&limit=1", "")
	ask(e, "POST", "/rest/v1/rpc/transfer", `{"from":"Ada"}`)
	// Output:
	// 201
	// 204
	// 409 {"code":"GW409","message":"Ada has not got that much","details":null,"hint":null}
	// 200 [{"owner":"Bob","cents":600}]
	// 404 {"code":"PGRST202","message":"Could not find the function public.transfer(from) in the schema cache","details":null,"hint":"Perhaps you meant to call the function public.transfer(from, to, cents, note?)"}
}
