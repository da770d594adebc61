package api_test

import (
	"context"
	"fmt"

	"github.com/groundwork-go/groundwork/api"
)

func ExampleAPI_OnChange() {
	database := openExample((*Album)(nil))
	defer database.Close()

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Album]{Name: "albums"})
	rest.OnChange(func(_ context.Context, change *api.Change) {
		title, _ := change.Row.Text("title")
		fmt.Println(change.Action, change.Resource, change.Row.Key(), title)
	})
	e := serveExample(rest)

	ask(e, "POST", "/rest/v1/albums", `{"title":"Blue","year":1971}`)
	ask(e, "PATCH", "/rest/v1/albums?id=eq.1", `{"year":1972}`)
	ask(e, "DELETE", "/rest/v1/albums/1", "")
	// Output:
	// insert albums [1] Blue
	// 201
	// update albums [1] Blue
	// 204
	// delete albums [1] Blue
	// 204
}
