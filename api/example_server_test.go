package api_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/groundwork-go/groundwork/api"
)

func ExampleServe() {
	database := openExample((*Album)(nil))
	defer database.Close()
	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Album]{Name: "albums"})
	e := serveExample(rest)
	e.GET("/hello", func(c echo.Context) error { return c.String(http.StatusOK, "a route of your own") })

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- api.Serve(ctx, listener, e) }()

	for _, path := range []string{"/live", "/ready", "/hello", "/nowhere"} {
		answer, err := http.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			log.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		fmt.Printf("%d %s\n", answer.StatusCode, body)
	}
	stop() // or SIGTERM: requests in flight are finished first
	fmt.Println(<-stopped)
	// Output:
	// 200 {"status":"ok"}
	// 200 {"status":"ready"}
	// 200 a route of your own
	// 404 {"code":"PGRST125","message":"Invalid path specified in request URL","details":null,"hint":null}
	// <nil>
}

func ExampleErrorHandler() {
	database := openExample((*Album)(nil))
	defer database.Close()
	rest := api.New(database, api.Config{Authorizer: api.AllowAll})
	api.Register(rest, api.Resource[Album]{Name: "albums"})

	// An Echo of your own takes two lines instead of api.Server.
	e := echo.New()
	e.HTTPErrorHandler = api.ErrorHandler
	e.Pre(rest.Middleware())
	if err := rest.Mount(e.Group("/data")); err != nil {
		log.Fatal(err)
	}
	ask(e, "GET", "/data/albums", "")
	ask(e, "GET", "/nowhere", "")
	// Output:
	// 200 []
	// 404 {"code":"PGRST125","message":"Invalid path specified in request URL","details":null,"hint":null}
}
