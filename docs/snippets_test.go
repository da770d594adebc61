package docs_test

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the compiled code into the documentation")

// A block of Go code in a page (and one of SQL, where it is in a file) follows a line that says where it is cut from: <!-- code: examples/quickstart/main.go#run -->. The
// part after # names a region of the file, between the lines "// code:run" and "// end", or a declaration; without it the block is the
// whole file.
var (
	cutFrom   = regexp.MustCompile(`^<!-- code: ([^#\s]+)(?:#(\S+))? -->$`)
	goFence   = regexp.MustCompile("^```go\\s*$")
	sqlFence  = regexp.MustCompile("^```sql\\s*$")
	pageLinks = regexp.MustCompile(`\]\(([^)\s]+)\)`)
)

func TestCodeInPagesIsCompiledCode(t *testing.T) {
	t.Parallel()
	for _, page := range files(t, ".md") {
		raw, err := os.ReadFile(filepath.Join(root, page))
		require.NoError(t, err)
		fresh, err := refresh(string(raw))
		require.NoError(t, err, page)
		if *update && fresh != string(raw) {
			require.NoError(t, os.WriteFile(filepath.Join(root, page), []byte(fresh), 0o644))
			continue
		}
		require.Equal(t, fresh, string(raw), "%s: run go test ./docs -update", page)
	}
}

func TestLinksBetweenPagesLead(t *testing.T) {
	t.Parallel()
	var findings []string
	for _, page := range files(t, ".md") {
		raw, err := os.ReadFile(filepath.Join(root, page))
		require.NoError(t, err)
		for _, match := range pageLinks.FindAllStringSubmatch(string(raw), -1) {
			target, err := url.Parse(match[1])
			if err != nil || target.Scheme != "" || target.Path == "" {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(page), target.Path)); err != nil {
				findings = append(findings, page+" → "+match[1])
			}
		}
	}
	report(t, "links that lead nowhere", findings)
}

func TestEachPageSaysItsKind(t *testing.T) {
	t.Parallel()
	kinds := map[string]string{"tutorials": "Tutorial", "how-to": "How-to", "reference": "Reference", "explanation": "Explanation"}
	var findings []string
	for _, page := range files(t, ".md") {
		parts := strings.Split(page, "/")
		if parts[0] != "docs" || len(parts) < 3 || kinds[parts[1]] == "" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(root, page))
		require.NoError(t, err)
		lines := strings.SplitN(string(raw), "\n", 4)
		if len(lines) < 3 || !strings.HasPrefix(lines[2], "*"+kinds[parts[1]]) {
			findings = append(findings, page+`: the third line begins with "*`+kinds[parts[1]]+`"`)
		}
	}
	report(t, "pages that do not say which kind they are", findings)
}

// refresh returns the page with every block of Go code replaced by what it is cut from. A block without a source is an error.
func refresh(page string) (string, error) {
	lines := strings.Split(page, "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		if marker := fieldsOf.FindStringSubmatch(lines[i]); marker != nil {
			table, err := fieldTable(marker[1], marker[2])
			if err != nil {
				return "", fmt.Errorf("line %d: %w", i+1, err)
			}
			out = append(out, table...)
			for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|") {
				i++
			}
			continue
		}
		marker := cutFrom.FindStringSubmatch(lines[max(i-1, 0)])
		if !goFence.MatchString(lines[i]) && (marker == nil || !sqlFence.MatchString(lines[i])) {
			continue
		}
		if marker == nil {
			return "", fmt.Errorf("line %d: Go code without a <!-- code: FILE#REGION --> line before it", i+1)
		}
		code, err := cut(marker[1], marker[2])
		if err != nil {
			return "", fmt.Errorf("line %d: %w", i, err)
		}
		out = append(out, code...)
		for i++; i < len(lines) && lines[i] != "```"; i++ {
		}
		out = append(out, "```")
	}
	return strings.Join(out, "\n"), nil
}

// cut reads a region of a compiled file, without its indentation and without the markers of regions inside it.
func cut(file, region string) ([]string, error) {
	raw, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, err
	}
	var code []string
	inside, found := region == "", region == ""
	for line := range strings.SplitSeq(strings.TrimRight(string(raw), "\n"), "\n") {
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "// code:"+region && region != "":
			inside, found = true, true
		case strings.HasPrefix(trimmed, "// code:"):
		case trimmed == "// end":
			inside = region == ""
		case inside:
			code = append(code, line)
		}
	}
	if found {
		return undent(trim(code)), nil
	}
	code, found, err = declared(file, region)
	if err == nil && !found {
		err = fmt.Errorf("%s has neither a region nor a declaration %q", file, region)
	}
	return code, err
}

// trim leaves out empty lines around the code.
func trim(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func undent(lines []string) []string {
	for len(lines) > 0 {
		for _, line := range lines {
			if line != "" && line[0] != '\t' {
				return lines
			}
		}
		shorter := make([]string, len(lines))
		for i, line := range lines {
			shorter[i] = strings.TrimPrefix(line, "\t")
		}
		lines = shorter
	}
	return lines
}
