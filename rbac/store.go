package rbac

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
	"github.com/groundwork-go/groundwork/rbac/policy"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	rulesTable  = "gw_rules"
	grantsTable = "gw_grants"
)

// ruleRow is a row of gw_rules.
type ruleRow struct {
	bun.BaseModel `bun:"table:gw_rules" json:"-"`

	ID        int64     `bun:"id,pk,autoincrement" json:"id"`
	Sub       string    `bun:"sub" json:"sub"`
	Dom       string    `bun:"dom" json:"dom"`
	Obj       string    `bun:"obj" json:"obj"`
	Act       string    `bun:"act" json:"act"`
	Cond      string    `bun:"cond" json:"cond"`
	Fields    string    `bun:"fields" json:"fields"`
	Eft       string    `bun:"eft" json:"eft"`
	Chk       string    `bun:"chk" json:"chk"`
	Preset    string    `bun:"preset" json:"preset"`
	Note      string    `bun:"note" json:"note"`
	Enabled   bool      `bun:"enabled" json:"enabled"`
	CreatedBy string    `bun:"created_by" json:"created_by"`
	CreatedAt time.Time `bun:"created_at" json:"created_at"`
	UpdatedAt time.Time `bun:"updated_at" json:"updated_at"`
}

func (r *ruleRow) rule() Rule {
	return Rule{
		ID: r.ID, Sub: Subject(r.Sub), Dom: r.Dom, Obj: r.Obj, Act: policy.Action(r.Act), Cond: r.Cond, Fields: r.Fields,
		Eft: Effect(r.Eft), Chk: r.Chk, Preset: r.Preset, Note: r.Note, Disabled: !r.Enabled,
	}
}

func (r *ruleRow) set(rule Rule) {
	r.Sub, r.Dom, r.Obj, r.Act, r.Cond = string(rule.Sub), rule.Dom, rule.Obj, string(rule.Act), rule.Cond
	r.Fields, r.Eft, r.Chk, r.Preset = rule.Fields, string(rule.Eft), rule.Chk, rule.Preset
	r.Note, r.Enabled = rule.Note, !rule.Disabled
}

// grantRow is a row of gw_grants.
type grantRow struct {
	bun.BaseModel `bun:"table:gw_grants" json:"-"`

	ID        int64      `bun:"id,pk,autoincrement" json:"id"`
	Sub       string     `bun:"sub" json:"sub"`
	Role      string     `bun:"role" json:"role"`
	Dom       string     `bun:"dom" json:"dom"`
	ExpiresAt *time.Time `bun:"expires_at" json:"expires_at"`
	GrantedBy string     `bun:"granted_by" json:"granted_by"`
	CreatedAt time.Time  `bun:"created_at" json:"created_at"`
}

func (r *grantRow) grant() Grant {
	g := Grant{ID: r.ID, Sub: Subject(r.Sub), Role: Subject(r.Role), Dom: r.Dom}
	if r.ExpiresAt != nil {
		g.ExpiresAt = *r.ExpiresAt
	}
	return g
}

// changeRow is a row of gw_policy_log.
type changeRow struct {
	bun.BaseModel `bun:"table:gw_policy_log"`

	ID      int64     `bun:"id,pk,autoincrement"`
	Version int64     `bun:"version"`
	Op      string    `bun:"op"`
	Table   string    `bun:"table_name"`
	Before  *string   `bun:"before"`
	After   *string   `bun:"after"`
	Actor   string    `bun:"actor"`
	At      time.Time `bun:"at"`
}

// store reads the tables. It reads outside of any transaction in the context: what is not committed yet decides nothing.
type store struct {
	database *bun.DB
}

func (s *store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	return db.Migrate(ctx, s.database, db.Migrations{Component: "rbac", FS: files})
}

func (s *store) version(ctx context.Context) (version int64, err error) {
	err = s.database.NewSelect().Table("gw_policy_version").Column("version").Where("id = 1").Scan(ctx, &version)
	return version, db.Classify(s.database, err)
}

func (s *store) rules(ctx context.Context) (rows []ruleRow, err error) {
	err = s.database.NewSelect().Model(&rows).Order("id").Scan(ctx)
	return rows, db.Classify(s.database, err)
}

// roleGrants are the grants between roles.
func (s *store) roleGrants(ctx context.Context) (rows []grantRow, err error) {
	err = s.database.NewSelect().Model(&rows).Where("sub LIKE 'role:%'").Order("id").Scan(ctx)
	return rows, db.Classify(s.database, err)
}

// grantsOf are the grants of one user.
func (s *store) grantsOf(ctx context.Context, user Subject) ([]edge, error) {
	var rows []grantRow
	err := s.database.NewSelect().Model(&rows).Where("sub = ?", string(user)).Order("id").Scan(ctx)
	if err != nil {
		return nil, db.Classify(s.database, err)
	}
	edges := make([]edge, len(rows))
	for i := range rows {
		g := rows[i].grant()
		edges[i] = edge{g.ID, string(g.Role), g.Dom, g.ExpiresAt}
	}
	return edges, nil
}

// changes are those after one version, up to another.
func (s *store) changes(ctx context.Context, after, upTo int64) (rows []changeRow, err error) {
	err = s.database.NewSelect().Model(&rows).Where("version > ? AND version <= ?", after, upTo).
		Order("version", "id").Limit(maxChanges).Scan(ctx)
	return rows, db.Classify(s.database, err)
}

// maxChanges is how many changes are applied one by one; with more the whole policy is loaded.
const maxChanges = 10_000
