package api_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
)

// Member says with its validate tags which values are right.
type Member struct {
	bun.BaseModel `bun:"table:members"`

	ID    int64   `bun:",pk,autoincrement" json:"id"`
	Name  string  `bun:",notnull" json:"name" validate:"required,max=80"`
	Email string  `bun:",notnull,unique" json:"email" validate:"required,email"`
	Plan  string  `bun:",notnull,default:'free'" json:"plan" validate:"omitempty,oneof=free team"`
	Age   *int    `json:"age" validate:"omitempty,min=16"`
	Note  *string `json:"note"`
}

func ExampleViolation() {
	database := openExample((*Member)(nil))
	defer database.Close()

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	members := api.Register(rest, api.Resource[Member]{Name: "members"})
	e := serveExample(rest)

	ask(e, "POST", "/rest/v1/members", `{"name":"Ada","email":"ada@example.com"}`)
	ask(e, "PATCH", "/rest/v1/members?id=eq.1", `{"plan":"gold"}`)

	// Every field that is wrong is in the one answer. From Go it is an error with the same content.
	err := members.Create(context.Background(), &Member{Email: "nobody"})
	var refused *api.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Message)
		for _, v := range refused.Details.([]api.Violation) {
			fmt.Println(v.Field, v.Rule)
		}
	}
	// Output:
	// 201
	// 400 {"code":"23514","message":"invalid values for: plan","details":[{"field":"plan","rule":"oneof=free team","message":"plan must satisfy oneof=free team"}],"hint":null}
	// 23514 invalid values for: name, email
	// name required
	// email email
}
