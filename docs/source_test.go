package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the module's folder, seen from the folder in which these tests run.
const root = ".."

// source is one parsed Go file of the module.
type source struct {
	// path is relative to the module, with slashes.
	path string
	file *ast.File
	set  *token.FileSet
}

// test reports whether the file is compiled only for tests.
func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// library reports whether the file is part of what an importer compiles: not a test, an example or a snippet of the documentation.
func (s source) library() bool {
	return !s.test() && !strings.HasPrefix(s.path, "examples/") && !strings.HasPrefix(s.path, "docs/")
}

// testSupport reports whether the file belongs to one of the packages that exist for tests: dbtest, apitest and their like.
func (s source) testSupport() bool {
	return strings.HasSuffix(filepath.Base(filepath.Dir(s.path)), "test")
}

// at names a place in the file, for messages.
func (s source) at(node ast.Node) string {
	position := s.set.Position(node.Pos())
	return s.path + ":" + strconv.Itoa(position.Line)
}

// sources parses every Go file of the module, its dot-folders and test data left out.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	set := token.NewFileSet()
	for _, path := range files(t, ".go") {
		file, err := parser.ParseFile(set, filepath.Join(root, path), nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		all = append(all, source{path: path, file: file, set: set})
	}
	require.NotEmpty(t, all)
	return all
}

// files lists the module's files with that ending, relative to the module, its dot-folders and test data left out.
func files(t *testing.T, ending string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return fs.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(name, ending) {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			found = append(found, filepath.ToSlash(relative))
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

// report fails the test once, with every finding on a line of its own.
func report(t *testing.T, rule string, findings []string) {
	t.Helper()
	if len(findings) > 0 {
		t.Errorf("%s:\n  %s", rule, strings.Join(findings, "\n  "))
	}
}
