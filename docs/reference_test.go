package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db/filter"
)

// errorRow is a row of the tables of errors.md: one code or more, and their status.
var errorRow = regexp.MustCompile("^\\| ((?:`[A-Z0-9]{5,8}` ?)+)\\| (\\d{3})")

// TestTheErrorsPageIsComplete compares the page with the table of statuses in the code.
func TestTheErrorsPageIsComplete(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("reference/errors.md")
	require.NoError(t, err)
	onPage := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if row := errorRow.FindStringSubmatch(line); row != nil {
			for code := range strings.FieldsSeq(strings.ReplaceAll(row[1], "`", " ")) {
				onPage[code] = row[2]
			}
		}
	}
	var findings []string
	for code, status := range statuses(t) {
		switch written := onPage[code]; {
		case written != "" && written != status:
			findings = append(findings, code+" is "+status+", the page says "+written)
		case !strings.Contains(string(raw), "`"+code+"`"):
			findings = append(findings, code+" is not on the page")
		}
	}
	report(t, "docs/reference/errors.md", findings)
}

// statuses reads the map of codes and statuses out of the package that places errors.
func statuses(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "api/internal/fault/status.go"), nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	constants, byCode := map[string]string{}, map[string]string{}
	text := func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.Ident:
			return constants[e.Name]
		case *ast.BasicLit:
			if unquoted, err := strconv.Unquote(e.Value); err == nil {
				return unquoted
			}
			return e.Value
		}
		return ""
	}
	for _, declaration := range file.Decls {
		d, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range d.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok || len(value.Values) != 1 {
				continue
			}
			if d.Tok == token.CONST {
				constants[value.Names[0].Name] = text(value.Values[0])
			}
			if table, ok := value.Values[0].(*ast.CompositeLit); ok && value.Names[0].Name == "byCode" {
				for _, element := range table.Elts {
					pair := element.(*ast.KeyValueExpr)
					byCode[text(pair.Key)] = text(pair.Value)
				}
			}
		}
	}
	require.NotEmpty(t, byCode)
	return byCode
}

// TestTheQueryGrammarNamesEveryOperator compares the page with the operators of the parser.
func TestTheQueryGrammarNamesEveryOperator(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("reference/query-grammar.md")
	require.NoError(t, err)
	var findings []string
	for op := filter.Eq; op <= filter.WebFTS; op++ {
		if !strings.Contains(string(raw), "`"+op.String()+"`") {
			findings = append(findings, op.String())
		}
	}
	report(t, "operators that docs/reference/query-grammar.md does not name", findings)
}
