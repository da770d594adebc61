package query

import (
	"net/http"

	"github.com/groundwork-go/groundwork/api/internal/fault"
)

// columns applies columns=, the keys to take from a body.
func (p *parser) columns(value string) error {
	if !p.hasBody() || !p.Root.first(seenColumns) {
		return nil
	}
	names, err := nameList(value, "columns parameter")
	if err != nil {
		return err
	}
	for _, name := range names {
		if p.Root.Table.Lookup(name) == nil {
			return fault.UnknownBodyColumn(name, p.Root.Table.Name)
		}
	}
	p.Columns, p.HasColumns = names, true
	return nil
}

// onConflict applies on_conflict=, the key of an upsert.
func (p *parser) onConflict(value string) error {
	if p.method != http.MethodPost || p.opt.Call || !p.Root.first(seenOnConflict) {
		return nil
	}
	names, err := nameList(value, "on_conflict parameter")
	if err != nil {
		return err
	}
	for _, name := range names {
		if p.Root.Table.Lookup(name) == nil {
			return fault.UnknownColumn(p.Root.Table.Name, name)
		}
	}
	p.OnConflict = names
	return nil
}

// hasBody reports whether the request writes rows from a body.
func (p *parser) hasBody() bool {
	return !p.opt.Call && (p.method == http.MethodPost || p.method == http.MethodPatch || p.method == http.MethodPut)
}

// nameList reads comma-separated names without duplicates; blank text is an empty list.
func nameList(src, what string) ([]string, error) {
	s := scanner{src: src, what: what}
	s.spaces()
	names := []string{}
	if s.done() {
		return names, nil
	}
	seen := map[string]bool{}
	for {
		name, err := s.name()
		if err != nil {
			return nil, err
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
		if s.done() {
			return names, nil
		}
		if !s.accept(",") {
			return nil, s.fail(`"," or end of input`)
		}
	}
}
