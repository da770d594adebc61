package docs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/groundwork-go/groundwork"

// arrows are the imports between packages of this module that the design allows: importer to imported. A pattern that ends in
// "/..." stands for every package below.
var arrows = map[string][]string{
	"api":              {"auth", "db", "db/schema", "db/filter", "rbac/policy", "cache", "api/openapi", "api/internal/..."},
	"api/openapi":      {"db/schema", "db/filter", "rbac/policy", "db"},
	"api/internal/...": {"db/schema", "db/filter", "rbac/policy", "db", "api/internal/..."},
	"api/config":       {},
	"rbac":             {"rbac/policy", "auth", "db", "db/schema", "db/filter"},
	"rbac/policy":      {"auth", "db/filter", "db/schema"},
	"auth":             {"db"},
	"auth/...":         {"auth"},
	"cache":            {},
	"cache/...":        {"cache"},
	"db":               {},
	"db/filter":        {"db/schema"},
	"db/schema":        {},
	"db/sqlite":        {"db"},
	"db/postgres":      {"db"},
	"db/dburl":         {"db", "db/sqlite", "db/postgres"},
}

// strangers are modules of others that only the named packages may import, so that a program compiles only what it uses and a change
// of one of them stays a change of a few files.
var strangers = map[string][]string{
	"github.com/labstack/echo":         {"api", "auth", "rbac", "cache"},
	"github.com/jackc/pgx":             {"db/postgres"},
	"modernc.org/sqlite":               {"db/sqlite"},
	"zombiezen.com/go/sqlite":          {"db/sqlite"},
	"github.com/spf13":                 {"api/config"},
	"github.com/casbin":                {"rbac"},
	"github.com/markbates/goth":        {"auth/social"},
	"github.com/redis/go-redis":        {"cache/rediscache"},
	"github.com/stretchr/testify":      {},
	"go.uber.org/goleak":               {},
	"github.com/getkin/kin-openapi":    {},
	"github.com/alicebob/miniredis":    {},
	"github.com/Shopify/toxiproxy":     {},
	"github.com/pressly/goose":         {},
	"github.com/uptrace/bun/extra":     {},
	"github.com/golang-jwt/jwt":        {"auth"},
	"github.com/maypok86/otter":        {"cache"},
	"github.com/wneessen/go-mail":      {"auth/smtp"},
	"github.com/go-webauthn/webauthn":  {"auth/passkey"},
	"github.com/coreos/go-oidc":        {"auth/oidc"},
	"github.com/prometheus":            {},
	"github.com/klauspost/compress":    {"api", "cache"},
	"github.com/go-playground":         {"api"},
	"github.com/uptrace/bun/driver/pg": {},
}

// listed is what go list tells of a package.
type listed struct {
	ImportPath string
	Name       string
	Imports    []string
	Error      *struct{ Err string }
}

func TestPackagesImportOnlyWhatTheDesignAllows(t *testing.T) {
	t.Parallel()
	var findings []string
	for _, p := range list(t, "./...") {
		importer := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, imported := range p.Imports {
			if reason := forbidden(importer, imported); reason != "" {
				findings = append(findings, importer+" imports "+imported+": "+reason)
			}
		}
	}
	report(t, "imports the design does not allow", findings)
}

func TestTheServerNeedsNoPolicyEngine(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "-deps", "./api") {
		require.NotEqual(t, module+"/rbac", p.ImportPath, "api asks a policy.Authorizer and never the engine")
		require.NotContains(t, p.ImportPath, "casbin")
	}
}

// forbidden says why the import is not allowed, or "".
func forbidden(importer, imported string) string {
	own, ours := strings.CutPrefix(imported, module+"/")
	switch {
	case strings.HasPrefix(importer, "examples/"), strings.HasPrefix(importer, "docs"):
		if ours && (strings.Contains(own, "internal") || strings.HasPrefix(own, "examples/")) {
			return "examples use what an importer can use"
		}
		return ""
	case strings.HasSuffix(importer, "test"):
		return ""
	case !ours:
		return forbiddenStranger(importer, imported)
	case strings.HasSuffix(own, "test"):
		return "a test package in production code"
	}
	allowed, known := arrowsOf(importer)
	if !known {
		return "the package is not in the drawing of docs/arrows_test.go"
	}
	if slices.ContainsFunc(allowed, func(pattern string) bool { return matches(pattern, own) }) {
		return ""
	}
	return "no such arrow"
}

func forbiddenStranger(importer, imported string) string {
	for prefix, may := range strangers {
		if imported != prefix && !strings.HasPrefix(imported, prefix+"/") {
			continue
		}
		if !slices.Contains(may, importer) {
			return "only these may: [" + strings.Join(may, " ") + "]"
		}
	}
	return ""
}

func arrowsOf(importer string) ([]string, bool) {
	if allowed, known := arrows[importer]; known {
		return allowed, true
	}
	for folder := path.Dir(importer); folder != "."; folder = path.Dir(folder) {
		if allowed, known := arrows[folder+"/..."]; known {
			return allowed, true
		}
	}
	return nil, false
}

func matches(pattern, own string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return strings.HasPrefix(own, below+"/")
	}
	return pattern == own
}

// list runs go list -json with the arguments in the module's folder.
func list(t *testing.T, arguments ...string) []listed {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-e", "-json=ImportPath,Name,Imports,Error"}, arguments...)...)
	command.Dir = root
	var output, complaint bytes.Buffer
	command.Stdout, command.Stderr = &output, &complaint
	require.NoError(t, command.Run(), complaint.String())
	var packages []listed
	for decoder := json.NewDecoder(&output); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
	require.NotEmpty(t, packages)
	return packages
}

func TestForbiddenImportsAreFound(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		importer, imported string
		allowed            bool
	}{
		{"api", module + "/rbac/policy", true},
		{"api", module + "/rbac", false},
		{"api", module + "/api/internal/plan", true},
		{"api/internal/plan", module + "/api", false},
		{"db/schema", module + "/db", false},
		{"db/filter", "github.com/labstack/echo/v4", false},
		{"api", "github.com/labstack/echo/v4", true},
		{"api", "github.com/labstack/echo/v4/middleware", true},
		{"db", module + "/db/dbtest", false},
		{"api/apitest", module + "/db/dbtest", true},
		{"examples/quickstart", module + "/api/internal/plan", false},
		{"newcomer", module + "/db", false},
	} {
		require.Equal(t, test.allowed, forbidden(test.importer, test.imported) == "", "%s imports %s", test.importer, test.imported)
	}
}
