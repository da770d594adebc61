package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/auth"
	"github.com/groundwork-go/groundwork/db/filter"
	"github.com/groundwork-go/groundwork/db/schema"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

// rule is what one role may do with one resource by one action. "{me}" in its conditions is the caller's person.
type rule struct {
	role, resource string
	action         policy.Action
	where, check   string
	hidden         []string // columns that may not be read
	writable       []string // nil: every column
	mask           map[string]string
	preset         map[string]any
}

// rules of the roles anon and member; the role admin may do everything.
var rules = []rule{
	{role: "anon", resource: "teams", action: policy.Select, where: "id=eq.1"},
	{role: "member", resource: "teams", action: policy.Select},
	{role: "member", resource: "people", action: policy.Select, hidden: []string{"email"}, mask: map[string]string{"boss_id": "id=eq.{me}"}},
	{role: "member", resource: "people", action: policy.Update, where: "id=eq.{me}", check: "id=eq.{me}", writable: []string{"name"}},
	{role: "member", resource: "memberships", action: policy.Select, where: "person_id=eq.{me}"},
	{role: "member", resource: "projects", action: policy.Select, where: "owner_id=eq.{me}", hidden: []string{"data"}},
	{role: "member", resource: "projects", action: policy.Insert, check: "owner_id=eq.{me}"},
	{role: "member", resource: "projects", action: policy.Update, check: "owner_id=eq.{me}"},
	{role: "member", resource: "projects", action: policy.Delete},
	{role: "member", resource: "tasks", action: policy.Select, where: "assignee_id=eq.{me}"},
	{role: "member", resource: "tasks", action: policy.Insert, preset: map[string]any{"assignee_id": "{me}"}},
	{role: "member", resource: "settings", action: policy.Insert},
	{role: "member", resource: "pairs", action: policy.Select, where: "a=eq.1"},
	{role: "member", resource: "pairs", action: policy.Insert},
	{role: "member", resource: "pairs", action: policy.Update},
	{role: "member", resource: "rpc.add", action: policy.Execute},
}

// ruleBook is a policy.Authorizer over rules.
type ruleBook struct{ tables map[string]*schema.Table }

func (b *ruleBook) Describe(resources []policy.Resource) error {
	for _, r := range resources {
		b.tables[r.Name] = r.Table
	}
	return nil
}

func (b *ruleBook) Plan(_ context.Context, r policy.Request) (policy.Plan, error) {
	plan := policy.Plan{Kind: policy.Allowed, Readable: policy.AllColumns(), Writable: policy.AllColumns()}
	if r.Who.Role == "admin" {
		return plan, nil
	}
	me, _ := r.Who.Claims["person"].(string)
	for _, rule := range rules {
		if rule.role == r.Who.Role && rule.resource == r.Resource && rule.action == r.Action {
			return b.plan(plan, rule, me)
		}
	}
	return policy.Plan{}, nil
}

func (b *ruleBook) plan(plan policy.Plan, rule rule, me string) (policy.Plan, error) {
	table := b.tables[rule.resource]
	var failed error
	parse := func(src string) filter.Expr {
		if src == "" {
			return nil
		}
		expr, err := filter.Parse(table, strings.ReplaceAll(src, "{me}", me))
		if err != nil {
			failed = err
		}
		plan.Kind = policy.Conditional
		return expr
	}
	plan.Where, plan.Check = parse(rule.where), parse(rule.check)
	if rule.hidden != nil {
		plan.Readable = policy.AllBut(rule.hidden...)
	}
	if rule.writable != nil {
		plan.Writable = policy.Columns(rule.writable...)
	}
	for column, condition := range rule.mask {
		plan.Mask = map[string]filter.Expr{column: parse(condition)}
	}
	for column, value := range rule.preset {
		plan.Preset = map[string]any{column: strings.ReplaceAll(value.(string), "{me}", me)}
	}
	return plan, failed
}

// personOf are the users of the tests: members are people.
var personOf = map[string]string{"ann": "1", "ben": "2", "cid": "3", "eve": "5"}

// byHeader signs in whom the header X-User names.
func byHeader(r *http.Request) (auth.Identity, error) {
	name := r.Header.Get("X-User")
	switch person, member := personOf[name]; {
	case name == "":
		return auth.Identity{Role: auth.RoleAnon}, nil
	case member:
		return auth.Identity{ID: uuid.NewSHA1(uuid.Nil, []byte(name)), Role: "member", Claims: map[string]any{"person": person}}, nil
	case name == "admin":
		return auth.Identity{ID: uuid.NewSHA1(uuid.Nil, []byte(name)), Role: "admin"}, nil
	}
	return auth.Identity{}, fmt.Errorf("%w: %s", auth.ErrInvalidToken, name)
}

func guarded(cfg *api.Config) {
	cfg.Auth = auth.AuthenticatorFunc(byHeader)
	cfg.Authorizer = &ruleBook{tables: map[string]*schema.Table{}}
}

func as(user string, more ...string) []string { return append([]string{"X-User", user}, more...) }

func TestPolicies(t *testing.T) {
	t.Parallel()
	both := worlds(t, guarded)
	counted := "count=exact"
	shown := "return=representation"
	merge := "resolution=merge-duplicates, return=representation"
	ownedByAnn := `[{"id":1,"owner_id":1},{"id":2,"owner_id":1}]`
	missing := `{"code":"PGRST116","message":"Cannot coerce the result to a single JSON object","details":"The result contains 0 rows","hint":null}`
	for _, c := range []wireCase{
		{name: "list", path: "/projects?select=id&order=id", header: as("ann"), want: `[{"id":1},{"id":2}]`, wantHeader: map[string]string{"Cache-Control": "no-store"}},
		{name: "list of another", path: "/projects?select=id", header: as("ben"), want: `[{"id":3}]`},
		{name: "list of one without any", path: "/projects?select=id", header: as("eve"), want: `[]`},
		{name: "a filter cannot widen", path: "/projects?select=id&or=(id.eq.3,id.gt.0)&order=id", header: as("ann"), want: `[{"id":1},{"id":2}]`},
		{name: "a negated filter cannot widen", path: "/projects?select=id&not.and=(id.eq.1,owner_id.eq.1)", header: as("ann"), want: `[{"id":2}]`},
		{name: "count", path: "/projects?select=id&limit=1&order=id", header: as("ann", "Prefer", counted), status: 206, wantHeader: map[string]string{"Content-Range": "0-0/2"}},
		{name: "count of an empty page", path: "/projects?select=id&id=eq.3", header: as("ann", "Prefer", counted), want: `[]`, wantHeader: map[string]string{"Content-Range": "*/0"}},
		{name: "HEAD counts the same", method: "HEAD", path: "/projects?limit=1", header: as("ann", "Prefer", counted), status: 206, wantHeader: map[string]string{"Content-Range": "0-0/2"}},
		{name: "estimated count", path: "/projects?select=id&limit=1", header: as("ann", "Prefer", "count=estimated"), status: 206, wantHeader: map[string]string{"Content-Range": "0-0/2"}},
		{name: "offset beyond tells the visible total only", path: "/projects?offset=9", header: as("ann", "Prefer", counted), status: 416, code: "PGRST103", has: []string{"there are only 2 rows"}},
		{name: "item", path: "/projects/1?select=id", header: as("ann"), want: `{"id":1}`},
		{name: "hidden item", path: "/projects/3", header: as("ann"), status: 404, want: missing},
		{name: "missing item", path: "/projects/99", header: as("ann"), status: 404, want: missing},
		{name: "hidden item, HEAD", method: "HEAD", path: "/projects/3", header: as("ann"), status: 404, empty: true},
		{name: "object of a hidden row", path: "/projects?id=eq.3", header: as("ann", "Accept", "application/vnd.pgrst.object+json"), status: 406, has: []string{"The result contains 0 rows"}},

		{name: "embed to-one", path: "/tasks?select=id,projects(id)&order=id", header: as("ben"), want: `[{"id":2,"projects":null},{"id":4,"projects":null}]`},
		{name: "embed inner", path: "/tasks?select=id,projects!inner(id)", header: as("ben"), want: `[]`},
		{name: "embed inner, counted", path: "/tasks?select=id,projects!inner(id)", header: as("ben", "Prefer", counted), want: `[]`, wantHeader: map[string]string{"Content-Range": "*/0"}},
		{name: "embed to-many", path: "/people?select=id,projects!owner_id(id)&projects.order=id&order=id&limit=2", header: as("ben"), want: `[{"id":1,"projects":[]},{"id":2,"projects":[{"id":3}]}]`},
		{name: "embed count", path: "/people?select=id,projects!owner_id(count)&order=id&limit=2", header: as("ben"), want: `[{"id":1,"projects":[{"count":0}]},{"id":2,"projects":[{"count":1}]}]`},
		{name: "embed is not null", path: "/people?select=id,projects!owner_id()&projects=not.is.null", header: as("ben"), want: `[{"id":2}]`},
		{name: "embed is null", path: "/people?select=id,projects!owner_id()&projects=is.null&order=id", header: as("ben"), want: `[{"id":1},{"id":3},{"id":4},{"id":5}]`},
		{name: "embed many-to-many", path: "/teams?select=id,memberships(person_id)&order=id", header: as("ben"), want: `[{"id":1,"memberships":[{"person_id":2}]},{"id":2,"memberships":[{"person_id":2}]},{"id":3,"memberships":[]}]`},
		{name: "embed of a denied resource", path: "/people?select=id,profiles(bio)", header: as("ben"), status: 403, code: "42501"},
		{name: "hidden embed of a denied resource", path: "/people?select=id,profiles()&profiles=not.is.null", header: as("ben"), status: 403, code: "42501"},
		{name: "counted embed of a denied resource", path: "/people?select=id,profiles(count)", header: as("ben"), status: 403, code: "42501"},
		{name: "embed in depth of a denied resource", path: "/tasks?select=people(profiles(bio))", header: as("ben"), status: 403, code: "42501"},

		{name: "star leaves a hidden column out", path: "/people?id=eq.1", header: as("ann"), want: `[{"id":1,"name":"Ann","boss_id":null}]`},
		{name: "select of a hidden column", path: "/people?select=email", header: as("ann"), status: 403, code: "42501", has: []string{"Column email may not be used."}},
		{name: "select of a hidden column, renamed and cast", path: "/people?select=x:email::text", header: as("ann"), status: 403, code: "42501"},
		{name: "filter on a hidden column", path: "/people?select=id&email=like.a*", header: as("ann"), status: 403, code: "42501"},
		{name: "HEAD filter on a hidden column", method: "HEAD", path: "/people?select=id&email=like.a*", header: as("ann", "Prefer", counted), status: 403},
		{name: "or-tree on a hidden column", path: "/people?select=id&or=(id.eq.1,email.like.a*)", header: as("ann"), status: 403, code: "42501"},
		{name: "negated tree on a hidden column", path: "/people?select=id&not.and=(id.eq.1,or(email.is.null,id.eq.2))", header: as("ann"), status: 403, code: "42501"},
		{name: "order on a hidden column", path: "/people?select=id&order=email", header: as("ann"), status: 403, code: "42501"},
		{name: "filter on a hidden column of an embed", path: "/tasks?select=id,people(id)&people.email=like.a*", header: as("ann"), status: 403, code: "42501"},
		{name: "order on a hidden column of an embed", path: "/teams?select=id,people(id)&people.order=email", header: as("ann"), status: 403, code: "42501"},
		{name: "hidden column of an embed", path: "/tasks?select=id,people(email)", header: as("ann"), status: 403, code: "42501"},
		{name: "star in an embed leaves it out", path: "/tasks?select=people(*)", header: as("ann"), want: `[{"people":{"id":1,"name":"Ann","boss_id":null}}]`},
		{name: "JSON path of a hidden column", path: "/projects?select=data->size", header: as("ann"), status: 403, code: "42501"},
		{name: "JSON path of a hidden column in a filter", path: "/projects?select=id&data->>name=eq.ap", header: as("ann"), status: 403, code: "42501"},
		{name: "JSON path of a hidden column in an order", path: "/projects?select=id&order=data->size", header: as("ann"), status: 403, code: "42501"},
		{name: "hidden column on an item", path: "/projects/1?select=data", header: as("ann"), status: 403, code: "42501"},
		{name: "hidden column in the filter of an item", path: "/projects/1?select=id&data->>name=eq.ap", header: as("ann"), status: 403, code: "42501"},
		{name: "mask", path: "/people?select=id,boss_id&id=in.(2,3)&order=id", header: as("ben"), want: `[{"id":2,"boss_id":1},{"id":3,"boss_id":null}]`},
		{name: "many-to-many shows only the joins that may be read", path: "/teams?select=people(id,boss_id)&id=eq.2&people.order=id", header: as("ben"), want: `[{"people":[{"id":2,"boss_id":1}]}]`},
		{name: "mask with a cast", path: "/people?select=boss_id::text&id=eq.3", header: as("ben"), want: `[{"boss_id":null}]`},
		{name: "filter on a masked column", path: "/people?boss_id=eq.1", header: as("ben"), status: 403, code: "42501"},
		{name: "order on a masked column", path: "/people?order=boss_id", header: as("ben"), status: 403, code: "42501"},
		{name: "embed over a masked column", path: "/people?select=id,boss_id(name)", header: as("ben"), status: 403, code: "42501"},
		{name: "embed over a masked column of the target", path: "/people?select=id,people(id)", header: as("ben"), status: 403, code: "42501"},

		{name: "anonymous is asked to sign in", path: "/projects", status: 401, code: "42501", wantHeader: map[string]string{"Www-Authenticate": "Bearer"}},
		{name: "signed in is refused", path: "/profiles", header: as("ann"), status: 403, code: "42501", wantHeader: map[string]string{"Www-Authenticate": ""}},
		{name: "anonymous sees its rows", path: "/teams", want: `[{"id":1,"title":"core"}]`},
		{name: "anonymous sees no other item", path: "/teams/2", status: 404, want: missing},
		{name: "anonymous writes", method: "POST", path: "/teams", body: `{"title":"x"}`, status: 401, code: "42501"},
		{name: "anonymous updates", method: "PATCH", path: "/teams?id=eq.1", body: `{"title":"x"}`, status: 401, code: "42501"},
		{name: "anonymous deletes", method: "DELETE", path: "/teams?id=eq.1", status: 401, code: "42501"},
		{name: "anonymous puts", method: "PUT", path: "/teams/1", body: `{"title":"x"}`, status: 401, code: "42501"},
		{name: "anonymous calls", method: "POST", path: "/rpc/add", body: `{"a":1}`, status: 401, code: "42501"},
		{name: "a bad credential never falls back", path: "/teams", header: as("mallory"), status: 401, code: "PGRST301"},
		{name: "a call", method: "POST", path: "/rpc/add", body: `{"a":1}`, header: as("ann"), want: `1`},
		{name: "a refused call", method: "POST", path: "/rpc/touch", body: `{}`, header: as("ann"), status: 403, code: "42501", then: "/teams", thenWant: `[{"id":1,"title":"core"}]`},
		{name: "hints show no hidden name", path: "/profilez", header: as("ann"), status: 404, has: []string{`"hint":null`}},
		{name: "hints show visible names", path: "/peopl", header: as("ann"), status: 404, has: []string{"'public.people'"}},
		{name: "hints of relations show no hidden name", path: "/people?select=profilez(id)", header: as("ann"), code: "PGRST200", has: []string{`"hint":null`}},
		{name: "hints of functions show no hidden name", method: "POST", path: "/rpc/touchh", body: `{}`, header: as("ann"), status: 404, code: "PGRST202", has: []string{`"hint":null`}},

		{name: "insert", method: "POST", path: "/projects?select=id,owner_id", body: `{"title":"n","owner_id":1}`, header: as("ann", "Prefer", shown), status: 201, want: `[{"id":4,"owner_id":1}]`},
		{name: "insert check", method: "POST", path: "/projects", body: `{"title":"n","owner_id":2}`, header: as("ann"), status: 403, code: "42501", then: "/projects?id=gt.3", thenWant: `[]`},
		{name: "insert check of a list", method: "POST", path: "/projects", body: `[{"title":"n","owner_id":1},{"title":"n","owner_id":2}]`, header: as("ann"), status: 403, code: "42501", then: "/projects?id=gt.3", thenWant: `[]`},
		{name: "insert of a resource that may not be inserted", method: "POST", path: "/people", body: `{"name":"x"}`, header: as("ann"), status: 403, code: "42501"},
		{name: "insert without the right to read", method: "POST", path: "/settings", body: `{"name":"n","slug":"n"}`, header: as("ann"), status: 201, empty: true, then: "/settings?slug=eq.n&select=name", thenWant: `[{"name":"n"}]`},
		{name: "insert without the right to read, shown", method: "POST", path: "/settings", body: `{"name":"n","slug":"n"}`, header: as("ann", "Prefer", shown), status: 403, code: "42501", then: "/settings?slug=eq.n&select=name", thenWant: `[]`},
		{name: "insert with a hidden column shown", method: "POST", path: "/projects?select=id,data", body: `{"title":"n","owner_id":1}`, header: as("ann", "Prefer", shown), status: 403, code: "42501", then: "/projects?id=gt.3", thenWant: `[]`},
		{name: "insert of a row that its writer cannot see, shown", method: "POST", path: "/pairs", body: `{"a":9,"b":"n"}`, header: as("ann", "Prefer", shown), status: 403, code: "42501", then: "/pairs?a=eq.9", thenWant: `[]`},
		{name: "insert of a row that its writer cannot see", method: "POST", path: "/pairs", body: `{"a":9,"b":"n"}`, header: as("ann"), status: 201, empty: true},
		{name: "preset", method: "POST", path: "/tasks?select=assignee_id", body: `{"title":"n","project_id":1}`, header: as("ann", "Prefer", shown), status: 201, want: `[{"assignee_id":1}]`},
		{name: "preset that agrees", method: "POST", path: "/tasks?select=assignee_id", body: `{"title":"n","project_id":1,"assignee_id":1}`, header: as("ann", "Prefer", shown), status: 201, want: `[{"assignee_id":1}]`},
		{name: "preset against the client", method: "POST", path: "/tasks", body: `{"title":"n","project_id":1,"assignee_id":2}`, header: as("ann"), status: 403, code: "42501", has: []string{"The server sets the column assignee_id to another value."}, then: "/tasks?title=eq.n&select=id", thenWant: `[]`},

		{name: "update", method: "PATCH", path: "/projects?id=eq.1&select=title", body: `{"title":"n"}`, header: as("ann", "Prefer", shown), want: `[{"title":"n"}]`},
		{name: "update of hidden rows", method: "PATCH", path: "/projects?id=gt.0&select=id&order=id", body: `{"title":"n"}`, header: as("ann", "Prefer", shown), want: `[{"id":1},{"id":2}]`, then: "/projects?id=eq.3&select=title", thenWant: `[{"title":"Comet"}]`},
		{name: "update that moves a row out", method: "PATCH", path: "/projects?id=eq.1", body: `{"owner_id":2}`, header: as("ann"), status: 403, code: "42501", then: "/projects?owner_id=eq.1&select=id,owner_id&order=id", thenWant: ownedByAnn},
		{name: "update of an item that moves it out", method: "PATCH", path: "/projects/1", body: `{"owner_id":2}`, header: as("ann"), status: 403, code: "42501", then: "/projects?owner_id=eq.1&select=id,owner_id&order=id", thenWant: ownedByAnn},
		{name: "update of a hidden item", method: "PATCH", path: "/projects/3", body: `{"title":"n"}`, header: as("ann"), status: 404, want: missing, then: "/projects?id=eq.3&select=title", thenWant: `[{"title":"Comet"}]`},
		{name: "update of a missing item", method: "PATCH", path: "/projects/99", body: `{"title":"n"}`, header: as("ann"), status: 404, want: missing},
		{name: "update of nothing in a hidden item", method: "PATCH", path: "/projects/3", body: `{}`, header: as("ann"), status: 404, want: missing},
		{name: "update by a hidden column", method: "PATCH", path: "/projects?data->>name=eq.ap", body: `{"title":"n"}`, header: as("ann"), status: 403, code: "42501"},
		{name: "update of the person itself", method: "PATCH", path: "/people?id=gt.0&select=id,name", body: `{"name":"n"}`, header: as("ann", "Prefer", shown), want: `[{"id":1,"name":"n"}]`, then: "/people?name=eq.n&select=id", thenWant: `[{"id":1}]`},
		{name: "update of a column that may not be written", method: "PATCH", path: "/people?id=eq.1", body: `{"boss_id":2}`, header: as("ann"), status: 403, code: "42501"},
		{name: "update with columns of one that may not be written", method: "PATCH", path: "/people?id=eq.1&columns=boss_id", body: `{"boss_id":2}`, header: as("ann"), status: 403, code: "42501"},
		{name: "update of a person that the caller may only see", method: "PATCH", path: "/people/2", body: `{"name":"n"}`, header: as("ann"), status: 404, want: missing, then: "/people?name=eq.n", thenWant: `[]`},
		{name: "update without an update rule", method: "PATCH", path: "/tasks?id=eq.1", body: `{"title":"n"}`, header: as("ann"), status: 403, code: "42501"},
		{name: "update shown with a hidden column", method: "PATCH", path: "/projects?id=eq.1&select=data", body: `{"title":"n"}`, header: as("ann", "Prefer", shown), status: 403, code: "42501", then: "/projects?title=eq.n", thenWant: `[]`},

		{name: "delete of hidden rows", method: "DELETE", path: "/projects?id=eq.3", header: as("ann"), status: 204, then: "/projects?id=eq.3&select=id", thenWant: `[{"id":3}]`},
		{name: "delete of a hidden item", method: "DELETE", path: "/projects/3", header: as("ann"), status: 404, want: missing},
		{name: "delete of a missing item", method: "DELETE", path: "/projects/99", header: as("ann"), status: 404, want: missing},
		{name: "delete by a hidden column", method: "DELETE", path: "/projects?data->>name=eq.ap", header: as("ann"), status: 403, code: "42501"},
		{name: "delete without a rule", method: "DELETE", path: "/tasks?id=eq.1", header: as("ann"), status: 403, code: "42501"},

		{name: "upsert of a hidden row", method: "POST", path: "/projects?select=id", body: `{"id":3,"title":"mine","owner_id":1}`, header: as("ann", "Prefer", merge), status: 403, code: "42501", then: "/projects?id=eq.3&select=title,owner_id", thenWant: `[{"title":"Comet","owner_id":2}]`},
		{name: "upsert of a hidden row, minimal", method: "POST", path: "/projects", body: `{"id":3,"title":"mine","owner_id":1}`, header: as("ann", "Prefer", "resolution=merge-duplicates"), status: 403, code: "42501", then: "/projects?id=eq.3&select=title,owner_id", thenWant: `[{"title":"Comet","owner_id":2}]`},
		{name: "upsert of the own row", method: "POST", path: "/projects?select=id,title", body: `{"id":1,"title":"n","owner_id":1}`, header: as("ann", "Prefer", merge), status: 200, want: `[{"id":1,"title":"n"}]`},
		{name: "upsert that moves the own row out", method: "POST", path: "/projects?select=id", body: `{"id":1,"title":"n","owner_id":2}`, header: as("ann", "Prefer", merge), status: 403, code: "42501", then: "/projects?id=eq.1&select=title,owner_id", thenWant: `[{"title":"Apollo","owner_id":1}]`},
		{name: "skipped duplicates of hidden rows are not shown", method: "POST", path: "/projects?select=id", body: `{"id":3,"title":"mine","owner_id":1}`, header: as("ann", "Prefer", "resolution=ignore-duplicates, return=representation"), status: 201, want: `[]`},
		{name: "put of a hidden item", method: "PUT", path: "/projects/3", body: `{"title":"mine","owner_id":1}`, header: as("ann"), status: 403, code: "42501", then: "/projects?id=eq.3&select=title", thenWant: `[{"title":"Comet"}]`},
		{name: "put without an update rule", method: "PUT", path: "/tasks?id=eq.1", body: `{"id":1,"title":"n","project_id":1}`, header: as("ann"), status: 403, code: "42501"},
		{name: "on_conflict of a hidden column", method: "POST", path: "/people?on_conflict=email", body: `{"name":"x","email":"ann@example.org"}`, header: as("ann", "Prefer", "resolution=ignore-duplicates"), status: 403, code: "42501"},
		{name: "an admin sees everything", path: "/projects?select=id,data->size&order=id", header: as("admin"), want: `[{"id":1,"size":3},{"id":2,"size":12},{"id":3,"size":null}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.method != "" && c.method != "HEAD" {
				for _, w := range both {
					w.reset(t)
				}
			}
			c.thenHeader = as("admin")
			if strings.HasPrefix(c.then, "/teams") {
				c.thenHeader = nil
			}
			c.run(t, both)
		})
	}
}

// TestHiddenAndMissingAreTheSame compares whole answers: nothing may tell a row that is hidden from one that is not there.
func TestHiddenAndMissingAreTheSame(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t, guarded) {
		for _, request := range []struct{ method, path, body, prefer string }{
			{"GET", "/projects/%d", "", ""},
			{"HEAD", "/projects/%d", "", ""},
			{"GET", "/projects?id=eq.%d", "", "count=exact"},
			{"PATCH", "/projects/%d", `{"title":"n"}`, ""},
			{"PATCH", "/projects/%d", `{"owner_id":2}`, ""},
			{"PATCH", "/projects/%d", `{"id":1}`, ""},
			{"PATCH", "/projects?id=eq.%d", `{"title":"n"}`, "return=representation, count=exact"},
			{"DELETE", "/projects/%d", "", ""},
			{"DELETE", "/projects?id=eq.%d", "", "return=representation, count=exact"},
		} {
			client := w.client(t).With("X-User", "ann", "Prefer", request.prefer, "X-Request-Id", "same")
			hidden := client.Do(request.method, mount+fmt.Sprintf(request.path, 3), request.body)
			missing := client.Do(request.method, mount+fmt.Sprintf(request.path, 99), request.body)
			call := request.method + " " + request.path
			assert.Equal(t, missing.Status, hidden.Status, call)
			assert.Equal(t, missing.Body, hidden.Body, call)
			assert.Equal(t, missing.Header, hidden.Header, call)
		}
	}
}

// mayTouch is the model of the rules about projects: what the matrix below compares every answer with. Rows 1 and 2 belong to ann,
// row 3 to ben; readers see, change and remove their own rows.
func mayTouch(user string, row int) bool {
	owner := map[int]string{1: "ann", 2: "ann", 3: "ben"}[row]
	return user == "admin" || user == owner
}

// refused is the status of a caller to whom the whole resource is closed.
func refused(user string) bool { return user == "" }

// TestMatrix asks users × rows × verbs × doors and compares with the model.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t, guarded) {
		for _, user := range []string{"", "ann", "ben", "cid", "eve", "admin"} {
			for row := 1; row <= 3; row++ {
				for _, d := range doors {
					if d.writes {
						w.reset(t)
					}
					d.ask(t, w, user, row)
				}
			}
		}
	}
}

// door is one way to a row of projects. found tells from an answer whether the row was reached.
type door struct {
	name, method, path, body string
	header                   []string
	writes                   bool
	found                    func(status int, body, contentRange string, row int) bool
}

func inBody(_ int, body, _ string, row int) bool {
	return strings.Contains(body, fmt.Sprintf(`"id":%d`, row))
}
func okStatus(status int, _, _ string, _ int) bool { return status < 300 }
func oneCounted(_ int, _, contentRange string, _ int) bool {
	return strings.HasSuffix(contentRange, "/1")
}

var doors = []door{
	{name: "list", method: "GET", path: "/projects?select=id", found: inBody},
	{name: "filtered list", method: "GET", path: "/projects?select=id&id=eq.%d", found: inBody},
	{name: "or-tree", method: "GET", path: "/projects?select=id&or=(id.eq.%d,id.eq.-1)", found: inBody},
	{name: "csv", method: "GET", path: "/projects?select=id,title&id=eq.%d", header: []string{"Accept", "text/csv"}, found: func(_ int, body, _ string, row int) bool {
		return strings.Contains(body, fmt.Sprintf("\n%d,", row))
	}},
	{name: "count", method: "GET", path: "/projects?select=id&id=eq.%d", header: []string{"Prefer", "count=exact"}, found: oneCounted},
	{name: "HEAD count", method: "HEAD", path: "/projects?id=eq.%d", header: []string{"Prefer", "count=exact"}, found: oneCounted},
	{name: "item", method: "GET", path: "/projects/%d?select=id", found: okStatus},
	{name: "HEAD item", method: "HEAD", path: "/projects/%d", found: okStatus},
	{name: "embed", method: "GET", path: "/people?select=projects!owner_id(id)&projects.id=eq.%d", found: inBody},
	{name: "inner embed", method: "GET", path: "/people?select=name,projects!owner_id!inner(id)&projects.id=eq.%d", found: inBody},
	{name: "inner embed, counted", method: "HEAD", path: "/people?select=name,projects!owner_id!inner(id)&projects.id=eq.%d", header: []string{"Prefer", "count=exact"}, found: oneCounted},
	{name: "null embed", method: "HEAD", path: "/people?select=name,projects!owner_id()&projects.id=eq.%d&projects=not.is.null", header: []string{"Prefer", "count=exact"}, found: oneCounted},
	{name: "embed count", method: "GET", path: "/people?select=projects!owner_id(count)&projects.id=eq.%d", found: func(_ int, body, _ string, _ int) bool { return strings.Contains(body, `"count":1`) }},
	{name: "update", method: "PATCH", path: "/projects?id=eq.%d&select=id", body: `{"title":"n"}`, header: []string{"Prefer", "return=representation"}, writes: true, found: inBody},
	{name: "update, counted", method: "PATCH", path: "/projects?id=eq.%d", body: `{"title":"n"}`, header: []string{"Prefer", "count=exact"}, writes: true, found: oneCounted},
	{name: "update of an item", method: "PATCH", path: "/projects/%d?select=id", body: `{"title":"n"}`, writes: true, found: okStatus},
	{name: "empty update of an item", method: "PATCH", path: "/projects/%d?select=id", body: `{}`, writes: true, found: okStatus},
	{name: "delete", method: "DELETE", path: "/projects?id=eq.%d&select=id", header: []string{"Prefer", "return=representation"}, writes: true, found: inBody},
	{name: "delete of an item", method: "DELETE", path: "/projects/%d", writes: true, found: okStatus},
}

func (d *door) ask(t *testing.T, w *world, user string, row int) {
	t.Helper()
	if d.method == "DELETE" {
		w.exec(t, "DELETE FROM tasks")
	}
	path := d.path
	if strings.Contains(path, "%d") {
		path = fmt.Sprintf(path, row)
	}
	answer := w.client(t).With("X-User", user).Do(d.method, mount+path, d.body, d.header...)
	call := fmt.Sprintf("%q through the door %q to row %d (%s %s) got %d %s", user, d.name, row, d.method, path, answer.Status, answer.Body)
	if refused(user) {
		require.Equal(t, http.StatusUnauthorized, answer.Status, call)
		return
	}
	found := d.found(answer.Status, answer.Body, answer.Header.Get("Content-Range"), row)
	require.Equal(t, mayTouch(user, row), found, call)
	if !d.writes || strings.HasPrefix(d.name, "empty") {
		return
	}
	left := w.client(t).With("X-User", "admin").Do("GET", mount+fmt.Sprintf("/projects?select=title&id=eq.%d", row), "")
	untouched := map[int]string{1: "Apollo", 2: "Borealis", 3: "Comet"}[row]
	require.Equal(t, !mayTouch(user, row), strings.Contains(left.Body, untouched), "%s; the row is now %s", call, left.Body)
}
