package rbac

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Limits of what a rule may hold. A request's own names have the first one too.
const (
	maxName   = 256
	maxText   = 4096
	maxDepth  = 8
	maxInList = 1000
)

// normal fills a rule's defaults and checks all that can be checked without tables.
func (r Rule) normal() (Rule, error) {
	if r.Dom == "" {
		r.Dom = "*"
	}
	if r.Eft == "" {
		r.Eft = Allow
	}
	var err error
	if r.Sub, err = r.Sub.normal("sub"); err != nil {
		return r, err
	}
	if r.Sub == Service {
		return r, wrong("sub", "the service key is not asked for rules; give the program a key of a service account with a role instead")
	}
	for _, name := range [...]struct{ field, text string }{{"dom", r.Dom}, {"obj", r.Obj}, {"act", string(r.Act)}} {
		if err := checkName(name.field, name.text); err != nil {
			return r, err
		}
	}
	for _, text := range [...]struct{ field, text string }{
		{"cond", r.Cond}, {"fields", r.Fields}, {"chk", r.Chk}, {"preset", r.Preset}, {"note", r.Note},
	} {
		if err := checkText(text.field, text.text); err != nil {
			return r, err
		}
	}
	return r, r.coherent()
}

// coherent refuses parts that would have no effect, or another one than it seems.
func (r Rule) coherent() error {
	if r.Eft != Allow && r.Eft != Deny {
		return wrong("eft", `want "allow" or "deny", not "`+string(r.Eft)+`"`)
	}
	writes := r.Act == policy.Insert || r.Act == policy.Update || r.Act == "*"
	switch {
	case r.Chk != "" && !writes:
		return wrong("chk", "only insert and update have new rows to check")
	case r.Preset != "" && !writes:
		return wrong("preset", "only insert and update have values to force")
	case r.Preset != "" && r.Eft == Deny:
		return wrong("preset", "a rule that denies forces no values")
	case r.Chk != "" && r.Cond == "" && r.Eft == Deny:
		return wrong("chk", "a rule that denies and has no cond denies everything: write the condition as cond")
	case r.Fields != "" && (r.Act == policy.Delete || r.Act == policy.Execute):
		return wrong("fields", "columns have no part in "+string(r.Act))
	}
	return nil
}

// normal checks a subject and writes a user's id in its one form.
func (s Subject) normal(field string) (Subject, error) {
	if id, ok := strings.CutPrefix(string(s), userPrefix); ok {
		parsed, err := uuid.Parse(id)
		if err != nil || parsed == uuid.Nil {
			return s, wrong(field, `"`+string(s)+`" is no user: want user: and a UUID`)
		}
		return User(parsed), nil
	}
	name, ok := strings.CutPrefix(string(s), rolePrefix)
	if !ok || name == "" {
		return s, wrong(field, `"`+string(s)+`" is no subject: want "user:<id>" or "role:<name>"`)
	}
	return s, checkName(field, string(s))
}

// normal fills a grant's defaults and checks it.
func (g Grant) normal() (Grant, error) {
	if g.Dom == "" {
		g.Dom = "*"
	}
	var err error
	if g.Sub, err = g.Sub.normal("sub"); err != nil {
		return g, err
	}
	if g.Role, err = g.Role.normal("role"); err != nil {
		return g, err
	}
	switch {
	case !strings.HasPrefix(string(g.Role), rolePrefix):
		return g, wrong("role", "only a role can be granted")
	case g.Role == Service || g.Sub == Service:
		return g, wrong("role", "role:service belongs to secret keys alone")
	case g.Role == g.Sub:
		return g, wrong("role", "a role has itself already")
	}
	return g, checkName("dom", g.Dom)
}

// checkName refuses what cannot be a name. A star counts only when it stands alone: names are compared whole, not as patterns.
func checkName(field, name string) error {
	switch {
	case name == "":
		return wrong(field, "it must not be empty")
	case len(name) > maxName:
		return wrong(field, "it is longer than 256 bytes")
	case name != "*" && strings.Contains(name, "*"):
		return wrong(field, `"`+name+`": a star stands alone, it is not part of a pattern`)
	case name != strings.TrimSpace(name) || !clean(name):
		return wrong(field, "it holds control characters, or spaces around it")
	}
	return nil
}

func checkText(field, text string) error {
	switch {
	case len(text) > maxText:
		return wrong(field, "it is longer than 4096 bytes")
	case !clean(text):
		return wrong(field, "it holds control characters or is no UTF-8")
	}
	return nil
}

func clean(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] == 0x7f {
			return false
		}
		if text[i] >= utf8.RuneSelf {
			return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
		}
	}
	return true
}

// askable reports whether a name of a request may be looked up at all. It allocates nothing.
func askable(name string) bool {
	return name != "" && len(name) <= maxName && strings.IndexByte(name, '*') < 0 && clean(name)
}
