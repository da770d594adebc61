package docs_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// fieldsOf stands before a table of the fields of a struct, which is made from their comments: <!-- fields: api/config.go#Config -->.
var fieldsOf = regexp.MustCompile(`^<!-- fields: ([^#\s]+)#(\S+) -->$`)

// commentLink is a link of a Go comment.
var commentLink = regexp.MustCompile(`\[([\w.]*[A-Z][\w.]*)\]`)

// declared returns a declaration of a file by its name, with its comment: a function, a type, or a method as Type.Method. Examples
// need no markers this way, which their readers would see.
func declared(file, name string) ([]string, bool, error) {
	path := filepath.Join(root, file)
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, path, raw, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, false, err
	}
	for _, declaration := range parsed.Decls {
		if !names(declaration, name) {
			continue
		}
		from := declaration.Pos()
		if comment := docOf(declaration); comment != nil {
			from = comment.Pos()
		}
		text := raw[set.Position(from).Offset:set.Position(declaration.End()).Offset]
		return slices.DeleteFunc(strings.Split(string(text), "\n"), marker), true, nil
	}
	return nil, false, nil
}

// marker reports whether a line begins or ends a region.
func marker(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "// code:") || line == "// end"
}

// names reports whether a declaration declares the name.
func names(declaration ast.Decl, name string) bool {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		own := d.Name.Name
		if d.Recv != nil {
			own = receiver(d) + "." + own
		}
		return own == name
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok && t.Name.Name == name {
				return true
			}
		}
	}
	return false
}

func docOf(declaration ast.Decl) *ast.CommentGroup {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

// fieldTable is a Markdown table of a struct's exported fields with their types and comments.
func fieldTable(file, name string) ([]string, error) {
	path := filepath.Join(root, file)
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range parsed.Decls {
		d, ok := declaration.(*ast.GenDecl)
		if !ok || !names(declaration, name) {
			continue
		}
		fields, ok := d.Specs[0].(*ast.TypeSpec).Type.(*ast.StructType)
		if !ok {
			break
		}
		table := []string{"| field | type | meaning |", "|---|---|---|"}
		for _, field := range fields.Fields.List {
			table = append(table, fieldRow(set, path, field)...)
		}
		return table, nil
	}
	return nil, fmt.Errorf("%s has no struct %s", file, name)
}

// fieldRow is a line of the table; none for fields that importers cannot see.
func fieldRow(set *token.FileSet, path string, field *ast.Field) []string {
	var exported []string
	for _, name := range field.Names {
		if name.IsExported() {
			exported = append(exported, "`"+name.Name+"`")
		}
	}
	if len(exported) == 0 {
		return nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	kind := raw[set.Position(field.Type.Pos()).Offset:set.Position(field.Type.End()).Offset]
	meaning := strings.Join(strings.Fields(field.Doc.Text()), " ")
	meaning = strings.ReplaceAll(commentLink.ReplaceAllString(meaning, "$1"), "|", `\|`)
	return []string{"| " + strings.Join(exported, ", ") + " | `" + string(bytes.TrimSpace(kind)) + "` | " + meaning + " |"}
}
