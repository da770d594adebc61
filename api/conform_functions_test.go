package api_test

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
)

type sumArgs struct {
	A int64  `json:"a"`
	B *int64 `json:"b"`
}

type listArgs struct {
	Numbers []int64 `bun:",array" json:"numbers"`
}

type personRow struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type textArgs struct {
	Text string `json:"text"`
}

// registerFunctions registers one function of every form of answer.
func registerFunctions(rest *api.API, database *bun.DB) {
	api.Func(rest, api.Function{Name: "add", ReadOnly: true}, func(_ context.Context, in sumArgs) (int64, error) {
		if in.B == nil {
			return in.A, nil
		}
		return in.A + *in.B, nil
	})
	api.Func(rest, api.Function{Name: "echo", ReadOnly: true}, func(_ context.Context, in textArgs) (string, error) {
		return in.Text, nil
	})
	api.Func(rest, api.Function{Name: "total", ReadOnly: true}, func(_ context.Context, in listArgs) (int64, error) {
		var total int64
		for _, n := range in.Numbers {
			total += n
		}
		return total, nil
	})
	api.Func(rest, api.Function{Name: "nothing", ReadOnly: true}, func(context.Context, struct{}) (*string, error) { return nil, nil })
	api.Func(rest, api.Function{Name: "words", ReadOnly: true}, func(context.Context, struct{}) ([]string, error) {
		return []string{"a", "b"}, nil
	})
	api.Func(rest, api.Function{Name: "one_person", ReadOnly: true}, func(context.Context, struct{}) (personRow, error) {
		return personRow{7, "Gil"}, nil
	})
	api.Func(rest, api.Function{Name: "some_people", ReadOnly: true}, func(context.Context, struct{}) ([]personRow, error) {
		return []personRow{{1, "Ann"}, {2, "Ben"}, {3, "Cid"}}, nil
	})
	api.Func(rest, api.Function{Name: "touch"}, func(ctx context.Context, _ struct{}) (struct{}, error) {
		return struct{}{}, renameTeams(ctx, database)
	})
	api.Func(rest, api.Function{Name: "touch_and_fail"}, func(ctx context.Context, _ struct{}) (struct{}, error) {
		if err := renameTeams(ctx, database); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, &api.Error{Status: 418, Code: "TEA01", Message: "a teapot", Details: "short and stout", Hint: "tip me over"}
	})
	api.Func(rest, api.Function{Name: "broken"}, func(context.Context, struct{}) (struct{}, error) {
		return struct{}{}, errors.New("dial tcp 10.0.0.7: secret host")
	})
	api.Func(rest, api.Function{Name: "panics"}, func(context.Context, struct{}) (struct{}, error) { panic("secret stack") })
}

// renameTeams changes rows in the transaction of the call.
func renameTeams(ctx context.Context, database *bun.DB) error {
	return db.InTx(ctx, database, func(_ context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*team)(nil)).Set("title = title || '!'").Where("TRUE").Exec(ctx)
		return err
	})
}
