package apitest_test

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/groundwork-go/groundwork/api/apitest"
)

func Example() {
	test := func(t *testing.T) { // func TestTodos(t *testing.T)
		e := echo.New() // the server of the program
		client := apitest.New(t, e).With("Authorization", "Bearer of-a-test")
		client.Do("POST", "/rest/v1/todos", `{"title":"milk"}`, "Prefer", "return=representation").
			Want(http.StatusCreated, `[{"id":1,"title":"milk"}]`)
		var todos []struct{ Title string }
		client.Do("GET", "/rest/v1/todos?select=title", "").JSON(&todos)
		client.Do("DELETE", "/rest/v1/todos", "").WantCode(http.StatusBadRequest, "21000")
	}
	_ = test
}
