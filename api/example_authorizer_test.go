package api_test

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Article belongs to its author.
type Article struct {
	bun.BaseModel `bun:"table:articles"`

	ID        int64     `bun:",pk,autoincrement" json:"id"`
	AuthorID  uuid.UUID `bun:"type:uuid,notnull" json:"author_id"`
	Title     string    `bun:",notnull" json:"title"`
	Published bool      `bun:",notnull,default:false" json:"published"`
	Notes     string    `bun:",notnull,default:''" json:"notes"`
}

// newsroom decides: everybody reads published articles, without the notes; authors do everything with their own.
type newsroom struct {
	published, own filter.Expr
}

// Describe is called once by Mount, with the tables: conditions are parsed against them.
func (n *newsroom) Describe(resources []policy.Resource) error {
	for _, resource := range resources {
		if resource.Name == "articles" {
			return n.parse(resource.Table)
		}
	}
	return nil
}

func (n *newsroom) parse(articles *schema.Table) (err error) {
	if n.published, err = filter.Parse(articles, "published=is.true"); err != nil {
		return err
	}
	n.own, err = filter.Parse(articles, "author_id=eq.{auth.uid}")
	return err
}

// Plan is asked for every resource, every embedded one, and every function. The zero Plan denies.
func (n *newsroom) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	if r.Resource != "articles" {
		return policy.Plan{}, nil
	}
	if r.Who.Anonymous() {
		if r.Action != policy.Select {
			return policy.Plan{}, nil
		}
		return policy.Plan{Kind: policy.Conditional, Where: n.published, Readable: policy.AllBut("notes")}, nil
	}
	own := filter.Bind(n.own, func(name string) (any, bool) { return r.Who.ID, name == "auth.uid" }, false)
	return policy.Plan{
		Kind: policy.Conditional, Where: own, Check: own,
		Readable: policy.AllColumns(), Writable: policy.Columns("title", "published", "notes"),
		Preset: map[string]any{"author_id": r.Who.ID.String()},
	}, nil
}

// byName is an Authenticator for the example: it believes a header. A real one checks a signature.
func byName(r *http.Request) (auth.Identity, error) {
	name, given := strings.CutPrefix(r.Header.Get("Authorization"), "Name ")
	if !given {
		return auth.Identity{}, nil
	}
	return auth.Identity{ID: uuid.NewSHA1(uuid.NameSpaceDNS, []byte(name)), Role: auth.RoleAuthenticated}, nil
}

func ExampleConfig_authorizer() {
	database := openExample((*Article)(nil))
	defer database.Close()

	rest := api.New(database, api.Config{Auth: auth.AuthenticatorFunc(byName), Authorizer: &newsroom{}})
	api.Register(rest, api.Resource[Article]{Name: "articles"})
	e := serveExample(rest)

	ask(e, "POST", "/rest/v1/articles", `[{"title":"Draft","published":false},{"title":"News","published":true}]`, "Authorization", "Name Ada")
	ask(e, "GET", "/rest/v1/articles?select=title", "", "Authorization", "Name Ada")
	ask(e, "GET", "/rest/v1/articles?select=title", "", "Authorization", "Name Bob")
	ask(e, "GET", "/rest/v1/articles?select=title", "")
	ask(e, "GET", "/rest/v1/articles?notes=like.*x*", "")
	ask(e, "POST", "/rest/v1/articles", `{"title":"Mine"}`)
	// Output:
	// 201
	// 200 [{"title":"Draft"},{"title":"News"}]
	// 200 []
	// 200 [{"title":"News"}]
	// 401 {"code":"42501","message":"permission denied for table articles","details":"Column notes may not be used.","hint":null}
	// 401 {"code":"42501","message":"permission denied for table articles","details":null,"hint":null}
}
