package rbac

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// ReadCSV reads rules and grants as Casbin writes them, one a line:
//
//	p, role:anon,   *, posts, select, published=is.true
//	p, role:author, *, posts, update, author_id=eq.{auth.uid}, "title,body"
//	g, role:editor, role:author, *
//
// A rule has the columns sub, dom, obj, act, cond, fields, eft, chk and preset; a line may stop after any from act on. Empty lines and
// lines that begin with # are left out. Every mistake comes back at once, each an [*Error] with its line.
func ReadCSV(r io.Reader) (rules []Rule, grants []Grant, err error) {
	reader := csv.NewReader(r)
	reader.FieldsPerRecord, reader.TrimLeadingSpace, reader.Comment = -1, true, '#'
	var mistakes []error
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			mistakes = append(mistakes, &Error{
				Place: fmt.Sprintf("line %d, column %d", syntax.Line, syntax.Column), Field: "line", Reason: syntax.Err.Error(), Err: err,
			})
			break // what follows a broken quotation is not to be trusted
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := reader.FieldPos(0)
		for i := range record {
			record[i] = strings.TrimSpace(record[i])
		}
		switch rule, grant, err := readRecord(record); {
		case err != nil:
			mistakes = append(mistakes, placed(err, fmt.Sprintf("line %d", line)))
		case rule != nil:
			rules = append(rules, *rule)
		default:
			grants = append(grants, *grant)
		}
	}
	if len(mistakes) > 0 {
		return nil, nil, errors.Join(mistakes...)
	}
	return rules, grants, nil
}

// readRecord reads one line; one of rule and grant is set.
func readRecord(record []string) (*Rule, *Grant, error) {
	values := record[1:]
	switch record[0] {
	case "p":
		if len(values) < 4 || len(values) > 9 {
			return nil, nil, wrong("line", fmt.Sprintf("a rule has 4 to 9 values, not %d", len(values)))
		}
		if values[1] == "" {
			return nil, nil, wrong("dom", "it must not be empty; write * for every tenant")
		}
		var all [9]string
		copy(all[:], values)
		rule, err := Rule{
			Sub: Subject(all[0]), Dom: all[1], Obj: all[2], Act: policy.Action(all[3]), Cond: all[4], Fields: all[5],
			Eft: Effect(all[6]), Chk: all[7], Preset: all[8],
		}.normal()
		return &rule, nil, err
	case "g":
		grant, err := grantOf(values)
		if err == nil {
			grant, err = grant.normal()
		}
		return nil, &grant, err
	}
	return nil, nil, wrong("line", `it begins with "`+record[0]+`"; want p for a rule or g for a grant`)
}
