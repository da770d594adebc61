package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/db/dbtest"
)

// TestMain lets the test binary be one of the servers, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serveFlag {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestEveryVariantGivesTheSameAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		url      func() string
		variants []string
	}{
		{"sqlite", func() string { return "sqlite:" + t.TempDir() }, []string{"echo-bun", "net-http", "groundwork", "echo-bun-normal"}},
		{"postgres", func() string { return dbtest.PostgresURL(t) }, []string{"echo-bun", "net-http", "groundwork"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			require.NoError(t, run(t.Context(), []string{"-db", test.url(), "-quick", "-connections", "4"}, &out))
			for _, operation := range []string{"get", "list20", "list1000", "insert", "update"} {
				for _, variant := range test.variants {
					require.Regexp(t, operation+` +`+variant+` +\d`, out.String())
				}
			}
		})
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-db", "mysql://x"}, {"-rows", "10"}, {"-db", "sqlite:", "-variants", "none"}} {
		require.Error(t, run(t.Context(), args, new(strings.Builder)), args)
	}
}
