package docs_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestQueryStringsAreParsedStrictly(t *testing.T) {
	t.Parallel()
	// url.URL.Query drops what it cannot decode, which turns a bad filter into a wider statement. Echo's helpers call it.
	banned := []string{"QueryParam", "QueryParams", "FormValue", "PostFormValue", "ParseForm"}
	var findings []string
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if slices.Contains(banned, method.Sel.Name) || (method.Sel.Name == "Query" && len(call.Args) == 0 && lastName(method.X) == "URL") {
				findings = append(findings, s.at(call)+" calls "+method.Sel.Name)
			}
			return true
		})
	}
	report(t, "lenient parsing of a query string or form", findings)
}

func TestNothingHappensAtImport(t *testing.T) {
	t.Parallel()
	var findings []string
	for _, s := range sources(t) {
		if s.test() || strings.HasPrefix(s.path, "docs/") {
			continue
		}
		for _, declaration := range s.file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				findings = append(findings, s.at(f)+" declares init")
			}
			if !s.library() {
				continue // a program may compute its tables as it likes
			}
			for _, spec := range variables(declaration) {
				findings = append(findings, variableFindings(s, spec)...)
			}
		}
	}
	report(t, "effects at import, or globals that a program could change", findings)
}

// harmless are the functions that may be called to initialise a package variable: they only compute a value.
var harmless = []string{
	"errors.New", "fmt.Errorf", "regexp.MustCompile", "reflect.TypeFor", "reflect.TypeOf", "strings.NewReplacer", "make", "new",
	"sync.OnceValue", "sync.OnceValues", "sync.OnceFunc", "uuid.MustParse", "time.Date", "bytes.Repeat", "strings.Repeat", "maps.Clone",
	"slices.Concat", "slices.Sorted", "maps.Keys", "unsafe.Sizeof", "len", "append",
}

func variableFindings(s source, spec *ast.ValueSpec) []string {
	var findings []string
	for _, name := range spec.Names {
		if s.library() && name.IsExported() && !strings.HasPrefix(name.Name, "Err") {
			findings = append(findings, s.at(name)+" exports the variable "+name.Name+", which is no error")
		}
	}
	for _, value := range spec.Values {
		ast.Inspect(value, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CallExpr:
				if called := calledName(node); called != "" && !slices.Contains(harmless, called) && !conversion(called) {
					findings = append(findings, s.at(node)+" calls "+called+" for a package variable")
				}
			}
			return true
		})
	}
	return findings
}

// conversion reports whether the name looks like a type: a call of it converts.
func conversion(name string) bool {
	_, last, qualified := strings.Cut(name, ".")
	if !qualified {
		last = name
	}
	basic := []string{"string", "byte", "rune", "int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float64"}
	return slices.Contains(basic, last) || name == "time.Duration" || strings.HasSuffix(name, "Func")
}

func TestOnlyConfigurationReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	var findings []string
	for _, s := range sources(t) {
		if !s.library() || s.testSupport() || strings.HasPrefix(s.path, "api/config/") {
			continue
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok {
				switch name := calledName(call); name {
				case "os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Exit":
					findings = append(findings, s.at(call)+" calls "+name)
				}
			}
			return true
		})
	}
	report(t, "the environment belongs to api/config, the process to the program", findings)
}

func TestEveryExportedNameIsExplained(t *testing.T) {
	t.Parallel()
	var findings []string
	for _, s := range sources(t) {
		if s.test() || !s.library() {
			continue
		}
		for _, declaration := range s.file.Decls {
			findings = append(findings, unexplained(s, declaration)...)
		}
	}
	report(t, "exported names without a comment", findings)
}

func unexplained(s source, declaration ast.Decl) []string {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc.Text() == "" && (d.Recv == nil || ast.IsExported(receiver(d))) {
			return []string{s.at(d) + " " + d.Name.Name}
		}
	case *ast.GenDecl:
		var findings []string
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && d.Doc.Text() == "" && spec.Doc.Text() == "" {
					findings = append(findings, s.at(spec)+" "+spec.Name.Name)
				}
			case *ast.ValueSpec:
				explained := d.Doc.Text() != "" || spec.Doc.Text() != "" || spec.Comment.Text() != ""
				if spec.Names[0].IsExported() && !explained {
					findings = append(findings, s.at(spec)+" "+spec.Names[0].Name)
				}
			}
		}
		return findings
	}
	return nil
}

func TestEveryPackageIsExplainedInOnePlace(t *testing.T) {
	t.Parallel()
	explained := map[string][]string{}
	for _, s := range sources(t) {
		if s.test() || !s.library() {
			continue
		}
		folder := s.path[:strings.LastIndex(s.path, "/")]
		explained[folder] = append(explained[folder], "")
		if s.file.Doc.Text() != "" {
			explained[folder] = append(explained[folder], s.path)
		}
	}
	var findings []string
	for folder, places := range explained {
		places = slices.DeleteFunc(places, func(place string) bool { return place == "" })
		if len(places) != 1 || places[0] != folder+"/doc.go" {
			findings = append(findings, folder+": a package comment in doc.go and nowhere else, found in ["+strings.Join(places, " ")+"]")
		}
	}
	slices.Sort(findings)
	report(t, "package comments", findings)
}

func TestNoTestSkipsWhereEverythingIsRequired(t *testing.T) {
	t.Parallel()
	// .ci/run sets GROUNDWORK_TEST_REQUIRE=all: a test that cannot run there must fail. Whoever skips asks for it.
	var findings []string
	for _, s := range sources(t) {
		asks := strings.Contains(s.path, "docs/")
		ast.Inspect(s.file, func(node ast.Node) bool {
			if text, ok := node.(*ast.BasicLit); ok && text.Kind == token.STRING && strings.Contains(text.Value, "GROUNDWORK_TEST_REQUIRE") {
				asks = true
			}
			return true
		})
		if asks {
			continue
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			if branch, ok := node.(*ast.IfStmt); ok && chosen(branch.Cond) {
				return false
			}
			if call, ok := node.(*ast.CallExpr); ok {
				if calledName(call) == "f.Fuzz" {
					return false // a target skips the inputs it has no use for
				}
				if method, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, method.Sel.Name) &&
					slices.Contains([]string{"t", "b", "f", "tb"}, lastName(method.X)) {
					findings = append(findings, s.at(call))
				}
			}
			return true
		})
	}
	report(t, "skips that GROUNDWORK_TEST_REQUIRE=all does not turn into a failure", findings)
}

func TestTestsDoNotSleep(t *testing.T) {
	t.Parallel()
	var findings []string
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok && calledName(call) == "time.Sleep" {
				findings = append(findings, s.at(call))
			}
			return true
		})
	}
	report(t, "time.Sleep waits too long or not long enough", findings)
}

// chosen reports whether a condition asks what the caller of the tests chose: go test -short, or a server of their own.
func chosen(condition ast.Expr) bool {
	found := false
	ast.Inspect(condition, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && calledName(call) == "testing.Short" {
			found = true
		}
		if text, ok := node.(*ast.BasicLit); ok && text.Value == `"GROUNDWORK_TEST_POSTGRES"` {
			found = true
		}
		return !found
	})
	return found
}

func variables(declaration ast.Decl) []*ast.ValueSpec {
	group, ok := declaration.(*ast.GenDecl)
	if !ok || group.Tok != token.VAR {
		return nil
	}
	var specs []*ast.ValueSpec
	for _, spec := range group.Specs {
		if value, ok := spec.(*ast.ValueSpec); ok && value.Names[0].Name != "_" {
			specs = append(specs, value)
		}
	}
	return specs
}

// calledName is "f" or "package.F" for a call of a named function, without type arguments, and "" for every other call.
func calledName(call *ast.CallExpr) string {
	called := call.Fun
	if generic, ok := called.(*ast.IndexExpr); ok {
		called = generic.X
	}
	switch called := called.(type) {
	case *ast.Ident:
		return called.Name
	case *ast.SelectorExpr:
		if of := lastName(called.X); of != "" {
			return of + "." + called.Sel.Name
		}
		return called.Sel.Name
	}
	return ""
}

func lastName(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func receiver(f *ast.FuncDecl) string {
	expression := f.Recv.List[0].Type
	for {
		switch e := expression.(type) {
		case *ast.StarExpr:
			expression = e.X
		case *ast.IndexExpr:
			expression = e.X
		case *ast.IndexListExpr:
			expression = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}
