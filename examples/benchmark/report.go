package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"time"
)

func newReader(b []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(b)) }

// head says what is compared.
func head(out io.Writer, s settings, servers []*server) {
	database := "PostgreSQL"
	if s.sqlite() {
		database = "SQLite"
	}
	fmt.Fprintf(out, "%s, %d rows, %d connections, %d rounds of %s, %d processors, %s\n\n", database, s.rows, s.connections, s.rounds,
		s.each, runtime.GOMAXPROCS(0), runtime.Version())
	for _, server := range servers {
		fmt.Fprintf(out, "%-16s %s\n", server.variant.name, server.variant.about)
	}
	fmt.Fprintf(out, "\n%-10s %-16s %12s %8s %10s %12s %8s\n", "", "", "requests/s", "ratio", "p99", "allocations", "CPU")
}

// report prints one operation: the median of the rounds and its ratio to the first variant.
func report(out io.Writer, o operation, servers []*server, results []*result) {
	base := median(results[0].rates)
	for i, server := range servers {
		r := results[i]
		rate := median(r.rates)
		fmt.Fprintf(out, "%-10s %-16s %12.0f %8.2f %10s %12.0f %6.0fµs\n", o.name, server.variant.name, rate, rate/base,
			r.p99().Round(10*time.Microsecond), r.allocated, median(r.spent))
	}
	fmt.Fprintln(out)
}

// tail prints what the processes needed.
func tail(ctx context.Context, out io.Writer, servers []*server) error {
	const mebibyte = 1 << 20
	fmt.Fprintf(out, "%-27s %12s %14s %14s\n", "", "first answer", "memory then", "memory after")
	for _, server := range servers {
		end, err := server.usage(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-27s %12s %10.1f MiB %10.1f MiB\n", server.variant.name, server.started.Round(100*time.Microsecond),
			float64(server.begin.Resident)/mebibyte, float64(end.Resident)/mebibyte)
	}
	return nil
}
