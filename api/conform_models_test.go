package api_test

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// The models of the wire tests: people lead and join teams, own and review projects, and work on tasks. sample has a column of
// every kind, odd has names that need care, settings has defaults, pair a key of two columns, log no key.

type person struct {
	bun.BaseModel `bun:"table:people"`

	ID       int64   `bun:",pk,autoincrement" json:"id"`
	Name     string  `bun:",notnull" json:"name"`
	Email    *string `bun:",unique" json:"email"`
	BossID   *int64  `json:"boss_id"`
	Password string  `bun:",nullzero" json:"-"`

	Boss  *person `bun:"rel:belongs-to,join:boss_id=id" json:"-"`
	Teams []*team `bun:"m2m:memberships,join:Person=Team" json:"-"`
}

type team struct {
	bun.BaseModel `bun:"table:teams"`

	ID    int64  `bun:",pk,autoincrement" json:"id"`
	Title string `bun:",notnull,unique" json:"title"`
}

type membership struct {
	bun.BaseModel `bun:"table:memberships"`

	PersonID int64  `bun:",pk" json:"person_id"`
	TeamID   int64  `bun:",pk" json:"team_id"`
	Role     string `bun:",notnull" json:"role"`

	Person *person `bun:"rel:belongs-to,join:person_id=id" json:"-"`
	Team   *team   `bun:"rel:belongs-to,join:team_id=id" json:"-"`
}

type profile struct {
	bun.BaseModel `bun:"table:profiles"`

	ID       int64   `bun:",pk,autoincrement" json:"id"`
	PersonID int64   `bun:",notnull,unique" json:"person_id"`
	Bio      *string `json:"bio"`

	Person *person `bun:"rel:belongs-to,join:person_id=id" json:"-"`
}

type project struct {
	bun.BaseModel `bun:"table:projects"`

	ID         int64           `bun:",pk,autoincrement" json:"id"`
	Title      string          `bun:",notnull" json:"title"`
	OwnerID    int64           `bun:",notnull" json:"owner_id"`
	ReviewerID *int64          `json:"reviewer_id"`
	Data       json.RawMessage `bun:"type:jsonb" json:"data"`

	Owner    *person `bun:"rel:belongs-to,join:owner_id=id" json:"-"`
	Reviewer *person `bun:"rel:belongs-to,join:reviewer_id=id" json:"-"`
}

type task struct {
	bun.BaseModel `bun:"table:tasks"`

	ID         int64  `bun:",pk,autoincrement" json:"id"`
	Title      string `bun:",notnull" json:"title"`
	Done       bool   `bun:",notnull,default:false" json:"done"`
	Points     *int32 `json:"points"`
	ProjectID  int64  `bun:",notnull" json:"project_id"`
	AssigneeID *int64 `json:"assignee_id"`

	Project  *project `bun:"rel:belongs-to,join:project_id=id" json:"-"`
	Assignee *person  `bun:"rel:belongs-to,join:assignee_id=id" json:"-"`
}

type mood string

func (mood) EnumValues() []string { return []string{"calm", "glad", "wild"} }

type sample struct {
	bun.BaseModel `bun:"table:samples"`

	ID      int64           `bun:",pk,autoincrement" json:"id"`
	Small   *int16          `bun:"type:smallint" json:"small"`
	Medium  *int32          `bun:"type:integer" json:"medium"`
	Big     *int64          `bun:"type:bigint" json:"big"`
	Price   *string         `bun:"type:numeric(20,4)" json:"price"`
	Exact   *string         `bun:"type:numeric" json:"exact"`
	Ratio   *float64        `bun:"type:double precision" json:"ratio"`
	Single  *float32        `bun:"type:real" json:"single"`
	Flag    *bool           `json:"flag"`
	Words   *string         `bun:"type:text" json:"words"`
	Code    *string         `bun:"type:varchar(5)" json:"code"`
	Key     *uuid.UUID      `bun:"type:uuid" json:"key"`
	Day     *time.Time      `bun:"type:date" json:"day"`
	Clock   *string         `bun:"type:time" json:"clock"`
	Local   *time.Time      `bun:"type:timestamp" json:"local"`
	Moment  *time.Time      `bun:"type:timestamptz" json:"moment"`
	Data    json.RawMessage `bun:"type:jsonb,nullzero" json:"data"`
	Raw     []byte          `bun:"type:bytea,nullzero" json:"raw"`
	Tags    []string        `bun:",array,nullzero" json:"tags"`
	Numbers []int64         `bun:",array,nullzero" json:"numbers"`
	Mood    *mood           `bun:"type:text" json:"mood"`
}

type odd struct {
	bun.BaseModel `bun:"table:odds"`

	ID      int64   `bun:",pk,autoincrement" json:"id"`
	Renamed *string `bun:"inner_name" json:"outerName"`
	Space   *string `bun:"with space" json:"with space"`
	Dash    *string `bun:"with-dash" json:"with-dash"`
	Dot     *string `bun:"with_dot" json:"with.dot"`
	Unicode *string `bun:"größe" json:"größe"`
	Quote   *string `bun:"qu'ote" json:"qu'ote"` //nolint:staticcheck // odd names are what this is about
	Limit   *int64  `bun:"limit" json:"limit"`
	Order   *string `bun:"order" json:"order"`
	Select  *string `bun:"select" json:"select"`
	Count   *int64  `bun:"count" json:"count"`
}

type setting struct {
	bun.BaseModel `bun:"table:settings"`

	ID    int64  `bun:",pk,autoincrement" json:"id"`
	Name  string `bun:",notnull" json:"name"`
	State string `bun:",notnull,default:'new'" json:"state"`
	Rank  *int64 `bun:",default:7" json:"rank"`
	Slug  string `bun:",notnull,unique" json:"slug"`
	Twice *int64 `bun:"type:bigint GENERATED ALWAYS AS (rank * 2) STORED" json:"twice"`
}

type pair struct {
	bun.BaseModel `bun:"table:pairs"`

	A    int64   `bun:",pk" json:"a"`
	B    string  `bun:",pk" json:"b"`
	Note *string `json:"note"`
}

// booking has a range, which only PostgreSQL can compare.
type booking struct {
	bun.BaseModel `bun:"table:bookings"`

	ID     int64   `bun:",pk" json:"id"`
	During *string `bun:"type:int4range" json:"during"`
}

type logEntry struct {
	bun.BaseModel `bun:"table:logs"`

	Line string `bun:",notnull" json:"line"`
}
