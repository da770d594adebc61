// Benchmark serves one table in several ways, loads each in turn and prints how they compare: by hand with Echo and Bun, by hand
// with net/http and the driver, and as a generated resource with sign-in and permissions on.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// settings are the flags.
type settings struct {
	url         string
	rows        int
	connections int
	rounds      int
	each        time.Duration
	profiles    string
	variants    string
	operations  string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// run is the parent: it prepares the database, starts one process for each variant, and measures. With -serve it is such a process.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 3 && args[0] == serveFlag {
		return serve(ctx, args[1], args[2])
	}
	s, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := s.workDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(out, "Preparing %d rows …\n", s.rows)
	chosen := chosenVariants(s)
	if len(chosen) == 0 {
		return fmt.Errorf("no variant is called %q", s.variants)
	}
	if err := prepare(ctx, s, dir, chosen); err != nil {
		return err
	}
	var servers []*server
	defer func() {
		for _, server := range servers {
			server.stop()
		}
	}()
	for _, v := range chosen {
		server, err := start(ctx, v, s.urlOf(dir, v))
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		servers = append(servers, server)
	}
	return measure(ctx, s, servers, out)
}

func parse(args []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("benchmark", flag.ContinueOnError)
	flags.StringVar(&s.url, "db", "sqlite:", "sqlite:DIR (a directory for temporary files; empty: the system's) or postgres://… (the table benchmark_posts is replaced)")
	flags.IntVar(&s.rows, "rows", 100_000, "rows in the table")
	flags.IntVar(&s.connections, "connections", 32, "connections that send requests")
	flags.IntVar(&s.rounds, "rounds", 5, "rounds; each variant is measured once in each, and the median counts")
	flags.DurationVar(&s.each, "each", time.Second, "how long one measurement takes")
	flags.StringVar(&s.profiles, "profile", "", "a directory for profiles of processor time and allocations, of every variant and operation")
	flags.StringVar(&s.variants, "variants", "", "only these variants, separated by commas")
	flags.StringVar(&s.operations, "operations", "", "only these operations, separated by commas")
	quick := flags.Bool("quick", false, "few rows and short rounds, to see that everything runs; the numbers mean little")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if *quick {
		s.rows, s.rounds, s.each = 5_000, 1, 50*time.Millisecond
	}
	if s.rows < 2_000 {
		return s, fmt.Errorf("-rows is %d; want at least 2000, as lists of 1000 rows begin anywhere in the first half", s.rows)
	}
	if !s.sqlite() && !strings.HasPrefix(s.url, "postgres") {
		return s, errors.New("-db is neither sqlite:DIR nor postgres://…")
	}
	return s, nil
}

func (s settings) sqlite() bool { return strings.HasPrefix(s.url, "sqlite:") }

// workDir is a directory of this run.
func (s settings) workDir() (string, error) {
	parent := ""
	if s.sqlite() {
		parent = strings.TrimPrefix(s.url, "sqlite:")
	}
	return os.MkdirTemp(parent, "groundwork-benchmark-")
}

// urlOf is the database of a variant: a copy of its own on SQLite, as no two programs should write to one file in a race for speed.
func (s settings) urlOf(dir string, v variant) string {
	if s.sqlite() {
		return "sqlite:" + filepath.Join(dir, v.name+".db")
	}
	return s.url
}

// wanted reports whether name is in a list separated by commas; everything is in an empty one.
func wanted(list, name string) bool {
	if list == "" {
		return true
	}
	for part := range strings.SplitSeq(list, ",") {
		if part == name {
			return true
		}
	}
	return false
}
