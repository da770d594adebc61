package docs_test

import (
	"bytes"
	"go/ast"
	"go/printer"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheExportedAPIIsTheOneOnRecord compares what importers see with testdata/api, one file for each package. A change of the API is
// then a line in a diff that somebody reads: go test ./docs -update writes the files.
func TestTheExportedAPIIsTheOneOnRecord(t *testing.T) {
	t.Parallel()
	exported := map[string][]string{}
	for _, s := range sources(t) {
		if s.test() || !s.library() || strings.Contains(s.path, "internal/") {
			continue
		}
		folder := path.Dir(s.path)
		for _, declaration := range s.file.Decls {
			exported[folder] = append(exported[folder], signatures(t, s, declaration)...)
		}
	}
	const record = "testdata/api"
	if *update {
		require.NoError(t, os.RemoveAll(record))
	}
	for folder, lines := range exported {
		slices.Sort(lines)
		got := strings.Join(lines, "\n") + "\n"
		file := filepath.Join(record, strings.ReplaceAll(folder, "/", "_")+".txt")
		if *update {
			require.NoError(t, os.MkdirAll(record, 0o755))
			require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err, "a new package: go test ./docs -update")
		require.Equal(t, string(want), got, "package %s: is the change meant? then go test ./docs -update", folder)
	}
}

// signatures prints the exported parts of a declaration, one line each.
func signatures(t *testing.T, s source, declaration ast.Decl) []string {
	t.Helper()
	var lines []string
	add := func(node any) {
		var out bytes.Buffer
		require.NoError(t, (&printer.Config{Mode: printer.RawFormat}).Fprint(&out, s.set, node))
		lines = append(lines, strings.Join(strings.Fields(out.String()), " "))
	}
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
			add(&ast.FuncDecl{Recv: d.Recv, Name: d.Name, Type: d.Type})
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() {
					add(&ast.GenDecl{Tok: d.Tok, Specs: []ast.Spec{bare(spec)}})
				}
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if name.IsExported() {
						lines = append(lines, d.Tok.String()+" "+name.Name)
					}
				}
			}
		}
	}
	return lines
}

// bare is a type without comments and, for structs, without the fields that importers cannot see.
func bare(spec *ast.TypeSpec) *ast.TypeSpec {
	plain := &ast.TypeSpec{Name: spec.Name, TypeParams: spec.TypeParams, Assign: spec.Assign, Type: spec.Type}
	switch kind := spec.Type.(type) {
	case *ast.StructType:
		plain.Type = &ast.StructType{Fields: visible(kind.Fields, true)}
	case *ast.InterfaceType:
		plain.Type = &ast.InterfaceType{Methods: visible(kind.Methods, false)}
	}
	return plain
}

func visible(fields *ast.FieldList, exportedOnly bool) *ast.FieldList {
	list := &ast.FieldList{}
	for _, field := range fields.List {
		names := field.Names
		if exportedOnly {
			names = slices.DeleteFunc(slices.Clone(names), func(name *ast.Ident) bool { return !name.IsExported() })
		}
		if len(field.Names) > 0 && len(names) == 0 {
			continue
		}
		list.List = append(list.List, &ast.Field{Names: names, Type: field.Type, Tag: field.Tag})
	}
	return list
}
