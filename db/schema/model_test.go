package schema_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	bunschema "github.com/uptrace/bun/schema"

	"github.com/groundwork-go/groundwork/db/schema"
)

// both runs a test on models as each dialect reads them; no database is asked.
func both(t *testing.T, test func(t *testing.T, database *bun.DB)) {
	t.Helper()
	for name, dialect := range map[string]func() bunschema.Dialect{
		"postgres": func() bunschema.Dialect { return pgdialect.New() },
		"sqlite":   func() bunschema.Dialect { return sqlitedialect.New() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, bun.NewDB(&sql.DB{}, dialect()))
		})
	}
}

type status string

func (status) EnumValues() []string { return []string{"draft", "live"} }

type audit struct {
	CreatedAt time.Time  `bun:",nullzero,notnull,default:current_timestamp" json:"createdAt"`
	DeletedAt *time.Time `bun:",soft_delete" json:"-"`
}

type money struct {
	Amount   string `bun:"type:numeric(12,2)" json:"amount"`
	Currency string `json:"currency"`
}

type everything struct {
	bun.BaseModel `bun:"table:things"`

	ID       int64  `bun:",pk,autoincrement" json:"id"`
	Title    string `bun:"type:varchar(40),notnull" json:"title,omitempty"`
	Plain    string
	Optional *string         `json:"optional"`
	NullText sql.NullString  `json:"null_text"`
	Small    int16           `bun:",notnull" json:"small"`
	Medium   int32           `json:"medium"`
	Big      uint64          `json:"big"`
	Ratio    float32         `json:"ratio"`
	Double   float64         `json:"double"`
	Done     bool            `bun:",notnull,default:false" json:"done"`
	Key      uuid.UUID       `bun:"type:uuid,unique" json:"key"`
	Day      time.Time       `bun:"type:date" json:"day"`
	Local    time.Time       `bun:"type:timestamp(3)" json:"local"`
	Raw      json.RawMessage `json:"raw"`
	Map      map[string]any  `json:"map"`
	Slice    []string        `json:"slice"`
	Tags     []string        `bun:",array" json:"tags"`
	Numbers  []int64         `bun:"type:bigint[]" json:"numbers"`
	Blob     []byte          `json:"blob"`
	Status   status          `bun:",notnull,unique:once" json:"status"`
	Mood     status          `bun:"type:mood" json:"mood"`
	During   string          `bun:"type:tstzrange,unique:once" json:"during"`
	Search   string          `bun:"type:tsvector generated always as (to_tsvector('english', title)) stored" json:"search"`
	Secret   string          `json:"-"`
	Shown    string          `bun:",scanonly" json:"shown"`
	Price    money           `bun:"embed:price_"`
	audit
}

// describe puts a column on one line: N nullable, D default, G generated, H hidden.
func describe(c schema.Column) string {
	line := fmt.Sprintf("%s %s %s|%s", c.Name, c.SQLName, c.Kind, c.Type)
	if c.MaxLength+c.Precision > 0 {
		line += fmt.Sprintf("(%d,%d,%d)", c.MaxLength, c.Precision, c.Scale)
	}
	if c.Kind == schema.Array {
		line += " of " + c.Elem.String()
	}
	line += " "
	var lineSb92 strings.Builder
	for i, set := range []bool{c.Nullable, c.HasDefault, c.Generated, c.Hidden} {
		if set {
			lineSb92.WriteString("NDGH"[i : i+1])
		}
	}
	line += lineSb92.String()
	return strings.TrimSpace(line)
}

func TestFromModel(t *testing.T) {
	t.Parallel()
	want := []string{
		"id id int8|bigint D",
		"title title text|character varying(40,0,0)",
		"plain plain text|character varying ND",
		"optional optional text|character varying ND",
		"null_text null_text text|character varying ND",
		"small small int2|smallint",
		"medium medium int4|integer ND",
		"big big int8|bigint ND",
		"ratio ratio float4|real ND",
		"double double float8|double precision ND",
		"done done bool|boolean D",
		"key key uuid|uuid ND",
		"day day date|date ND",
		"local local timestamp|timestamp without time zone ND",
		"raw raw json|jsonb ND",
		"map map json|jsonb ND",
		"slice slice json|jsonb ND",
		"tags tags array|character varying[] of text ND",
		"numbers numbers array|bigint[] of int8 ND",
		"blob blob bytes|bytea ND",
		"status status enum|character varying",
		"mood mood enum|mood ND",
		"during during range|tstzrange ND",
		"search search other|tsvector NDG",
		"secret secret text|character varying NDH",
		"price_amount price_amount numeric|numeric(0,12,2) ND",
		"price_currency price_currency text|character varying ND",
		"createdAt created_at timestamptz|timestamp with time zone D",
		"deleted_at deleted_at timestamptz|timestamp with time zone NDH",
	}
	both(t, func(t *testing.T, database *bun.DB) {
		table, err := schema.FromModel(database, (*everything)(nil))
		require.NoError(t, err)
		require.Equal(t, "things", table.Name)
		require.Equal(t, []int{0}, table.PrimaryKey)
		require.Equal(t, []schema.Unique{{Name: "things_key_key", Columns: []int{11}}, {Name: "once", Columns: []int{20, 22}}}, table.Uniques)
		var got []string
		for i, c := range table.Columns {
			require.Equal(t, i, c.Index)
			got = append(got, describe(c))
		}
		require.Equal(t, want, got)
		require.Equal(t, []string{"draft", "live"}, table.Columns[20].Enum)
		require.Equal(t, "created_at", table.Lookup("createdAt").SQLName)
		require.Nil(t, table.Lookup("secret"))
		require.Nil(t, table.Lookup("shown"))
		require.NotContains(t, table.ColumnNames(), "deleted_at")
	})
}

func TestFromModelTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, database *bun.DB) {
		_, err := schema.FromModel(database, 5)
		require.EqualError(t, err, "schema: int is no model: want a struct or a pointer to one")
		_, err = schema.FromModel(database, nil)
		require.Error(t, err)
		_, err = schema.FromModel(database, (*struct {
			ID    uuid.UUID     `bun:",pk"`
			Count sql.NullInt32 `json:"name"`
			Name  string
		})(nil))
		require.ErrorContains(t, err, `field ID: the type uuid.UUID does not say what its column is: add bun:"type:…"`)
		require.ErrorContains(t, err, `field Count: the type sql.NullInt32`)
		require.ErrorContains(t, err, `two columns are named "name" on the wire`)
		_, err = schema.FromModel(database, (*lonely)(nil))
		require.ErrorContains(t, err, "RegisterModel")
	})
}

type lonely struct {
	ID    int64     `bun:",pk"`
	Peers []*lonely `bun:"m2m:nowhere,join:A=B"`
}

type user struct {
	bun.BaseModel `bun:"table:users"`

	ID       int64    `bun:",pk,autoincrement" json:"id"`
	BossID   *int64   `json:"boss_id"`
	Boss     *user    `bun:"rel:belongs-to,join:boss_id=id" json:"-"`
	Posts    []*post  `bun:"rel:has-many,join:id=author_id" json:"-"`
	Profile  *profile `bun:"rel:has-one,join:id=user_id" json:"-"`
	Settings *setting `bun:"rel:has-one,join:id=id" json:"-"`
}

type profile struct {
	bun.BaseModel `bun:"table:profiles"`

	ID     int64 `bun:",pk" json:"id"`
	UserID int64 `bun:",notnull,unique" json:"user_id"`
}

type setting struct {
	bun.BaseModel `bun:"table:settings"`

	ID int64 `bun:",pk" json:"id"`
}

type post struct {
	bun.BaseModel `bun:"table:posts"`

	ID       int64  `bun:",pk,autoincrement" json:"id"`
	AuthorID int64  `bun:",notnull" json:"author_id"`
	EditorID *int64 `json:"editor_id"`
	Editor   *user  `bun:"rel:has-one,join:editor_id=id" json:"-"`
	Tags     []*tag `bun:"m2m:post_tags,join:Post=Tag" json:"-"`
}

type tag struct {
	bun.BaseModel `bun:"table:tags"`

	Name string `bun:",pk" json:"name"`
}

type postTag struct {
	bun.BaseModel `bun:"table:post_tags"`

	PostID  int64  `bun:",pk" json:"post_id"`
	TagName string `bun:",pk" json:"tag_name"`
	Post    *post  `bun:"rel:belongs-to,join:post_id=id" json:"-"`
	Tag     *tag   `bun:"rel:belongs-to,join:tag_name=name" json:"-"`
}

func relations(t *schema.Table) []string {
	var lines []string
	for _, r := range t.Relations {
		line := fmt.Sprintf("%s %s %s %v-%v", r.Cardinality, r.Target.Name, r.Constraint, r.From, r.To)
		if r.Through != nil {
			line += fmt.Sprintf(" %s %s %v-%v", r.Through.Name, r.ThroughConstraint, r.ThroughFrom, r.ThroughTo)
		}
		if r.HoldsKey {
			line += " key"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestLink(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, database *bun.DB) {
		database.RegisterModel((*postTag)(nil))
		var tables []*schema.Table
		for _, model := range []any{(*user)(nil), (*profile)(nil), (*setting)(nil), (*post)(nil), (*tag)(nil)} {
			table, err := schema.FromModel(database, model)
			require.NoError(t, err)
			tables = append(tables, table)
		}
		for range 2 { // linking again changes nothing
			require.NoError(t, schema.Link(tables))
			require.Equal(t, []string{
				"many-to-one users users_boss_id_fkey [1]-[0] key",
				"one-to-many users users_boss_id_fkey [0]-[1]",
				"one-to-one profiles profiles_user_id_fkey [0]-[1]",
				"one-to-one settings settings_id_fkey [0]-[0]",
				"one-to-many posts posts_editor_id_fkey [0]-[2]",
				"one-to-many posts posts_author_id_fkey [0]-[1]",
			}, relations(tables[0]))
			require.Equal(t, []string{"one-to-one users profiles_user_id_fkey [1]-[0] key"}, relations(tables[1]))
			require.Equal(t, []string{
				"many-to-one users posts_editor_id_fkey [2]-[0] key",
				"many-to-one users posts_author_id_fkey [1]-[0] key",
				"one-to-many post_tags post_tags_post_id_fkey [0]-[0]",
				"many-to-many tags post_tags_post_id_fkey [0]-[0] post_tags post_tags_tag_name_fkey [0]-[1]",
			}, relations(tables[3]))
			join := tables[3].Relations[2].Target
			require.True(t, join.Internal)
			require.False(t, tables[4].Internal)
			require.Equal(t, []string{
				"one-to-many post_tags post_tags_tag_name_fkey [0]-[1]",
				"many-to-many posts post_tags_tag_name_fkey [0]-[0] post_tags post_tags_post_id_fkey [1]-[0]",
			}, relations(tables[4]))
		}
	})
}

func TestNew(t *testing.T) {
	t.Parallel()
	table, err := schema.New(schema.Table{
		Name:    "things",
		Columns: []schema.Column{{Name: "id", Kind: schema.Int8}, {Name: "tags", Kind: schema.Array, Elem: schema.Text}},
		Uniques: []schema.Unique{{Columns: []int{0, 1}}}, PrimaryKey: []int{0},
		ForeignKeys: []schema.ForeignKey{{Columns: []int{0}, RefTable: "others", RefColumns: []string{"id"}}},
	})
	require.NoError(t, err)
	require.Equal(t, "text[]", table.Lookup("tags").Type)
	require.Equal(t, "tags", table.Lookup("tags").SQLName)
	require.Equal(t, "things_id_tags_key", table.Uniques[0].Name)
	require.Equal(t, "things_id_fkey", table.ForeignKeys[0].Name)

	_, err = schema.New(schema.Table{Columns: []schema.Column{{Name: "a"}, {Name: "a"}, {}}, PrimaryKey: []int{9}})
	for _, part := range []string{"no name", `named "a" in the database`, `named "a" on the wire`, "column 3", "the primary key is over"} {
		require.ErrorContains(t, err, part)
	}
}

func TestClosest(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"psots": "posts", "POSTS": "posts", "post": "posts", "x": "", "comment": "comments", "kommentare": ""} {
		got, ok := schema.Closest(name, []string{"users", "posts", "comments"})
		require.Equal(t, want, got, name)
		require.Equal(t, want != "", ok)
	}
}

func TestConstraintNamesAreCutAsPostgreSQLDoes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("t", 40)
	require.Equal(t, "a_b_c_key", schema.ConstraintName("a", []string{"b", "c"}, "key"))
	require.Equal(t, "a_pkey", schema.ConstraintName("a", nil, "pkey"))
	name := schema.ConstraintName(long, []string{strings.Repeat("c", 40)}, "fkey")
	require.Equal(t, strings.Repeat("t", 29)+"_"+strings.Repeat("c", 28)+"_fkey", name)
}
