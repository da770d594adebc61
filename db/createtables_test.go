package db_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dbtest"
)

type author struct {
	bun.BaseModel `bun:"table:authors"`

	ID    int64   `bun:"id,pk,autoincrement"`
	Email string  `bun:"email,notnull,unique"`
	Books []*book `bun:"rel:has-many,join:id=author_id"`
}

type book struct {
	bun.BaseModel `bun:"table:books"`

	ID       int64   `bun:"id,pk,autoincrement"`
	Title    string  `bun:"title,notnull,unique:books_title_author_key"`
	AuthorID int64   `bun:"author_id,notnull,unique:books_title_author_key"`
	Author   *author `bun:"rel:belongs-to,join:author_id=id,on_delete:CASCADE"`
	Tags     []*tag  `bun:"m2m:book_tags,join:Book=Tag"`
}

type tag struct {
	bun.BaseModel `bun:"table:tags"`

	ID    int64   `bun:"id,pk,autoincrement"`
	Name  string  `bun:"name,notnull"`
	Books []*book `bun:"m2m:book_tags,join:Tag=Book"`
}

type bookTag struct {
	bun.BaseModel `bun:"table:book_tags"`

	BookID int64 `bun:"book_id,pk"`
	Book   *book `bun:"rel:belongs-to,join:book_id=id"`
	TagID  int64 `bun:"tag_id,pk"`
	Tag    *tag  `bun:"rel:belongs-to,join:tag_id=id"`
}

// team and person refer to each other.
type team struct {
	bun.BaseModel `bun:"table:teams"`

	ID     int64   `bun:"id,pk,autoincrement"`
	LeadID *int64  `bun:"lead_id"`
	Lead   *person `bun:"rel:belongs-to,join:lead_id=id"`
}

type person struct {
	bun.BaseModel `bun:"table:people"`

	ID     int64  `bun:"id,pk,autoincrement"`
	TeamID *int64 `bun:"team_id"`
	Team   *team  `bun:"rel:belongs-to,join:team_id=id"`
}

func library() []any {
	return []any{(*bookTag)(nil), (*book)(nil), (*tag)(nil), (*author)(nil), (*team)(nil), (*person)(nil)}
}

func TestCreateTables(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		ctx := t.Context()
		for range 2 {
			require.NoError(t, db.CreateTables(ctx, database, library()...))
		}
		writer := &author{Email: "a@example.com"}
		_, err := database.NewInsert().Model(writer).Exec(ctx)
		require.NoError(t, err)
		first := &book{Title: "One", AuthorID: writer.ID}
		_, err = database.NewInsert().Model(first).Exec(ctx)
		require.NoError(t, err)

		conflict := func(model any, constraint string) {
			t.Helper()
			_, err := database.NewInsert().Model(model).Exec(ctx)
			var e *db.Error
			require.ErrorAs(t, db.Classify(database, err), &e)
			require.ErrorIs(t, e, db.ErrConflict)
			if constraint != "" {
				require.Equal(t, constraint, e.Constraint)
			}
		}
		conflict(&author{Email: "a@example.com"}, "authors_email_key")
		conflict(&book{Title: "One", AuthorID: writer.ID}, "")
		conflict(&book{Title: "Two", AuthorID: 99}, "")
		conflict(&bookTag{BookID: first.ID, TagID: 99}, "")
		missing := int64(99)
		conflict(&team{LeadID: &missing}, "")
		conflict(&person{TeamID: &missing}, "")

		_, err = database.NewDelete().Model(writer).WherePK().Exec(ctx)
		require.NoError(t, err)
		n, err := database.NewSelect().Model((*book)(nil)).Count(ctx)
		require.NoError(t, err)
		require.Zero(t, n, "ON DELETE CASCADE")
	})
}

func TestCreateTablesAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *bun.DB) {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if err := db.CreateTables(t.Context(), database, library()...); err != nil {
					t.Errorf("create tables: %v", err)
				}
			})
		}
		group.Wait()
	})
}

func TestCreateTablesSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	database := dbtest.SQLite(t)
	require.ErrorContains(t, db.CreateTables(t.Context(), database, "books"), "pointer to a struct")
	require.ErrorContains(t, db.CreateTables(t.Context(), database, nil), "pointer to a struct")
	require.ErrorContains(t, db.CreateTables(t.Context(), database, (*tag)(nil)), "book_tags")
}
