package notes_test

import (
	"net/http"
	"testing"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/api/apitest"
	"github.com/groundwork-go/groundwork/db/dbtest"
	notes "github.com/groundwork-go/groundwork/docs/snippets/testing"
)

func TestNotes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		e, err := notes.NewServer(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		client := apitest.New(t, e)

		client.Do("POST", "/rest/v1/notes", `{"text":"buy flour"}`, "Prefer", "return=representation").
			Want(http.StatusCreated, `[{"id":1,"text":"buy flour"}]`)
		client.Do("POST", "/rest/v1/notes", `{"text":""}`).WantCode(http.StatusBadRequest, "23514")
		client.Do("GET", "/rest/v1/notes?text=like.*flour*", "", "Prefer", "count=exact").
			Want(http.StatusOK, `[{"id":1,"text":"buy flour"}]`).
			WantHeader("Content-Range", "0-0/1")
	})
}
