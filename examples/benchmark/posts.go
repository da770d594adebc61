package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/db/dburl"
)

// Post is a row of the table that every variant serves.
type Post struct {
	bun.BaseModel `bun:"table:benchmark_posts,alias:post"`

	ID        int64     `bun:",pk,autoincrement" json:"id"`
	Title     string    `bun:",notnull" json:"title"`
	Body      string    `bun:",notnull" json:"body"`
	OwnerID   uuid.UUID `bun:"type:uuid,notnull" json:"owner_id"`
	Price     float64   `bun:"type:numeric(12,2),notnull" json:"price"`
	Published bool      `bun:",notnull" json:"published"`
	CreatedAt time.Time `bun:",nullzero,notnull,default:current_timestamp" json:"created_at"`
}

// owners is how many there are; each has rows/owners posts.
const owners = 1000

// owner makes the id of an owner from its number.
func owner(n int) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:], uint64(n)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(id[8:], uint64(n)*0xc2b2ae3d27d4eb4f)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// text is a body of about 200 bytes.
func text(n int) string {
	line := fmt.Sprintf("Paragraph %d tells what the post is about, with a \"quote\" in it. ", n)
	return strings.Repeat(line, 3)
}

// price is never a whole number: SQLite would store those as integers, which Bun does not read into a float64.
func price(n int) float64 { return float64(n%10_000) + 0.25 }

func post(n int) Post {
	return Post{
		ID: int64(n), Title: fmt.Sprintf("The title of post number %d", n), Body: text(n), OwnerID: owner(n % owners),
		Price: price(n), Published: true, CreatedAt: time.Date(2024, 1, 1, 0, 0, n, 0, time.UTC),
	}
}

// prepare makes the table: once on PostgreSQL, once for each variant on SQLite.
func prepare(ctx context.Context, s settings, dir string, variants []variant) error {
	base := filepath.Join(dir, "base.db")
	url := s.url
	if s.sqlite() {
		url = "sqlite:" + base
	}
	if err := seed(ctx, url, s.rows); err != nil || !s.sqlite() {
		return err
	}
	content, err := os.ReadFile(base)
	if err != nil {
		return err
	}
	for _, v := range variants {
		if err := os.WriteFile(filepath.Join(dir, v.name+".db"), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func seed(ctx context.Context, url string, rows int) (err error) {
	database, err := dburl.Open(ctx, url)
	if err != nil {
		return err
	}
	defer func() {
		if closed := database.Close(); err == nil {
			err = closed
		}
	}()
	if _, err := database.NewDropTable().Model((*Post)(nil)).IfExists().Exec(ctx); err != nil {
		return err
	}
	if err := db.CreateTables(ctx, database, (*Post)(nil)); err != nil {
		return err
	}
	const batch = 1000
	posts := make([]Post, 0, batch)
	for n := 1; n <= rows; n++ {
		posts = append(posts, post(n))
		if len(posts) < batch && n < rows {
			continue
		}
		if _, err := database.NewInsert().Model(&posts).Exec(ctx); err != nil {
			return err
		}
		posts = posts[:0]
	}
	_, err = database.NewCreateIndex().Model((*Post)(nil)).Index("benchmark_posts_owner").Column("owner_id", "created_at").Exec(ctx)
	if err != nil || strings.HasPrefix(url, "sqlite:") {
		return err
	}
	// The sequence did not see the numbers that the rows brought along.
	_, err = database.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence('benchmark_posts', 'id'), (SELECT max(id) FROM benchmark_posts))")
	if err == nil {
		_, err = database.ExecContext(db.Maintenance(ctx), "VACUUM ANALYZE benchmark_posts")
	}
	return err
}
