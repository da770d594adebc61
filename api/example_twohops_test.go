package api_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Board belongs to a user, cards are on a board, and remarks on a card.
type Board struct {
	bun.BaseModel `bun:"table:boards"`

	ID      int64     `bun:",pk,autoincrement" json:"id"`
	OwnerID uuid.UUID `bun:"type:uuid,notnull" json:"owner_id"`
}

// Card is on a board.
type Card struct {
	bun.BaseModel `bun:"table:cards"`

	ID      int64  `bun:",pk,autoincrement" json:"id"`
	BoardID int64  `bun:",notnull" json:"board_id"`
	Board   *Board `bun:"rel:belongs-to,join:board_id=id" json:"-"`
}

// Remark is on a card.
type Remark struct {
	bun.BaseModel `bun:"table:remarks"`

	ID     int64  `bun:",pk,autoincrement" json:"id"`
	CardID int64  `bun:",notnull" json:"card_id"`
	Text   string `bun:",notnull" json:"text"`
	Card   *Card  `bun:"rel:belongs-to,join:card_id=id" json:"-"`
}

// ofOwner is the condition on remarks that the board of their card belongs to the caller: two relations away.
func ofOwner(remarks *schema.Table) (filter.Expr, error) {
	at := slices.IndexFunc(remarks.Relations, func(r *schema.Relation) bool { return r.Target.Name == "cards" })
	if at < 0 {
		return nil, fmt.Errorf("%s has no relation to cards", remarks.Name)
	}
	card := remarks.Relations[at]
	own, err := filter.Parse(card.Target, "boards.owner_id=eq.{auth.uid}")
	return &filter.Exists{Relation: card, Expr: own}, err
}

// boardroom lets users read the remarks on their own boards.
type boardroom struct{ own filter.Expr }

func (b *boardroom) Describe(resources []policy.Resource) (err error) {
	for _, resource := range resources {
		if resource.Name == "remarks" {
			b.own, err = ofOwner(resource.Table)
		}
	}
	return err
}

func (b *boardroom) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	if r.Resource != "remarks" || r.Action != policy.Select || r.Who.Anonymous() {
		return policy.Plan{}, nil
	}
	own := filter.Bind(b.own, func(name string) (any, bool) { return r.Who.ID, name == "auth.uid" }, false)
	return policy.Plan{Kind: policy.Conditional, Where: own, Readable: policy.AllColumns()}, nil
}

func Example_twoRelations() {
	database := openExample((*Board)(nil), (*Card)(nil), (*Remark)(nil))
	defer database.Close()
	ada := uuid.NewSHA1(uuid.NameSpaceDNS, []byte("Ada")) // as byName makes it
	insert(database, &Board{OwnerID: ada}, &Board{OwnerID: uuid.New()})
	insert(database, &Card{BoardID: 1}, &Card{BoardID: 2})
	insert(database, &Remark{CardID: 1, Text: "on a board of hers"}, &Remark{CardID: 2, Text: "elsewhere"})

	rest := api.New(database, api.Config{Auth: auth.AuthenticatorFunc(byName), Authorizer: &boardroom{}})
	api.Register(rest, api.Resource[Board]{Name: "boards"})
	api.Register(rest, api.Resource[Card]{Name: "cards"})
	api.Register(rest, api.Resource[Remark]{Name: "remarks"})
	e := serveExample(rest)

	ask(e, "GET", "/rest/v1/remarks?select=text", "", "Authorization", "Name Ada")
	ask(e, "GET", "/rest/v1/remarks?select=text", "", "Authorization", "Name Bob")
	// Output:
	// 200 [{"text":"on a board of hers"}]
	// 200 []
}

// insert stores rows without asking anybody.
func insert(database *bun.DB, rows ...any) {
	for _, row := range rows {
		if _, err := database.NewInsert().Model(row).Exec(context.Background()); err != nil {
			panic(err)
		}
	}
}
