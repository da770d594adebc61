// Package apitest helps to test programs built on package api: a client that calls an http.Handler in the process, and a conformance
// suite for an api.Source of your own.
//
//	client := apitest.New(t, e) // e is the *echo.Echo
//	answer := client.Do("POST", "/rest/v1/todos", `{"title":"milk"}`, "Prefer", "return=representation")
//	answer.Want(http.StatusCreated, `[{"id":1,"title":"milk"}]`)
package apitest
