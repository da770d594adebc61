package api_test

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/groundwork-go/groundwork/api"
	"github.com/groundwork-go/groundwork/db"
)

// Lamp is a thing in a house, in no table. Its tags say what clients see, as those of a Bun model do.
type Lamp struct {
	Name string `bun:",pk" json:"name"`
	Room string `json:"room"`
	On   bool   `json:"on"`
}

// lamps is a Source. In a real program its methods would talk to the devices.
type lamps struct {
	mu    sync.Mutex
	known map[string]Lamp
}

// Read returns every lamp, or the one that is asked for; filters, order, pages and select are applied to the result.
func (l *lamps) Read(_ context.Context, want api.Wanted) ([]Lamp, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if want.Key != nil {
		if lamp, ok := l.known[want.Key[0]]; ok {
			return []Lamp{lamp}, nil
		}
		return nil, nil
	}
	rows := make([]Lamp, 0, len(l.known))
	for _, lamp := range l.known {
		rows = append(rows, lamp)
	}
	slices.SortFunc(rows, func(a, b Lamp) int { return cmp.Compare(a.Name, b.Name) })
	return rows, nil
}

// Create makes POST possible. All rows are added, or none.
func (l *lamps) Create(_ context.Context, rows []*Lamp) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range rows {
		if _, taken := l.known[row.Name]; taken {
			return &db.Error{Code: "23505", Message: "there is a lamp " + row.Name}
		}
	}
	for _, row := range rows {
		l.known[row.Name] = *row
	}
	return nil
}

// Update makes PATCH possible. Each row is whole: as it was, with the columns of the request set.
func (l *lamps) Update(_ context.Context, rows []*Lamp, _ []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range rows {
		l.known[row.Name] = *row
	}
	return nil
}

func ExampleSource() {
	database := openExample()
	defer database.Close()

	house := &lamps{known: map[string]Lamp{"desk": {Name: "desk", Room: "study"}, "floor": {Name: "floor", Room: "hall", On: true}}}
	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Lamp]{Name: "lamps", Source: house})
	e := serveExample(rest)

	ask(e, "GET", "/rest/v1/lamps?on=is.false&select=name", "")
	ask(e, "PATCH", "/rest/v1/lamps?room=eq.study", `{"on":true}`)
	ask(e, "GET", "/rest/v1/lamps/desk", "")
	ask(e, "POST", "/rest/v1/lamps", `{"name":"desk","room":"hall"}`)
	ask(e, "DELETE", "/rest/v1/lamps?name=eq.desk", "")
	// Output:
	// 200 [{"name":"desk"}]
	// 204
	// 200 {"name":"desk","room":"study","on":true}
	// 409 {"code":"23505","message":"there is a lamp desk","details":null,"hint":null}
	// 405 {"code":"PGRST117","message":"Unsupported HTTP method: DELETE","details":null,"hint":null}
}

// Rate is a price of one currency in another.
type Rate struct {
	Currency string  `bun:",pk" json:"currency"`
	Euros    float64 `json:"euros"`
}

func ExampleSourceFunc() {
	database := openExample()
	defer database.Close()

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Rate]{
		Name: "rates",
		Source: api.SourceFunc[Rate](func(context.Context, api.Wanted) ([]Rate, error) {
			return []Rate{{"CHF", 1.07}, {"DKK", 0.13}, {"GBP", 1.15}}, nil
		}),
	})
	e := serveExample(rest)

	ask(e, "GET", "/rest/v1/rates?euros=gt.1&order=euros.desc", "")
	// Output:
	// 200 [{"currency":"GBP","euros":1.15},{"currency":"CHF","euros":1.07}]
}
