package rbac

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// A line is a rule or grant as a list of values in the order of Casbin's model and of its files.

// line is the rule as a line.
func (r Rule) line() []string {
	return []string{string(r.Sub), r.Dom, r.Obj, string(r.Act), r.Cond, r.Fields, string(r.Eft), r.Chk, r.Preset}
}

func (g Grant) line() []string { return []string{string(g.Sub), string(g.Role), g.Dom} }

// ruleOf reads a line, which has all nine values: a missing effect would be kept by Casbin and never count.
func ruleOf(line []string) (Rule, error) {
	if len(line) != 9 {
		return Rule{}, wrong("line", fmt.Sprintf("want 9 values (sub, dom, obj, act, cond, fields, eft, chk, preset), not %d", len(line)))
	}
	if line[6] == "" {
		return Rule{}, wrong("eft", `want "allow" or "deny"`)
	}
	return Rule{
		Sub: Subject(line[0]), Dom: line[1], Obj: line[2], Act: policy.Action(line[3]), Cond: line[4], Fields: line[5],
		Eft: Effect(line[6]), Chk: line[7], Preset: line[8],
	}, nil
}

func grantOf(line []string) (Grant, error) {
	if len(line) != 3 || line[2] == "" {
		return Grant{}, wrong("line", fmt.Sprintf("want 3 values (sub, role, dom), not %d", len(line)))
	}
	return Grant{Sub: Subject(line[0]), Role: Subject(line[1]), Dom: line[2]}, nil
}

// begins reports whether the line has the values, where an empty one stands for any.
func begins(line, values []string) bool {
	for i, value := range values {
		if value != "" && (i >= len(line) || line[i] != value) {
			return false
		}
	}
	return true
}

// entryLine is a line of either kind.
type entryLine struct {
	ptype string
	line  []string
}

func (l entryLine) same(other entryLine) bool {
	return l.ptype == other.ptype && slices.Equal(l.line, other.line)
}

// lines are the stored lines that count.
func (c *changing) lines(ctx context.Context) ([]entryLine, error) {
	var rules []ruleRow
	if err := c.tx.NewSelect().Model(&rules).Where("enabled").Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	var grants []grantRow
	if err := c.tx.NewSelect().Model(&grants).Order("id").Scan(ctx); err != nil {
		return nil, err
	}
	lines := make([]entryLine, 0, len(rules)+len(grants))
	for i := range rules {
		lines = append(lines, entryLine{"p", rules[i].rule().line()})
	}
	for i := range grants {
		if end := grants[i].ExpiresAt; end == nil || c.now.Before(*end) {
			lines = append(lines, entryLine{"g", grants[i].grant().line()})
		}
	}
	return lines, nil
}

// findRule finds the rule with all nine values, so that none that differs in an empty one is meant.
func findRule(ctx context.Context, tx bun.Tx, r *ruleRow) (*ruleRow, error) {
	return find[ruleRow](ctx, tx,
		"sub = ? AND dom = ? AND obj = ? AND act = ? AND cond = ? AND fields = ? AND eft = ? AND chk = ? AND preset = ?",
		r.Sub, r.Dom, r.Obj, r.Act, r.Cond, r.Fields, r.Eft, r.Chk, r.Preset)
}
