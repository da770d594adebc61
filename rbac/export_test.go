package rbac

import "github.com/groundwork-go/groundwork/rbac/policy"

// Remembered counts the subjects that an engine remembers.
func Remembered(e *Engine) int { return e.subjects.size() }

// Tried reports what is wrong with a rule.
func Tried(e *Engine, r Rule) error {
	r, err := r.normal()
	if err == nil {
		_, err = e.compiler.prepare(r, e.current.Load().resources)
	}
	return err
}

// Resources are what the engine knows.
func Resources(e *Engine) []policy.Resource {
	var list []policy.Resource
	for _, r := range e.current.Load().resources {
		list = append(list, *r)
	}
	return list
}
