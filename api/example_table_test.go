package api_test

import (
	"context"
	"fmt"
	"log"

	"github.com/groundwork-go/groundwork/api"
)

func ExampleTable() {
	database := openExample()
	defer database.Close()
	ctx := context.Background()
	// Tables that are there already, made by another program.
	for _, statement := range []string{
		`CREATE TABLE rooms (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR NOT NULL UNIQUE)`,
		`CREATE TABLE chairs (id INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL REFERENCES rooms (id), color VARCHAR)`,
	} {
		if _, err := database.ExecContext(ctx, statement); err != nil {
			log.Fatal(err)
		}
	}

	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	rooms := api.Table(rest, "rooms", api.TableOptions{})
	api.Table(rest, "chairs", api.TableOptions{})
	e := serveExample(rest)

	ask(e, "POST", "/rest/v1/rooms", `{"name":"hall"}`)
	ask(e, "POST", "/rest/v1/chairs", `[{"room_id":1,"color":"red"},{"room_id":1,"color":null}]`)
	ask(e, "GET", "/rest/v1/rooms?select=name,chairs(color)&chairs.order=id", "")

	var attic api.Row
	attic.Set("name", "attic")
	if err := rooms.Create(ctx, &attic); err != nil {
		log.Fatal(err)
	}
	id, _ := attic.Text("id")
	fmt.Println(id)
	// Output:
	// 201
	// 201
	// 200 [{"name":"hall","chairs":[{"color":"red"},{"color":null}]}]
	// 2
}
